/** The last slots of one check at one agent: finds duplicates, and how often the check runs. */

const REMEMBERED = 64;
const GAPS_LOOKED_AT = 8;

export class SlotMemory {
  /** Ascending, Unix milliseconds. */
  readonly #slots: number[] = [];
  #expectedMs: number | undefined;

  /** Takes a slot in; false when it was seen before, or is older than all that is remembered. */
  add(slotMs: number): boolean {
    let at = this.#slots.length;
    while (at > 0 && (this.#slots[at - 1] as number) > slotMs) at -= 1;
    if (this.#slots[at - 1] === slotMs) return false;
    if (at === 0 && this.#slots.length === REMEMBERED) return false;
    this.#slots.splice(at, 0, slotMs);
    if (this.#slots.length > REMEMBERED) this.#slots.shift();
    return true;
  }

  /** The interval as it was known before a restart: it holds until there are slots that say it. */
  expect(everyMs: number): void {
    this.#expectedMs = everyMs;
  }

  /**
   * The interval, undefined before the third slot: the least of the last gaps where slots are exact, since they never come closer than
   * that. Where times jitter, as those of files do, the lower quartile, or what people would have meant by it.
   */
  everyMs(): number | undefined {
    if (this.#slots.length < 3) return this.#expectedMs;
    const recent = this.#slots.slice(-(GAPS_LOOKED_AT + 1));
    const gaps = recent.slice(1).map((slot, i) => slot - (recent[i] as number));
    gaps.sort((a, b) => a - b);
    const least = gaps[0] as number;
    const quartile = gaps[Math.floor((gaps.length - 1) / 4)] as number;
    if (quartile % least === 0) return least;
    return MEANT_MS.find((meantMs) => Math.abs(quartile - meantMs) <= JITTER * meantMs) ?? quartile;
  }
}

/** Intervals that people choose. */
const MEANT_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 20, 30],
  ...[60, 120, 180, 240, 300, 600, 900, 1200, 1800, 3600],
].map((s) => s * 1000);
/** The lower quartile of gaps that jitter is less than the interval by so much at most. */
const JITTER = 0.15;
