/**
 * Randomness that is a pure function of what it is for: the result of a slot comes out the same however often, and in whatever
 * order, it is made. A hash of the keys seeds a small generator (SplitMix32).
 */

const GOLDEN = 0x9e3779b9;

/** Murmur3's finaliser: every bit of the input moves half of those of the output. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A text as a number of 32 bits (FNV-1a, mixed). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
}

export class Draws {
  #state = 0;

  /** Begins the series that belongs to these four numbers; the last may be an instant in milliseconds. */
  seed(a: number, b: number, c: number, instantMs: number): void {
    let state = mix(a ^ GOLDEN);
    state = mix(state ^ b);
    state = mix(state ^ c);
    state = mix(state ^ (instantMs >>> 0));
    this.#state = mix(state ^ (instantMs / 2 ** 32));
  }

  /** 32 uniform bits. */
  bits(): number {
    this.#state = (this.#state + GOLDEN) >>> 0;
    return mix(this.#state);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }
}
