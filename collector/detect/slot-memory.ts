/** The last slots of one check at one agent: finds duplicates, and how often the check runs. */

const REMEMBERED = 64;
const GAPS_LOOKED_AT = 8;

export class SlotMemory {
  /** Ascending, Unix milliseconds. */
  readonly #slots: number[] = [];

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

  /** The interval: the least of the last gaps, since slots never come closer than that. Undefined before the third slot. */
  everyMs(): number | undefined {
    if (this.#slots.length < 3) return undefined;
    const recent = this.#slots.slice(-(GAPS_LOOKED_AT + 1));
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i < recent.length; i += 1)
      least = Math.min(least, (recent[i] as number) - (recent[i - 1] as number));
    return least;
  }
}
