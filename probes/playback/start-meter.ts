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

  /** Later needs only add what earlier ones left open. @throws MediaError bad_media when the file is too short for it. */
  setNeed(need: Need, atMs: number): void {
    checkLength(need, this.#length);
    if (!this.#need) this.#knownMs = atMs;
    this.#need = need;
  }

  /** The length of the whole: as announced, or as counted at its end. @throws MediaError bad_media as `setNeed`. */
  setLength(byteCount: number): void {
    if (this.#need) checkLength(this.#need, byteCount);
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

  #reached(byteCount: number | undefined): number | undefined {
    if (byteCount === undefined) return undefined;
    const arrivedMs = this.#arrivals.at(Math.min(byteCount, this.#length ?? byteCount));
    return arrivedMs === undefined ? undefined : Math.max(arrivedMs, this.#knownMs);
  }
}

/** Media that ends before its own fourth frame does never starts. */
function checkLength({ startBytes }: Need, length: number | undefined): void {
  if (length === undefined || startBytes <= length) return;
  const message = `it ends at byte ${length}, in the middle of the first frames, which end at byte ${startBytes}`;
  throw new MediaError('bad_media', message);
}
