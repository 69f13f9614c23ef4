/** One stretch of judging: begun from what was learned before, or from history, fed with what comes, ended when another collector judges. */

import type { Logger } from 'pino';
import { probeOf } from '../../probes/registry.ts';
import { readChanges } from '../changes/change-table.ts';
import { CHANGE_LIMITS } from '../changes/limits.ts';
import type { CheckSlo } from '../detect/budgets.ts';
import { Detector } from '../detect/detector.ts';
import type { Incident, IncidentEvent } from '../detect/incident.ts';
import type { FleetAgent } from '../detect/observation.ts';
import { Playback } from '../detect/replay.ts';
import type { DetectSettings } from '../detect/settings.ts';
import type { Store } from '../store/store.ts';
import { type HistoryRow, readBudgetHistory } from './budget-history.ts';
import { type Checkpoint, CheckpointWriter, readCheckpoint } from './checkpoint.ts';
import { INCIDENT_LIMITS } from './limits.ts';
import { ResultReader } from './result-reader.ts';
import { readSeasons } from './seasons.ts';

/** What is promised for checks now. */
export type Promised = () => readonly CheckSlo[];

/** How often it is looked at what is promised. */
const PROMISES_EVERY_MS = 10_000;

/** Rounds of each check that are looked at again after a checkpoint: as many as a group remembers, and at least so many. */
const CONTEXT_ROUNDS_MAX = 32;
const CONTEXT_ROUNDS_MIN = 4;
/** And so long at least, as blocks may come late. */
const CONTEXT_MIN_MS = 120_000;

export interface WatchOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly log: Logger;
  readonly settings?: Partial<DetectSettings>;
  /** Nothing when absent. */
  readonly promised?: Promised;
}

/** What judging begins with. */
interface Start {
  readonly detector: Detector;
  readonly reader: ResultReader;
  readonly fromMs: number;
  /** Up to here all was judged before; what is read of earlier times is only looked at. */
  readonly judgedMs: number;
  /** How old the checkpoint is, or why there is none. */
  readonly checkpoint: { readonly checkpoint_age_s: number } | { readonly no_checkpoint: string };
}

export class Watch {
  readonly detector: Detector;
  readonly #playback: Playback;
  readonly #reader: ResultReader;
  readonly #store: WatchOptions['store'];
  readonly #checkpoints: CheckpointWriter;
  readonly #promised: Promised;
  #promisesMs = Number.NEGATIVE_INFINITY;

  private constructor({ log, promised, store }: WatchOptions, { detector, reader }: Start, nowMs: number) {
    this.detector = detector;
    this.#playback = new Playback(detector);
    this.#reader = reader;
    this.#store = store;
    this.#promised = promised ?? (() => []);
    this.#checkpoints = new CheckpointWriter(store, detector, log, nowMs);
  }

  /**
   * Takes up what was learned and judges what came since, up to `nowMs`; without a checkpoint, the last hours. What was known stays as
   * it is; only what changed meanwhile is news. Rejects with a `StoreError`.
   */
  static async begin(
    options: WatchOptions,
    known: readonly Incident[],
    nowMs: number,
  ): Promise<{
    readonly watch: Watch;
    readonly news: readonly IncidentEvent[];
    readonly took: Readonly<Record<string, unknown>>;
  }> {
    const start = await startOf(options, known, nowMs);
    const watch = new Watch(options, start, nowMs);
    watch.detector.announce(await readChanges(options.store, start.fromMs));
    await watch.#promise(start.judgedMs, nowMs);
    const rows = await watch.#readAll(nowMs);
    // What looked bad hours ago is not looked at again.
    watch.detector.takeSuspicions();
    const news = watch.#news(watch.#playback.until(nowMs), known);
    return { watch, news, took: { rows, ...start.checkpoint } };
  }

  /** Judges what has come since. Rejects with a `StoreError`; the next look does its work. */
  async look(nowMs: number, agents: readonly FleetAgent[]): Promise<readonly IncidentEvent[]> {
    this.detector.announce(await readChanges(this.#store, nowMs - CHANGE_LIMITS.rereadMs.value));
    if (nowMs - this.#promisesMs >= PROMISES_EVERY_MS) await this.#promise(nowMs, nowMs);
    await this.#readAll(nowMs);
    this.detector.observeFleet(nowMs, agents);
    return this.#playback.until(nowMs);
  }

  /** Tells what is promised now; of what is new, runs of before an instant are out of the rollups. */
  async #promise(fromMs: number, nowMs: number): Promise<void> {
    const promised = this.#promised();
    const changed = this.detector.newPromises(promised);
    const ask = (sql: string) => this.#store.query<HistoryRow>(sql);
    this.detector.promise(promised, await readBudgetHistory(ask, changed, fromMs, nowMs));
    this.#promisesMs = nowMs;
  }

  /** Saves some of what was learned by the last look, at `nowMs`, where that is due; does not wait for it. */
  save(nowMs: number, lease: string): void {
    if (!this.#reader.behind) this.#checkpoints.step(nowMs, lease);
  }

  /** Waits for what is being saved. */
  settled(): Promise<void> {
    return this.#checkpoints.settled();
  }

  async #readAll(nowMs: number): Promise<number> {
    let rows = 0;
    for await (const page of this.#reader.read(nowMs)) {
      rows += page.length;
      for (const run of page) this.#playback.take(run);
    }
    return rows;
  }

  /** Of what happened while history was played: ends of incidents that were open, and new ones that still are. */
  #news(events: readonly IncidentEvent[], known: readonly Incident[]): IncidentEvent[] {
    const status = new Map(known.map((incident) => [incident.id, incident.status]));
    const ended = events.filter(
      ({ kind, incident }) => kind === 'resolved' && status.get(incident.id) === 'open',
    );
    const begun = this.detector
      .open()
      .filter((incident) => !status.has(incident.id))
      .map((incident): IncidentEvent => ({ kind: 'opened', incident }));
    return [...ended, ...begun];
  }
}

async function startOf(options: WatchOptions, known: readonly Incident[], nowMs: number): Promise<Start> {
  const { settings, store } = options;
  const format = new Detector(settings ? { settings } : {}).learnedFormat;
  const checkpoint = await readCheckpoint(store, format, nowMs);
  if (typeof checkpoint === 'string') return fromHistory(options, known, nowMs, checkpoint);
  const detector = await detectorOf(options, known, checkpoint.atMs);
  try {
    detector.restore(checkpoint.pieces, checkpoint.atMs);
  } catch (error) {
    options.log.warn({ err: error }, 'what the detector had learned cannot be read');
    return fromHistory(options, known, nowMs, 'it is broken');
  }
  const { fromMs, since } = await contextOf(store, detector, checkpoint, nowMs);
  const reader = new ResultReader(store, fromMs, since);
  const checkpoint_age_s = Math.round((nowMs - checkpoint.atMs) / 1000);
  return { detector, reader, fromMs, judgedMs: checkpoint.atMs, checkpoint: { checkpoint_age_s } };
}

async function fromHistory(
  options: WatchOptions,
  known: readonly Incident[],
  nowMs: number,
  why: string,
): Promise<Start> {
  const fromMs = await ResultReader.historyFrom(options.store, nowMs);
  const detector = await detectorOf(options, known, fromMs);
  const reader = new ResultReader(options.store, fromMs);
  return { detector, reader, fromMs, judgedMs: fromMs, checkpoint: { no_checkpoint: why } };
}

/** A detector that knows of incidents, and of the seasons up to an instant. */
async function detectorOf(
  { settings, store }: WatchOptions,
  known: readonly Incident[],
  seasonsMs: number,
): Promise<Detector> {
  const detector = new Detector({
    judged: (type) => probeOf(type)?.judged,
    season: await readSeasons(store, seasonsMs),
    ...(settings ? { settings } : {}),
  });
  detector.know(known);
  return detector;
}

/** How many rounds of each check are looked at again, of so many series. */
export function contextRounds(series: number): number {
  const fits = Math.floor(INCIDENT_LIMITS.contextRows.value / Math.max(1, series));
  return Math.min(CONTEXT_ROUNDS_MAX, Math.max(CONTEXT_ROUNDS_MIN, fits));
}

/** From when on results are read after a checkpoint: what came since, and of each check the rounds before, which votes are made of. */
async function contextOf(
  store: Pick<Store, 'query'>,
  detector: Detector,
  { atMs, pieces }: Checkpoint,
  nowMs: number,
): Promise<{ readonly fromMs: number; readonly since: ReadonlyMap<string, number> }> {
  const newestMs = await ResultReader.historyFrom(store, nowMs, atMs);
  // Of too much only the newest is judged; without anything, the rounds before the checkpoint are the last.
  const baseMs = newestMs < nowMs ? newestMs : atMs;
  const rounds = contextRounds(pieces.length);
  const since = new Map<string, number>();
  for (const [probe, everyMs] of detector.intervals()) {
    const backMs = Math.max(CONTEXT_MIN_MS, rounds * everyMs);
    since.set(probe, Math.floor(baseMs - Math.min(backMs, INCIDENT_LIMITS.historyMs.value)));
  }
  return { fromMs: Math.min(Math.floor(baseMs - CONTEXT_MIN_MS), ...since.values()), since };
}
