/** When bytes arrived, block by block: enough to say when a player could have gone on, in a few numbers a megabyte. */
import { BLOCK_BYTES, ceilToBlock, floorToBlock } from './startup-model.ts';

/** The arrival of one contiguous run of bytes from the start of a file or segment. */
export class Arrivals {
  /** When the end of each whole block was reached. */
  readonly #blocks: number[] = [];
  #bytes = 0;
  #lastMs = 0;

  /** Contiguous bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  add(byteCount: number, atMs: number): void {
    this.#bytes += byteCount;
    this.#lastMs = atMs;
    while ((this.#blocks.length + 1) * BLOCK_BYTES <= this.#bytes) this.#blocks.push(atMs);
  }

  /** Forgets the part of a block at the end: it is asked for again, from the start of the block. */
  rewindToBlock(): void {
    this.#bytes = floorToBlock(this.#bytes);
  }

  /**
   * When the first `byteCount` bytes were there, in whole blocks (the last one as long as it is); undefined while they
   * are not. Milliseconds of the clock that `add` was given.
   */
  at(byteCount: number): number | undefined {
    if (byteCount > this.#bytes) return undefined;
    return this.#blocks[ceilToBlock(byteCount) / BLOCK_BYTES - 1] ?? this.#lastMs;
  }
}
