/** Results out of the spool into frames: in order, within the credit, several to a batch. */
import type { Clock } from '../probes/probe.ts';
import { encodeFrame } from '../protocol/codec.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import type { RecordBatch } from '../protocol/record.ts';
import type { InFlight } from './in-flight.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { ResultSource } from './result-source.ts';
import type { Cancel, Timers } from './time.ts';

/** Bytes that may wait in the socket before no further batch is made. */
const BUFFERED_MAX = 4 * LINK_LIMITS.frameBytes.value;

export interface SenderOptions {
  readonly spool: ResultSource;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly inFlight: InFlight;
  /** One result a batch, and one batch at a time: to find the result that the collector refuses. */
  readonly singly: boolean;
  send(frame: Uint8Array): void;
  /** Bytes that the socket has not taken yet. */
  buffered(): number;
}

export class Sender {
  readonly #options: SenderOptions;
  #cancel: Cancel | undefined;
  /** When the last batch went out. */
  #sentMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Whether results of this session's boots wait to be sent. */
  get hasUnsent(): boolean {
    const { inFlight, spool } = this.#options;
    return inFlight.boots().some((boot) => spool.read(boot, inFlight.cursor(boot), 1).records.length > 0);
  }

  /** Sends what there is: at once when a batch is full or none went out of late, otherwise in its time. */
  soon(): void {
    const { clock, inFlight, spool, timers } = this.#options;
    if (this.#closed) return;
    const waitMs = this.#sentMs + AGENT_LIMITS.flushMs.value - clock.monotonicMs();
    const isFull = spool.lastSeq - inFlight.cursor(spool.boot) >= LINK_LIMITS.batchResults.value;
    if (isFull || waitMs <= 0) this.now();
    else this.#cancel ??= timers.after(waitMs, () => this.now());
  }

  /** Sends what there is, as far as the credit goes. */
  now(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const boot of this.#options.inFlight.boots()) while (this.#sendBatch(boot)) {}
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** Sends one batch; false when there is none to send now. */
  #sendBatch(boot: string): boolean {
    const { clock, inFlight, singly, spool, buffered, send } = this.#options;
    if (this.#closed || buffered() > BUFFERED_MAX) return false;
    const room = singly ? Math.min(1, inFlight.room) - inFlight.count : inFlight.room;
    const limit = Math.min(room, LINK_LIMITS.batchResults.value);
    // What this process has stored is known without asking the database.
    if (limit <= 0 || (boot === spool.boot && inFlight.cursor(boot) >= spool.lastSeq)) return false;
    const batch = spool.read(boot, inFlight.cursor(boot), limit);
    const [first] = batch.records;
    if (first === undefined) return false;
    const encoded = encodeWithin({ ...batch, skipped: inFlight.skippedBefore(boot, first.seq) });
    if (encoded === undefined) {
      if (!spool.drop(boot, first.seq, 'refused')) return false;
      inFlight.skip(boot, first.seq);
      return true;
    }
    const lastSeq = first.seq + encoded.count - 1;
    send(encoded.frame);
    this.#sentMs = clock.monotonicMs();
    inFlight.sent(boot, lastSeq, encoded.count);
    spool.sent(boot, lastSeq);
    return true;
  }
}

/** The first records of a batch as a frame within the limit; undefined when even the first alone makes none. */
function encodeWithin(batch: RecordBatch): { frame: Uint8Array; count: number } | undefined {
  for (let count = batch.records.length; count >= 1; count = Math.floor(count / 2)) {
    const frame = encodeOrUndefined({ ...batch, records: batch.records.slice(0, count) });
    if (frame && frame.length <= LINK_LIMITS.frameBytes.value) return { frame, count };
  }
  return undefined;
}

function encodeOrUndefined(batch: RecordBatch): Uint8Array | undefined {
  try {
    return encodeFrame({ type: 'results', batch });
  } catch {
    return undefined;
  }
}
