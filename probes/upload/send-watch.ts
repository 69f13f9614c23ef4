/**
 * Watches one request body on its way out: when the peer's kernel had the last byte, so that sending and the server's commit
 * can be told apart, and what held it back. By the kernel's own account where it gives one (`tcp_info`), by the length of its
 * send queue (`kernel_queue`), or else by when our process was rid of the bytes (`app`), which on a slow link is early by
 * what fits into the kernel's buffer.
 */
import type { Socket } from 'node:net';
import type { TcpInfo, TcpInfoReader } from '../net/tcp-info.ts';
import type { Clock } from '../probe.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { type SendQueueReader, sendQueueReader } from './send-queue.ts';

export type SendClock = 'tcp_info' | 'kernel_queue' | 'app';

export interface Accepted {
  /** Milliseconds of `clock.monotonicMs()`. */
  readonly atMs: number;
  readonly clock: SendClock;
}

/** The peer's kernel has every byte, bytes waited here when we last looked, or nothing is known. */
export type DeliveryEvidence = 'accepted' | 'pending' | 'none';

/** What the kernel told of one body; without `TCP_INFO` there is nothing to tell. */
export interface LinkFacts {
  /** Before the request, and at its last reading. */
  readonly base: TcpInfo;
  readonly last: TcpInfo;
  /** Round-trip times read while bytes were under way. */
  readonly rttsMs: readonly number[];
  /** Longest time known to have passed without a byte acknowledged: short by a reading's interval at most. */
  readonly stallMaxMs: number;
  /**
   * For how long the kernel had sent all that it could hold while our process had more: an estimate from its readings. Its own
   * `sndbufLimitedMs` misses buffers of a few segments (tcp_cwnd_validate is only asked when something is sent).
   */
  readonly starvedMs: number;
}

/** Between readings near the end: the error of the split. The first ones follow faster: a short body is gone by then. */
const INTERVAL_MS = 5;
const FIRST_INTERVAL_MS = 1;
/** Far from the end a reading serves only to see how far it is. */
const INTERVAL_MAX_MS = 50;
/**
 * A peer that has one segment of us and nothing to send waits for another with its acknowledgement: 40 ms with Linux, up to
 * 200 ms with others. An acknowledgement of the last segment that is late by so much says nothing of when it came.
 */
const DELAYED_ACK_MS = { from: 20, to: 250 } as const;
/** What is acknowledged at least when something is. */
const SEGMENT_BYTES = 1500;

export interface SendWatchOptions {
  readonly clock: Clock;
  readonly readInfo?: TcpInfoReader | undefined;
  readonly readQueue?: SendQueueReader;
}

interface Reading {
  readonly atMs: number;
  /** Bytes in the kernel that the peer has not acknowledged. */
  readonly pendingBytes: number;
  readonly info?: TcpInfo;
}

interface Tail {
  readonly dueMs: number;
  /** Until then. */
  readonly retransBytes: number;
}

/** From its construction, before the request begins, until `stop`. */
export class SendWatch {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #readInfo: TcpInfoReader | undefined;
  readonly #readQueue: SendQueueReader;
  readonly #base: TcpInfo | undefined;
  #watching: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #isStopped = false;
  /** The system tells neither. */
  #isBlind = false;
  #headBytes = 0;
  #writtenBytes = 0;
  #lastWrittenMs = 0;
  #isWhole = false;
  #leftMs: number | undefined;
  #last: Reading | undefined;
  /** Acknowledged, as far as is known. */
  #bytesPerMs: number | undefined;
  #rateSinceMs = 0;
  #accepted: Accepted | undefined;
  #firstAckedMs: number | undefined;
  /** When the first byte was written. */
  #startMs = 0;
  /** When a byte was last known to be acknowledged; before the first one, when it was written. */
  #grownMs = 0;
  #stallMaxMs = 0;
  #starvedMs = 0;
  /** Of a body whose last segment was seen alone under way. */
  #tail: Tail | undefined;
  #delayedAckMs: number | undefined;
  readonly #rttsMs: number[] = [];

  constructor(socket: Socket, options: SendWatchOptions) {
    this.#socket = socket;
    this.#clock = options.clock;
    this.#readInfo = options.readInfo;
    this.#readQueue = options.readQueue ?? sendQueueReader(socket);
    this.#base = options.readInfo?.(socket);
  }

  get evidence(): DeliveryEvidence {
    if (this.#accepted && this.#accepted.clock !== 'app') return 'accepted';
    return this.#writtenBytes > 0 && !this.#isBlind ? 'pending' : 'none';
  }

  /** When our process was rid of the last byte, to a reading's interval. */
  get leftMs(): number | undefined {
    return this.#leftMs;
  }

  /** By how much the peer waited with its last acknowledgement: the time of acceptance is reckoned, then. */
  get delayedAckMs(): number | undefined {
    return this.#delayedAckMs;
  }

  /** When the peer's kernel had the first bytes of the body; absent where the system does not tell. */
  get firstAckedMs(): number | undefined {
    return this.#firstAckedMs;
  }

  /** Bytes of the body that the peer's kernel has, at the last reading: a little less under TLS. Absent as above. */
  get ackedBytes(): number | undefined {
    if (this.#accepted && this.#accepted.clock !== 'app') return this.#writtenBytes;
    return this.#last?.info ? this.#bodyBytes(this.#last.info) : undefined;
  }

  get facts(): LinkFacts | undefined {
    const { info } = this.#last ?? {};
    if (!this.#base || !info) return undefined;
    return {
      base: this.#base,
      last: info,
      rttsMs: this.#rttsMs,
      stallMaxMs: this.#stallMaxMs,
      starvedMs: this.#starvedMs,
    };
  }

  /** Body bytes were handed over to the socket at `atMs`, the first ones behind a head of `headBytes`. */
  wrote(byteCount: number, atMs: number, headBytes: number): void {
    if (this.#writtenBytes === 0) {
      this.#headBytes = headBytes;
      this.#startMs = atMs;
      this.#grownMs = atMs;
    }
    this.#writtenBytes += byteCount;
    this.#lastWrittenMs = atMs;
    // Reading the queue costs too much to do it before it can be empty for good.
    if (this.#base) this.#watching ??= this.#watch();
  }

  /** Nothing more will be handed over. */
  wroteAll(): void {
    this.#isWhole = true;
    this.#watching ??= this.#watch();
    this.#wake();
  }

  /** Resolves when the peer's kernel has everything that was written, when nobody can tell, or at the stop. */
  async settled(): Promise<void> {
    await this.#watching;
  }

  /**
   * Ends the watch when the response began at `answeredMs` (or failed: undefined), and says when the body was accepted;
   * undefined when it was not.
   */
  async stop(answeredMs: number | undefined): Promise<Accepted | undefined> {
    this.#isStopped = true;
    this.#wake();
    await this.#watching;
    if (answeredMs === undefined) return this.#accepted;
    if (this.#accepted) return { ...this.#accepted, atMs: Math.min(this.#accepted.atMs, answeredMs) };
    if (this.#isWhole && this.#last && !this.#isBlind) {
      // The answer came between two readings, and carried the acknowledgement of what was pending at the last one.
      const emptyMs = this.#tail?.dueMs ?? this.#emptyMs(this.#last);
      return { atMs: Math.min(emptyMs, answeredMs), clock: this.#clockName() };
    }
    return { atMs: Math.min(this.#leftMs ?? answeredMs, answeredMs), clock: 'app' };
  }

  #clockName(): SendClock {
    return this.#base ? 'tcp_info' : 'kernel_queue';
  }

  async #watch(): Promise<void> {
    for (let readings = 0; !this.#accepted && !this.#isBlind; readings++) {
      const isWhole = this.#isWhole;
      const atMs = this.#clock.monotonicMs();
      // What node still holds is not in the queue of the kernel yet.
      const isHandedOver = isWhole && this.#socket.writableLength === 0;
      if (isHandedOver) this.#leftMs ??= atMs;
      const reading = this.#base || isHandedOver ? await this.#read(atMs) : undefined;
      if (reading) this.#note(reading, isHandedOver);
      else if (isHandedOver) this.#giveUp(atMs);
      if (this.#isStopped) return;
      if (isWhole !== this.#isWhole) continue;
      await this.#pause(Math.min(this.#intervalMs(), FIRST_INTERVAL_MS * 2 ** Math.min(readings, 10)));
      // The answer is there: it bounds acceptance better than another reading of the queue, which tells nothing else.
      if (this.#isStopped && !this.#base) return;
    }
  }

  async #read(atMs: number): Promise<Reading | undefined> {
    if (this.#base) {
      const info = this.#readInfo?.(this.#socket);
      return info && { atMs, pendingBytes: info.pendingBytes, info };
    }
    const pendingBytes = await this.#readQueue();
    return pendingBytes === undefined ? undefined : { atMs, pendingBytes };
  }

  /** Of a body that was handed over: the system tells nothing, or the connection is gone. */
  #giveUp(atMs: number): void {
    this.#isBlind = !this.#socket.destroyed || !this.#base;
    if (!this.#socket.destroyed) this.#accepted = { atMs, clock: 'app' };
    this.#isStopped = true;
  }

  #note(reading: Reading, isHandedOver: boolean): void {
    const last = this.#last;
    const { atMs, pendingBytes, info } = reading;
    if (info) this.#noteInfo(info, atMs, last);
    this.#last = reading;
    if (isHandedOver && pendingBytes === 0) {
      const acceptedMs = this.#acceptedMs(reading, last);
      this.#accepted = { atMs: acceptedMs, clock: this.#clockName() };
      this.#leftMs = Math.min(this.#leftMs ?? acceptedMs, acceptedMs);
      return;
    }
    this.#noteRate(reading, last);
    if (isHandedOver && info?.isLoneSegment) this.#tail ??= this.#tailOf(info);
  }

  /**
   * The acknowledgement of what was sent behind the bytes acknowledged last is due when the wire has carried it: at the rate of
   * the whole body, since a gap that closes leaves the last rate too low.
   */
  #tailOf({ ackedBytes, minRttMs = 0, pendingBytes, retransBytes }: TcpInfo): Tail {
    const tookMs = this.#grownMs - this.#startMs;
    const acked = ackedBytes - (this.#base?.ackedBytes ?? 0);
    const dueMs =
      acked > 0 && tookMs > 0
        ? this.#grownMs + pendingBytes / Math.max(acked / tookMs, this.#bytesPerMs ?? 0)
        : this.#lastWrittenMs + minRttMs;
    return { dueMs: Math.max(dueMs, this.#lastWrittenMs), retransBytes };
  }

  /** When everything was acknowledged, by a reading that says so and the one before. */
  #acceptedMs({ atMs, info }: Reading, last: Reading | undefined): number {
    const ackMs = info ? atMs - info.sinceAckMs : atMs;
    // Not where it had to be sent again: then it was not there.
    const dueMs = info && info.retransBytes === this.#tail?.retransBytes ? this.#tail.dueMs : undefined;
    // What acknowledged something last was the answer, then: it may be there and not have been seen by us.
    const isAnswered = this.#isStopped || (info !== undefined && info.sinceDataMs <= info.sinceAckMs);
    if (dueMs !== undefined && dueMs < ackMs) {
      const lateMs = ackMs - dueMs;
      if (isAnswered) return dueMs;
      if (lateMs >= DELAYED_ACK_MS.from && lateMs <= DELAYED_ACK_MS.to) {
        this.#delayedAckMs = lateMs;
        return dueMs;
      }
    }
    const soonestMs = Math.max(last?.atMs ?? 0, this.#lastWrittenMs);
    const emptyMs = isAnswered && last ? this.#emptyMs(last) : Number.POSITIVE_INFINITY;
    return Math.min(atMs, Math.max(Math.min(ackMs, emptyMs), soonestMs));
  }

  #noteRate({ atMs, pendingBytes, info }: Reading, last: Reading | undefined): void {
    if (!last) {
      this.#rateSinceMs = atMs;
      return;
    }
    const gone =
      info && last.info ? deliveredBytes(info) - deliveredBytes(last.info) : last.pendingBytes - pendingBytes;
    const tookMs = Math.max(1, atMs - this.#rateSinceMs);
    if (gone > 0) {
      this.#bytesPerMs = gone / tookMs;
      this.#rateSinceMs = atMs;
    } else if (this.#bytesPerMs !== undefined) {
      this.#bytesPerMs = Math.min(this.#bytesPerMs, SEGMENT_BYTES / tookMs);
    }
  }

  /** When what was pending at a reading will be acknowledged, at the rate before it. */
  #emptyMs(reading: Reading): number {
    const tookMs = this.#bytesPerMs ? undeliveredBytes(reading) / this.#bytesPerMs : Number.POSITIVE_INFINITY;
    return reading.atMs + tookMs;
  }

  #noteInfo(info: TcpInfo, atMs: number, last: Reading | undefined): void {
    const known = this.#last?.info?.ackedBytes ?? this.#base?.ackedBytes ?? 0;
    const hasGrown = info.ackedBytes > known;
    if ((hasGrown || info.pendingBytes > 0) && this.#rttsMs.length < UPLOAD_LIMITS.rttReadings.value) {
      this.#rttsMs.push(info.rttMs);
    }
    const holdsMore = this.#socket.writableLength > 0;
    if (holdsMore && info.isStarved) this.#starvedMs += atMs - (last?.atMs ?? this.#lastWrittenMs);
    if (hasGrown) {
      const soonestMs = last?.atMs ?? this.#grownMs;
      this.#grownMs = Math.min(atMs, Math.max(soonestMs, atMs - info.sinceAckMs));
      if (this.#bodyBytes(info) > 0) this.#firstAckedMs ??= this.#grownMs;
    } else if (info.pendingBytes > 0) {
      this.#stallMaxMs = Math.max(this.#stallMaxMs, atMs - this.#grownMs);
    }
  }

  /** Acknowledged bytes of the connection, less those before the request, its head, and what TLS adds to the body. */
  #bodyBytes(info: TcpInfo): number {
    const { ackedBytes = 0, pendingBytes = 0 } = this.#base ?? {};
    const bytes = info.ackedBytes - ackedBytes - pendingBytes - this.#headBytes;
    const isTls = 'encrypted' in this.#socket;
    const body = isTls ? Math.floor((bytes * RECORD_BYTES) / (RECORD_BYTES + RECORD_OVERHEAD_BYTES)) : bytes;
    return Math.min(this.#writtenBytes, Math.max(0, body));
  }

  /** A quarter of the time that what is pending will take at the rate so far. */
  #intervalMs(): number {
    if (!this.#isWhole) return INTERVAL_MAX_MS;
    if (!this.#last || !this.#bytesPerMs) return INTERVAL_MS;
    const leftMs = (undeliveredBytes(this.#last) + this.#socket.writableLength) / this.#bytesPerMs;
    return Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MS, leftMs / 4));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** RFC 8446 §5.1 and RFC 5288: the largest record, and the most that the ciphers of TLS 1.2 and 1.3 add to it. */
const RECORD_BYTES = 16 * 1024;
const RECORD_OVERHEAD_BYTES = 29;

/** The peer's kernel has them, though some may lie behind a gap. */
function deliveredBytes({ ackedBytes, sackedBytes }: TcpInfo): number {
  return ackedBytes + sackedBytes;
}

function undeliveredBytes({ info, pendingBytes }: Reading): number {
  return pendingBytes - (info?.sackedBytes ?? 0);
}
