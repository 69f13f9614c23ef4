/** What the kernel, the service and our process said of all bodies of one upload, as metrics and a verdict. */
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import type { TcpInfo, TcpInfoReader } from '../net/tcp-info.ts';
import type { Attributes, Clock } from '../probe.ts';
import { SendWatch } from './send-watch.ts';

export type LimitedBy = 'network' | 'receiver' | 'local_buffer' | 'unknown';

/** The kernel counts busy time in its ticks, of 10 ms at most: below this, shares of it are noise. */
const BUSY_MIN_MS = 20;
/** A connection that was idle for longer than it was busy waited for us, or between chunks for the service. */
const BUSY_SHARE_MIN = 0.5;

const COUNTERS = [
  'sentBytes',
  'retransBytes',
  'busyMs',
  'rwndLimitedMs',
  'sndbufLimitedMs',
] as const satisfies readonly (keyof TcpInfo)[];

/** What a watch has to tell in the end. */
type Seen = Pick<SendWatch, 'facts' | 'leftMs'> & Partial<Pick<SendWatch, 'delayedAckMs'>>;

/** Adds up the bodies of a run, one after the other or several at once. */
export class SendTally {
  readonly #clock: Clock;
  readonly #readInfo: TcpInfoReader | undefined;
  readonly #sums = { sentBytes: 0, retransBytes: 0, busyMs: 0, rwndLimitedMs: 0, sndbufLimitedMs: 0 };
  readonly #rttsMs: number[] = [];
  readonly #chunksMs: number[] = [];
  #minRttMs: number | undefined;
  #deliveryRateBps = 0;
  #stallMaxMs = 0;
  /** Bodies of which the kernel told, and for how long they were under way. */
  #told = 0;
  #starvedMs = 0;
  #delayedAckMs = 0;
  #sendingMs = 0;
  #firstByteMs: number | undefined;
  #leftMs: number | undefined;
  #confirmed: { readonly bytes: number; readonly atMs: number } | undefined;

  /** `readInfo`: absent where the system does not tell. */
  constructor(clock: Clock, readInfo?: TcpInfoReader) {
    this.#clock = clock;
    this.#readInfo = readInfo;
  }

  watch(socket: Socket): SendWatch {
    return new SendWatch(socket, { clock: this.#clock, readInfo: this.#readInfo });
  }

  /** When our process was rid of the last byte of all bodies; absent when it never was of one. */
  get leftMs(): number | undefined {
    return this.#leftMs;
  }

  /** A body that was under way from `fromMs` to `toMs`, answered or not. */
  addBody(fromMs: number, toMs: number, watch: Seen | undefined): void {
    this.#firstByteMs = Math.min(this.#firstByteMs ?? fromMs, fromMs);
    if (watch?.leftMs !== undefined) this.#leftMs = Math.max(this.#leftMs ?? 0, watch.leftMs);
    const { delayedAckMs, facts } = watch ?? {};
    if (delayedAckMs !== undefined) this.#delayedAckMs = Math.max(this.#delayedAckMs, delayedAckMs);
    if (!facts) return;
    const { base, last } = facts;
    this.#told++;
    this.#sendingMs += toMs - fromMs;
    for (const counter of COUNTERS) this.#sums[counter] += last[counter] - base[counter];
    this.#rttsMs.push(...facts.rttsMs);
    const minRttMs = last.minRttMs ?? this.#minRttMs;
    if (minRttMs !== undefined) this.#minRttMs = Math.min(this.#minRttMs ?? minRttMs, minRttMs);
    this.#deliveryRateBps = last.deliveryRateBps || this.#deliveryRateBps;
    this.#stallMaxMs = Math.max(this.#stallMaxMs, facts.stallMaxMs);
    this.#starvedMs += facts.starvedMs;
  }

  /** The answer to a body took so long from its first byte on. */
  addChunk(tookMs: number): void {
    this.#chunksMs.push(tookMs);
  }

  /** The service said that it holds so much of the payload. */
  confirm(bytes: number, atMs: number): void {
    if (bytes > (this.#confirmed?.bytes ?? 0)) this.#confirmed = { bytes, atMs };
  }

  /** What held sending back for the largest part of the time. */
  get limitedBy(): LimitedBy {
    const { busyMs, rwndLimitedMs } = this.#sums;
    if (busyMs < BUSY_MIN_MS || busyMs < this.#sendingMs * BUSY_SHARE_MIN) return 'unknown';
    const bufferMs = Math.min(busyMs - rwndLimitedMs, Math.max(this.#sums.sndbufLimitedMs, this.#starvedMs));
    const networkMs = busyMs - rwndLimitedMs - bufferMs;
    if (rwndLimitedMs > Math.max(bufferMs, networkMs)) return 'receiver';
    return bufferMs > networkMs ? 'local_buffer' : 'network';
  }

  /** `limited_by`, absent where nothing was sent; `delayed_ack_ms` where the peer held back an acknowledgement for so long. */
  get attributes(): Attributes {
    if (this.#firstByteMs === undefined) return {};
    const delayed = this.#delayedAckMs > 0 ? { delayed_ack_ms: this.#delayedAckMs.toFixed(0) } : {};
    return { limited_by: this.limitedBy, ...delayed };
  }

  get metrics(): Metrics {
    return {
      ...this.#chunkMetrics(),
      ...this.#confirmedMetrics(),
      ...(this.#told > 0 ? this.#linkMetrics() : {}),
    };
  }

  #chunkMetrics(): Metrics {
    if (this.#chunksMs.length === 0) return {};
    return { upload_chunk_ms: median(this.#chunksMs), upload_chunk_max_ms: Math.max(...this.#chunksMs) };
  }

  #confirmedMetrics(): Metrics {
    if (!this.#confirmed || this.#firstByteMs === undefined) return {};
    const tookMs = this.#confirmed.atMs - this.#firstByteMs;
    if (tookMs <= 0) return {};
    return { upload_goodput_server_bps: Math.round((this.#confirmed.bytes * 8 * 1000) / tookMs) };
  }

  #linkMetrics(): Metrics {
    const { sentBytes, retransBytes, busyMs, rwndLimitedMs, sndbufLimitedMs } = this.#sums;
    const rttMs = this.#rttsMs.length > 0 ? median(this.#rttsMs) : undefined;
    const minRttMs = this.#minRttMs;
    return {
      upload_retrans_bytes: retransBytes,
      ...(sentBytes > 0 ? { upload_retrans_ratio: retransBytes / sentBytes } : {}),
      ...(rttMs === undefined ? {} : { upload_rtt_ms: rttMs }),
      ...(minRttMs === undefined ? {} : { upload_min_rtt_ms: minRttMs }),
      ...(rttMs === undefined || minRttMs === undefined
        ? {}
        : { upload_bufferbloat_ms: Math.max(0, rttMs - minRttMs) }),
      ...(this.#deliveryRateBps > 0 ? { upload_delivery_rate_bps: this.#deliveryRateBps } : {}),
      upload_busy_ms: busyMs,
      ...(busyMs > 0
        ? {
            upload_rwnd_limited_ratio: rwndLimitedMs / busyMs,
            upload_sndbuf_limited_ratio: sndbufLimitedMs / busyMs,
          }
        : {}),
      upload_stall_max_ms: this.#stallMaxMs,
    };
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
