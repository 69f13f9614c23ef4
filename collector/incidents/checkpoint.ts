/**
 * What the detector has learned, in the store: written every few minutes, a batch at each look, and read once by whoever judges next.
 * Each row is true for itself, as it says up to when it has learned; the row of a pass says that everything was written since it began.
 */
import type { Logger } from 'pino';
import type { Detector } from '../detect/detector.ts';
import type { Learned } from '../detect/learned.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { INCIDENT_LIMITS } from './limits.ts';

const TABLE = 'detector_state';

const PASS_SQL = `
SELECT format, toUnixTimestamp64Milli(saved_at) AS saved_ms
FROM ${TABLE} FINAL
WHERE kind = 'pass'`;

/** What is not heard for a day is forgotten by the detector as well. */
const PIECES_SQL = `
SELECT kind, id, state
FROM ${TABLE} FINAL
WHERE kind != 'pass' AND format = {format:String} AND saved_at >= fromUnixTimestamp64Milli({since_ms:Int64})
  AND (kind, id) > ({kind:String}, {id:String})
ORDER BY kind, id
LIMIT {limit:UInt32}`;

const KEPT_MS = 86_400_000;

export interface Checkpoint {
  /** Up to here everything was judged and learned. */
  readonly atMs: number;
  readonly pieces: readonly Learned[];
}

/** The last checkpoint, or why there is none that is of use. Rejects with a `StoreError`. */
export async function readCheckpoint(
  store: Pick<Store, 'query'>,
  format: string,
  nowMs: number,
): Promise<Checkpoint | string> {
  const [pass] = await store.query<{ format: string; saved_ms: number }>(PASS_SQL);
  if (!pass) return 'there is none';
  if (pass.format !== format) return 'it is of another version';
  if (nowMs - pass.saved_ms > INCIDENT_LIMITS.historyMs.value) return 'it is too old';
  // What a clock that errs has dated ahead would keep the detector quiet until then.
  if (pass.saved_ms > nowMs + INCIDENT_LIMITS.overlapMs.value) return 'it is of the future';
  const pieces: Learned[] = [];
  for (;;) {
    const last = pieces.at(-1);
    const page = await store.query<Learned>(PIECES_SQL, {
      format,
      since_ms: pass.saved_ms - KEPT_MS,
      kind: last?.kind ?? '',
      id: last?.id ?? '',
      limit: INCIDENT_LIMITS.checkpointPage.value,
    });
    pieces.push(...page);
    if (page.length < INCIDENT_LIMITS.checkpointPage.value) return { atMs: pass.saved_ms, pieces };
  }
}

interface Pass {
  readonly beganMs: number;
  readonly pieces: Iterator<Learned>;
}

/** Of one stretch of judging. */
export class CheckpointWriter {
  readonly #store: Pick<Store, 'insertRows'>;
  readonly #detector: Pick<Detector, 'learned' | 'learnedFormat'>;
  readonly #log: Logger;
  #pass: Pass | undefined;
  #writing: Promise<void> | undefined;
  /** When the last pass began that was written whole. */
  #savedMs: number | undefined;
  #dueMs: number;

  /** `nowMs`: the start of the stretch. */
  constructor(
    store: Pick<Store, 'insertRows'>,
    detector: Pick<Detector, 'learned' | 'learnedFormat'>,
    log: Logger,
    nowMs: number,
  ) {
    this.#store = store;
    this.#detector = detector;
    this.#log = log;
    this.#dueMs = nowMs + INCIDENT_LIMITS.checkpointEveryMs.value;
  }

  /**
   * Begins to write the next batch, when one is due and none is on its way; does not wait for it, and never throws. To be called when
   * all that is known up to `nowMs` was observed.
   */
  step(nowMs: number, lease: string): void {
    if (this.#writing) return;
    if (!this.#pass) {
      if (nowMs < this.#dueMs) return;
      this.#dueMs = nowMs + INCIDENT_LIMITS.checkpointEveryMs.value;
      this.#pass = { beganMs: nowMs, pieces: this.#detector.learned(this.#savedMs) };
    }
    this.#writing = this.#write(this.#pass, nowMs, lease)
      .catch((error: unknown) => {
        // What was written stays true; the next pass writes the rest, and again what this one may not have written.
        this.#pass = undefined;
        // Of another collector that judges now.
        if (error instanceof StoreError && error.code === 'fenced') return;
        this.#log.warn({ err: error }, 'what the detector has learned could not be saved');
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Waits for the batch that is on its way. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(pass: Pass, nowMs: number, lease: string): Promise<void> {
    const common = { format: this.#detector.learnedFormat, lease, version: nowMs };
    const rows: Record<string, unknown>[] = [];
    for (let next = pass.pieces.next(); ; next = pass.pieces.next()) {
      if (next.done) break;
      rows.push({ ...next.value, ...common, saved_at: nowMs });
      if (rows.length >= INCIDENT_LIMITS.checkpointBatch.value) break;
    }
    if (rows.length > 0) await this.#store.insertRows(TABLE, rows);
    if (rows.length === INCIDENT_LIMITS.checkpointBatch.value) return;
    // Only now: a pass that breaks off leaves the one before.
    await this.#store.insertRows(TABLE, [
      { kind: 'pass', id: '', state: '', ...common, saved_at: pass.beganMs },
    ]);
    this.#savedMs = pass.beganMs;
    this.#pass = undefined;
  }
}
