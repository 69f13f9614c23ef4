/** Turns the arrival of one file's or segment's bytes into the moments of a start. */
import { Arrivals } from './arrivals.ts';
import { MediaError } from './media-error.ts';
import type { Need } from './startup-model.ts';

/** All times are those given to `add` and `setNeed`. */
export class StartMeter {
  readonly #arrivals = new Arrivals();
  #need: Need | undefined;
  /** When the need was known: no player shows a frame before it has read the header that says where it is. */
  #knownMs = 0;
  #length: number | undefined;

  /** Contiguous bytes so far. */
  get bytes(): number {
    return this.#arrivals.bytes;
  }

  get need(): Need | undefined {
    return this.#need;
  }

  get length(): number | undefined {
    return this.#length;
  }

  add(byteCount: number, atMs: number): void {
    this.#arrivals.add(byteCount, atMs);
  }

  /** What came of the last block is dropped, as a player drops it that gives a request up. */
  rewindToBlock(): void {
    this.#arrivals.rewindToBlock();
  }

  /** Later needs only add what earlier ones left open. */
  setNeed(need: Need, atMs: number): void {
    if (!this.#need) this.#knownMs = atMs;
    this.#need = need;
  }

  /** The length of the whole: as announced, or as counted at its end. */
  setLength(byteCount: number): void {
    this.#length = byteCount;
  }

  get firstFrameAtMs(): number | undefined {
    return this.#reached(this.#need?.firstFrameBytes);
  }

  get playingAtMs(): number | undefined {
    return this.#reached(this.#need?.playingBytes);
  }

  get twoSecondsAtMs(): number | undefined {
    return this.#reached(this.#need?.twoSecondsBytes);
  }

  /** Nothing more of it is of interest. */
  get isDone(): boolean {
    return this.playingAtMs !== undefined && this.twoSecondsAtMs !== undefined;
  }

  /** @throws MediaError bad_media when the media ends before its own fourth frame does. */
  checkLength(): void {
    if (this.#need && this.#length !== undefined && this.#need.startBytes > this.#length) {
      throw new MediaError(
        'bad_media',
        `it ends at byte ${this.#length}, in the middle of the first frames, which end at byte ${this.#need.startBytes}`,
      );
    }
  }

  #reached(byteCount: number | undefined): number | undefined {
    if (byteCount === undefined) return undefined;
    const arrivedMs = this.#arrivals.at(Math.min(byteCount, this.#length ?? byteCount));
    return arrivedMs === undefined ? undefined : Math.max(arrivedMs, this.#knownMs);
  }
}
