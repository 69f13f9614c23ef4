/**
 * How often the units of a group exceed while nothing is wrong, given whether they did the round before; and how much they do so
 * together. A score that bets against these rates keeps its run length on noise that remembers, where one that bets against a
 * fixed rate does not; and one that is tempered by what units share does not take one common shock for many witnesses.
 */
import { packNumbers, type RatesState, unpackNumbers } from './learned.ts';
import type { DetectSettings } from './settings.ts';

/** What a unit does is learned this many rounds later: what turns out to belong to an alarm never is. */
const LAG_ROUNDS = 8;
/** Rounds that are remembered, about: of those after an exceedance as many as of those after none, however rare they are. */
const MEMORY_ROUNDS = 150;
/** Rounds that count for a unit before its own do, after a round without and with an exceedance: as the others do where all are alike, or as assumed. */
const PRIOR_ROUNDS = { quiet: 20, raised: 8 } as const;
/** After an exceedance noise that remembers exceeds again more often than not after none; until that is known. */
const PRIOR_RAISED = 1.5;
/** Variance of votes, in units of one vote, that independence stands for before anything is known. */
const PRIOR_VARIANCE = 1;
/** Standard errors by which a rate may be larger than it looks: a bet against too small a rate wins by itself. */
const ERROR_SLACK = 0.25;
/** No more is taken for normal: a unit that exceeds always says nothing any more. */
const RATE_MAX = 0.75;

/** Rounds after one without and after one with an exceedance, and how many of them exceeded. */
interface Counts {
  quietRounds: number;
  quietRaised: number;
  raisedRounds: number;
  raisedRaised: number;
}

interface UnitRate extends Counts {
  last: number;
}

const noCounts = (): Counts => ({ quietRounds: 0, quietRaised: 0, raisedRounds: 0, raisedRaised: 0 });
const NONE: Readonly<UnitRate> = Object.freeze({ ...noCounts(), last: 0 });

interface Waiting {
  readonly ys: ReadonlyMap<number, { readonly y: number; readonly last: number }>;
  /** Square of the common deviation, and what it would be of independent units. */
  readonly square: number;
  readonly variance: number;
}

export class VoteRates {
  readonly #settings: Pick<DetectSettings, 'rateFloor'>;
  readonly #alike: boolean;
  readonly #units = new Map<number, UnitRate>();
  /** Over all units. */
  #sum = noCounts();
  #waiting: Waiting[] = [];
  #square = PRIOR_VARIANCE;
  #variance = PRIOR_VARIANCE;

  /**
   * `alike`: what the others do is assumed of a unit of which little is known. So it is with failures, which are rare everywhere; how often a
   * value exceeds its own quantile is each unit's own.
   */
  constructor(settings: Pick<DetectSettings, 'rateFloor'>, alike = false) {
    this.#settings = settings;
    this.#alike = alike;
  }

  /** All that it has learned. */
  save(): RatesState {
    const units = [...this.#units].flatMap(([unit, rate]) => [
      ...[unit, rate.quietRounds, rate.quietRaised, rate.raisedRounds, rate.raisedRaised, rate.last],
    ]);
    return { square: this.#square, variance: this.#variance, units: packNumbers(units) };
  }

  /** Takes up what was saved. Throws when that makes no sense. */
  restore({ square, units, variance }: RatesState): void {
    this.#square = square;
    this.#variance = variance;
    const numbers = unpackNumbers(units);
    for (let i = 0; i < numbers.length; i += 6) {
      const [unit, quietRounds, quietRaised, raisedRounds, raisedRaised, last] = numbers.slice(i, i + 6);
      if (last === undefined) throw new RangeError('rates of a unit are cut off');
      Object.assign(this.#unit(unit as number), {
        quietRounds,
        quietRaised,
        raisedRounds,
        raisedRaised,
        last,
      });
    }
    this.#addUp();
  }

  /** What a unit is expected to do in this round at most; `p0` is assumed while little is known. */
  rateOf(unit: number, p0: number): number {
    const floor = Math.min(p0, this.#settings.rateFloor * p0);
    const mean = this.#meanOf(unit, p0);
    const rate = this.#units.get(unit);
    const last = rate?.last ?? 0;
    const rounds = (1 - last) * (rate?.quietRounds ?? 0) + last * (rate?.raisedRounds ?? 0);
    const error = rounds === 0 ? 0 : Math.sqrt((mean * (1 - mean)) / (rounds + PRIOR_ROUNDS.raised));
    return Math.min(RATE_MAX, Math.max(floor, mean + ERROR_SLACK * error));
  }

  #meanOf(unit: number, p0: number): number {
    const own = this.#units.get(unit) ?? NONE;
    const all = this.#alike ? this.#sum : own;
    const assumed = Math.min(RATE_MAX, PRIOR_RAISED * p0);
    const share = (prior: number, weight: number, raised: number, rounds: number): number =>
      (weight * prior + raised) / (weight + rounds);
    const { quiet, raised } = PRIOR_ROUNDS;
    const quietPrior = share(p0, quiet, all.quietRaised - own.quietRaised, all.quietRounds - own.quietRounds);
    const raisedPrior = share(
      assumed,
      raised,
      all.raisedRaised - own.raisedRaised,
      all.raisedRounds - own.raisedRounds,
    );
    const afterQuiet = share(quietPrior, quiet, own.quietRaised, own.quietRounds);
    const afterRaised = share(raisedPrior, raised, own.raisedRaised, own.raisedRounds);
    return (1 - own.last) * afterQuiet + own.last * Math.max(afterQuiet, afterRaised);
  }

  /** By how much what all say together counts for less than what as many independent units would say; 1 for nothing shared. */
  get dispersion(): number {
    return Math.max(1, this.#square / this.#variance);
  }

  /** Takes a round in, after it was judged. `alarmed`: it may belong to a fault, and is not learned. */
  take(votes: ReadonlyMap<number, number>, p0: number, alarmed: boolean): void {
    let deviation = 0;
    let variance = 0;
    const ys = new Map<number, { y: number; last: number }>();
    for (const [unit, y] of votes) {
      const mean = this.#meanOf(unit, p0);
      deviation += y - mean;
      variance += mean * (1 - mean);
      const rate = this.#unit(unit);
      ys.set(unit, { y, last: rate.last });
      rate.last = y;
    }
    if (alarmed) {
      this.#waiting = [];
      return;
    }
    this.#waiting.push({ ys, square: deviation ** 2, variance });
    if (this.#waiting.length > LAG_ROUNDS) this.#learn(this.#waiting.shift() as Waiting);
  }

  #unit(unit: number): UnitRate {
    let rate = this.#units.get(unit);
    if (!rate) {
      rate = { ...NONE };
      this.#units.set(unit, rate);
    }
    return rate;
  }

  #addUp(): void {
    this.#sum = noCounts();
    for (const rate of this.#units.values()) {
      this.#sum.quietRounds += rate.quietRounds;
      this.#sum.quietRaised += rate.quietRaised;
      this.#sum.raisedRounds += rate.raisedRounds;
      this.#sum.raisedRaised += rate.raisedRaised;
    }
  }

  #learn({ square, variance, ys }: Waiting): void {
    for (const [unit, { last, y }] of ys) {
      const rate = this.#unit(unit);
      const keepQuiet = 1 - (1 - last) / MEMORY_ROUNDS;
      const keepRaised = 1 - last / MEMORY_ROUNDS;
      rate.quietRounds = keepQuiet * rate.quietRounds + (1 - last);
      rate.quietRaised = keepQuiet * rate.quietRaised + (1 - last) * y;
      rate.raisedRounds = keepRaised * rate.raisedRounds + last;
      rate.raisedRaised = keepRaised * rate.raisedRaised + last * y;
    }
    this.#addUp();
    const keep = 1 - 1 / MEMORY_ROUNDS;
    this.#square = keep * this.#square + square + PRIOR_VARIANCE / MEMORY_ROUNDS;
    this.#variance = keep * this.#variance + variance + PRIOR_VARIANCE / MEMORY_ROUNDS;
  }
}
