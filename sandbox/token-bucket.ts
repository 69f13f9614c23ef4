/** A rate limit that is exact over time: bytes are granted as tokens arrive, and few are saved up. */

/** The smallest grant, about a packet: smaller ones would only cost wake-ups. */
const PACKET_BYTES = 1460;
/** Tokens saved up at most: what a timer's lateness costs is caught up, a burst is not allowed. */
const SAVED_MS = 20;

/** A token short by less than this has arrived: waiting for it would be waiting for a rounding error. */
const ROUNDING = 1e-6;

export class TokenBucket {
  #tokens = 0;
  #lastMs: number | undefined;

  /** Grants up to `wanted` bytes now; 0 when there is not yet enough for a packet. The rate may change between calls. */
  take(wanted: number, bytesPerSecond: number, nowMs: number): number {
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    const capacity = TokenBucket.capacity(bytesPerSecond);
    this.#lastMs = nowMs;
    this.#tokens = Math.min(capacity, this.#tokens + (elapsedMs * bytesPerSecond) / 1000);
    if (this.#tokens + ROUNDING < Math.min(wanted, PACKET_BYTES)) return 0;
    const granted = Math.min(wanted, Math.floor(this.#tokens + ROUNDING));
    this.#tokens -= granted;
    return granted;
  }

  /** Milliseconds until `take` grants something, at this rate. */
  waitMs(wanted: number, bytesPerSecond: number): number {
    return (Math.max(0, Math.min(wanted, PACKET_BYTES) - this.#tokens) * 1000) / bytesPerSecond;
  }

  /** The most that is ever granted beyond rate × time, bytes. */
  static capacity(bytesPerSecond: number): number {
    return Math.max(PACKET_BYTES, (bytesPerSecond * SAVED_MS) / 1000);
  }
}
