/**
 * The votes of one round, packed into a number each: a group remembers dozens of rounds of hundreds of agents. A share is kept
 * to a 240th, so that halves, thirds, quarters, fifths and sixths are what they were.
 */
import type { Vote } from './tally.ts';

const STEPS = 240;
const SHARE = 256;
const UNIT = SHARE ** 3;

/** The units of a group in the order in which they came: their numbers, for all its rounds. */
export class Units {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#names.length;
  }

  /** In the order of their numbers. */
  names(): string[] {
    return [...this.#names];
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }
}

export class RoundVotes {
  readonly #units: Units;
  /** In the order of the units, whichever ran first. */
  readonly #packed: readonly number[];

  constructor(units: Units, votes: ReadonlyMap<string, Vote>) {
    this.#units = units;
    this.#packed = Array.from(votes, ([unit, vote]) => pack(units.numberOf(unit), vote)).sort(
      (a, b) => a - b,
    );
  }

  get size(): number {
    return this.#packed.length;
  }

  has(unit: string): boolean {
    return this.of(unit) !== undefined;
  }

  of(unit: string): Vote | undefined {
    const number = this.#units.find(unit);
    const found = this.#packed.find((packed) => Math.floor(packed / UNIT) === number);
    return found === undefined ? undefined : unpack(found);
  }

  units(): string[] {
    return this.#packed.map((packed) => this.#units.nameOf(Math.floor(packed / UNIT)));
  }

  /** Of all units. */
  all(): Vote[] {
    return this.#packed.map(unpack);
  }

  /** The same units with the same votes. */
  equals(other: RoundVotes): boolean {
    const [a, b] = [this.#packed, other.#packed];
    return a.length === b.length && a.every((packed, i) => packed === b[i]);
  }
}

const steps = (share: number): number => Math.round(share * STEPS);

function pack(unit: number, { y, raw, failed }: Vote): number {
  return ((unit * SHARE + steps(y)) * SHARE + steps(raw)) * SHARE + steps(failed);
}

function unpack(packed: number): Vote {
  const share = (place: number): number => (Math.floor(packed / place) % SHARE) / STEPS;
  return { y: share(SHARE ** 2), raw: share(SHARE), failed: share(1) };
}
