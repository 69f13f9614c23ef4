/** Gives equal values as one: thousands of agents have the same labels, capabilities and software. */

/** Above so many the table begins anew: values kept before stay as they are, they are only no longer shared. */
const ENTRIES_MAX = 20_000;

export class Interned<T> {
  readonly #known = new Map<string, T>();

  /** The first value that was given under this key. */
  of(key: string, value: T): T {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= ENTRIES_MAX) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }
}
