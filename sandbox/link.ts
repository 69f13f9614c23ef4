/**
 * One accepted connection as the region's users have it: a stream over the socket that keeps to the bandwidth of the
 * moment in both directions, freezes in a blackhole, and can be reset. It is given to Node's HTTP server in the
 * socket's place, so that faults act on every byte, heads included.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type Clock, sleep } from './clock.ts';
import type { Fault } from './fault.ts';
import type { FaultBoard } from './fault-board.ts';
import { TokenBucket } from './token-bucket.ts';

/** How soon a waiting connection notices that the bandwidth has changed. */
const RATE_CHECK_MS = 100;

export class Link extends Duplex {
  /** What each reset fault has decided about this connection. */
  readonly verdicts = new Map<Fault, boolean>();
  readonly #socket: Socket;
  readonly #board: FaultBoard;
  readonly #clock: Clock;
  readonly #inward = new TokenBucket();
  readonly #outward = new TokenBucket();
  readonly #closing = new AbortController();
  #unread: Buffer | null = null;

  constructor(socket: Socket, board: FaultBoard, clock: Clock) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#board = board;
    this.#clock = clock;
    // An error is always followed by 'close'; to the HTTP server a broken connection is a closed one.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      // Ended both ways, but perhaps not yet read: a limited bandwidth may still hold bytes back here.
      if (!(socket.readableEnded && socket.writableFinished)) this.destroy();
    });
    socket.on('timeout', () => this.emit('timeout'));
  }

  /** Aborts when the connection is gone. */
  get gone(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends the connection with RST, in both directions and at once. */
  reset(): void {
    this.#socket.resetAndDestroy();
    this.destroy();
  }

  /** As of `net.Socket`: ends the connection after what was already written, whatever the response at hand had promised. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /** As of `net.Socket`: Node's HTTP server closes idle kept-alive connections with it. */
  setTimeout(timeoutMs: number): this {
    this.#socket.setTimeout(timeoutMs);
    return this;
  }

  override _read(): void {
    void this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#send(chunk).then(() => done());
  }

  override _final(done: () => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    this.#closing.abort();
    this.#socket.destroy();
    done(null);
  }

  /** Hands on the next bytes of the peer, or its end. */
  async #deliver(): Promise<void> {
    if (this.#board.frozen()) await this.#freeze();
    this.#unread ??= await this.#receive();
    // What arrived while waiting may have arrived into a blackhole.
    if (this.#board.frozen()) await this.#freeze();
    if (this.destroyed) return;
    if (this.#unread === null) {
      this.push(null);
      return;
    }
    const granted = await this.#granted(this.#inward, this.#unread.length);
    if (this.destroyed) return;
    const rest = this.#unread.subarray(granted);
    const slice = this.#unread.subarray(0, granted);
    this.#unread = rest.length > 0 ? rest : null;
    this.push(slice);
  }

  async #send(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0 && !this.destroyed; ) {
      if (this.#board.frozen()) await this.#freeze();
      const granted = await this.#granted(this.#outward, rest.length);
      if (this.destroyed) return;
      const slice = rest.subarray(0, granted);
      // Waiting for the kernel to take each slice is the backpressure towards the origin.
      await new Promise<void>((resolve) => this.#socket.write(slice, () => resolve()));
      rest = rest.subarray(granted);
    }
  }

  /** Waits out the blackhole, after which this connection is cut: its peer has been given up on. */
  async #freeze(): Promise<void> {
    if (this.destroyed) return;
    await new Promise<void>((resolve) => {
      const forget = this.#board.onThaw(resolve);
      const goneFirst = (): void => {
        forget();
        resolve();
      };
      this.#closing.signal.addEventListener('abort', goneFirst, { once: true });
    });
    this.destroy();
  }

  /** How many of `wanted` bytes may pass, as soon as some may. */
  async #granted(bucket: TokenBucket, wanted: number): Promise<number> {
    while (!this.destroyed) {
      const rate = this.#board.bytesPerSecond();
      if (rate === undefined) break;
      const granted = bucket.take(wanted, rate, this.#clock.monotonicMs());
      if (granted > 0) return granted;
      await sleep(Math.min(bucket.waitMs(wanted, rate), RATE_CHECK_MS), this.#clock, this.#closing.signal);
    }
    return wanted;
  }

  /** What the peer has sent, as soon as it has sent something; null at its end. */
  async #receive(): Promise<Buffer | null> {
    for (;;) {
      const chunk: Buffer | null = this.#socket.read();
      if (chunk !== null || this.#socket.readableEnded || this.#socket.destroyed) return chunk;
      await new Promise<void>((resolve) => {
        const events = ['readable', 'end', 'close'] as const;
        const done = (): void => {
          for (const event of events) this.#socket.off(event, done);
          resolve();
        };
        for (const event of events) this.#socket.on(event, done);
      });
    }
  }
}
