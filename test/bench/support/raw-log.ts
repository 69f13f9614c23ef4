/** When which byte of a connection came, under whatever encryption: the truth that an uploader's claims are held against. */

/** The time that all processes of a machine share (CLOCK_MONOTONIC), milliseconds. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** RFC 8446 §5.2: a header of 5 bytes, the type, and the tag of the usual ciphers, around at most 2^14 bytes. */
const TLS_RECORD = { payload: 16_384, overhead: 22 } as const;

/** When the first and the last byte of one body came. */
export interface Arrival {
  readonly firstMs: number;
  readonly lastMs: number;
}

export class RawLog {
  readonly #arrivals: { readonly atMs: number; readonly total: number }[] = [];
  #total = 0;

  add(byteCount: number, atMs: number): void {
    this.#total += byteCount;
    this.#arrivals.push({ atMs, total: this.#total });
  }

  /**
   * Of a body of so many bytes that just ended: what came last is its end. Its place in the stream is exact without encryption, and
   * with it as exact as the sender fills its records. Undefined when fewer bytes came.
   */
  bodyThatEnded(byteCount: number, isEncrypted: boolean): Arrival | undefined {
    const records = Math.ceil(byteCount / TLS_RECORD.payload);
    const length = byteCount + (isEncrypted ? records * TLS_RECORD.overhead : 0);
    const before = this.#total - length;
    const first = this.#arrivals.find(({ total }) => total > before);
    const last = this.#arrivals.at(-1);
    return before >= 0 && first && last ? { firstMs: first.atMs, lastMs: last.atMs } : undefined;
  }
}
