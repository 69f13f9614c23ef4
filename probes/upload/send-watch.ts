/**
 * Tells when the last byte of a request body was accepted, so that sending and the server's commit can be told apart.
 * By the kernel's send queue where it can be read (`kernel_queue`); otherwise by when the process was rid of the bytes
 * (`app`), which on a slow link is early by what fits into the kernel's buffer.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../probe.ts';
import { type SendQueueReader, sendQueueReader } from './send-queue.ts';

export type SendClock = 'kernel_queue' | 'app';

export interface Accepted {
  /** Milliseconds of `clock.monotonicMs()`. */
  readonly atMs: number;
  readonly clock: SendClock;
}

export type DeliveryEvidence = 'accepted' | 'pending' | 'none';

/** Between readings near the end: the error of the split. The first ones follow faster: a short body is gone by then. */
const INTERVAL_MS = 5;
const FIRST_INTERVAL_MS = 1;
/** Far from the end a reading serves only to see how far it is. */
const INTERVAL_MAX_MS = 50;

export interface SendWatchOptions {
  readonly clock: Clock;
  readonly readQueue?: SendQueueReader;
}

/** Watches one request body on one connection. */
export class SendWatch {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #readQueue: SendQueueReader;
  readonly #stopped = new AbortController();
  #watching: Promise<void> | undefined;
  /** When the whole body was handed over to the socket. */
  #writtenMs: number | undefined;
  /** When bytes were last seen unacknowledged: acceptance is later than this. */
  #pendingMs: number | undefined;
  #accepted: Accepted | undefined;
  /** The system does not tell the queue. */
  #isBlind = false;

  constructor(socket: Socket, options: SendWatchOptions) {
    this.#socket = socket;
    this.#clock = options.clock;
    this.#readQueue = options.readQueue ?? sendQueueReader(socket);
  }

  /** What is known of the delivery: the peer's kernel has every byte, bytes waited here when we last looked, or nothing. */
  get evidence(): DeliveryEvidence {
    if (this.#accepted?.clock === 'kernel_queue') return 'accepted';
    return this.#pendingMs !== undefined && !this.#isBlind ? 'pending' : 'none';
  }

  /** The whole body was handed over to the socket at `atMs`. */
  written(atMs: number): void {
    this.#writtenMs = atMs;
    this.#watching = this.#watch();
  }

  /**
   * Ends the watch when the response began at `answeredMs` (or failed: undefined), and says when the body was accepted;
   * undefined when it was not.
   */
  async stop(answeredMs: number | undefined): Promise<Accepted | undefined> {
    this.#stopped.abort();
    await this.#watching;
    if (answeredMs === undefined) return this.#accepted;
    if (this.#accepted) return { ...this.#accepted, atMs: Math.min(this.#accepted.atMs, answeredMs) };
    // The answer came between two readings: it carried the acknowledgement of what was pending at the last one.
    if (this.#pendingMs !== undefined && !this.#isBlind) return { atMs: answeredMs, clock: 'kernel_queue' };
    return { atMs: Math.min(this.#writtenMs ?? answeredMs, answeredMs), clock: 'app' };
  }

  async #watch(): Promise<void> {
    let last: { readonly bytes: number; readonly atMs: number } | undefined;
    for (let readings = 0; ; readings++) {
      const startMs = this.#clock.monotonicMs();
      // What node still holds is not in the queue of the kernel yet.
      const isHandedOver = this.#socket.writableLength === 0;
      const bytes = isHandedOver ? await this.#readQueue() : undefined;
      if (isHandedOver && bytes === undefined) {
        this.#isBlind = true;
        if (!this.#socket.destroyed) this.#accepted = { atMs: startMs, clock: 'app' };
        return;
      }
      if (bytes === 0) {
        this.#accepted = { atMs: startMs, clock: 'kernel_queue' };
        return;
      }
      this.#pendingMs = startMs;
      if (this.#stopped.signal.aborted) return;
      const now = bytes === undefined ? undefined : { bytes, atMs: startMs };
      const pause = Math.min(pauseMs(last, now), FIRST_INTERVAL_MS * 2 ** Math.min(readings, 10));
      await sleep(pause, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      // The answer is there: it bounds acceptance better than another reading.
      if (this.#stopped.signal.aborted) return;
      last = now;
    }
  }
}

/** A quarter of the time that the queue will take to empty at the rate of the last two readings. */
function pauseMs(
  last: { readonly bytes: number; readonly atMs: number } | undefined,
  now: { readonly bytes: number; readonly atMs: number } | undefined,
): number {
  if (!last || !now || now.bytes >= last.bytes) return INTERVAL_MS;
  const bytesPerMs = (last.bytes - now.bytes) / Math.max(1, now.atMs - last.atMs);
  return Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MS, now.bytes / bytesPerMs / 4));
}
