/** How fast media arrives, as measured over the bodies of a run: the time between their pieces, waiting for heads left out. */

/** Below it, pieces that came together say nothing of a rate. */
const LEAST_MS = 1;

export class Throughput {
  #bytes = 0;
  #ms = 0;

  /** To be told of each piece of one body as it comes. The first came with the head, and says nothing of a rate. */
  ofBody(): (byteCount: number, atMs: number) => void {
    let lastMs: number | undefined;
    return (byteCount, atMs) => {
      if (lastMs !== undefined) this.add(byteCount, lastMs, atMs);
      lastMs = atMs;
    };
  }

  /** Bytes of a body that came from `fromMs` on, by `toMs`; what came with its head is not one of them. */
  add(byteCount: number, fromMs: number, toMs: number): void {
    this.#bytes += byteCount;
    this.#ms += Math.max(0, toMs - fromMs);
  }

  /** Bytes a millisecond; undefined while nothing came in pieces. */
  get bytesPerMs(): number | undefined {
    return this.#bytes > 0 ? this.#bytes / Math.max(this.#ms, LEAST_MS) : undefined;
  }

  /** Milliseconds for so many bytes; 0 where all came at once. */
  timeFor(byteCount: number): number {
    const rate = this.bytesPerMs;
    return rate === undefined ? 0 : Math.max(0, byteCount) / rate;
  }
}
