/**
 * The alarm core: e-detectors of the Shiryaev–Roberts kind with mixed bets (Shin, Ramdas, Rinaldo, arXiv 2203.03532).
 *
 * A unit votes y in [0, 1] each round. If E[y | past] ≤ p0, each factor 1 + λ(y − p0) has mean at most 1 and M − t is a
 * supermartingale, so that the mean time until M ≥ A is at least A. A group multiplies the factors of its units, and its
 * evidence is the least over leaving one unit out: no unit alone can raise it.
 */

/** Beyond this a score says nothing more, and products would overflow. */
const SCORE_MAX = 1e200;

/** A score a bet, at its beginning. Plain arrays: a typed one of three numbers takes five times the memory. */
const zeros = (bets: readonly number[]): number[] => bets.map(() => 0);

/** Mean of the scores of all bets: the mixture with equal weights. */
function mixed(scores: readonly number[]): number {
  let sum = 0;
  for (const score of scores) sum += score;
  return sum / scores.length;
}

export class GroupScore {
  readonly #bets: readonly number[];
  /** One score a bet, over all units. */
  readonly #full: number[];
  /** The same with one unit left out, by that unit. */
  readonly #without = new Map<number, number[]>();
  /** The CUSUM form, max(1, C)·factor: its last reset is the estimate of the onset. */
  readonly #cusum: number[];
  readonly #onsetMs: number[];

  constructor(bets: readonly number[]) {
    this.#bets = bets;
    this.#full = zeros(bets);
    this.#cusum = zeros(bets);
    this.#onsetMs = zeros(bets);
  }

  /**
   * One round: the votes of the units that were heard, by a number for each, and what each is expected to exceed at most given the
   * past. `dispersion` tempers the product: to that root. A round without votes is no round.
   */
  update(
    votes: ReadonlyMap<number, number>,
    rate: number | ((unit: number) => number),
    atMs: number,
    dispersion = 1,
  ): void {
    if (votes.size === 0) return;
    const rateOf = typeof rate === 'number' ? () => rate : rate;
    // A unit that is new has voted in no product yet: leaving it out was the full product until now.
    for (const unit of votes.keys())
      if (!this.#without.has(unit)) this.#without.set(unit, this.#full.slice());
    for (let i = 0; i < this.#bets.length; i += 1) this.#updateBet(i, votes, rateOf, atMs, 1 / dispersion);
  }

  #updateBet(
    i: number,
    votes: ReadonlyMap<number, number>,
    rateOf: (unit: number) => number,
    atMs: number,
    power: number,
  ): void {
    const factors = new Map<number, number>();
    let product = 1;
    for (const [unit, y] of votes) {
      const rate = rateOf(unit);
      const factor = (1 + Math.min(this.#bets[i] as number, 0.95 / rate) * (y - rate)) ** power;
      factors.set(unit, factor);
      product *= factor;
    }
    for (const [unit, scores] of this.#without) {
      const own = factors.get(unit);
      // With nobody else heard there was no round for the others.
      if (own !== undefined && votes.size === 1) continue;
      scores[i] = Math.min(
        SCORE_MAX,
        (1 + (scores[i] as number)) * (own === undefined ? product : product / own),
      );
    }
    this.#full[i] = Math.min(SCORE_MAX, (1 + (this.#full[i] as number)) * product);
    const before = this.#cusum[i] as number;
    if (before <= 1) this.#onsetMs[i] = atMs;
    this.#cusum[i] = Math.min(SCORE_MAX, Math.max(1, before) * product);
  }

  /** Evidence of all units together. */
  get full(): number {
    return mixed(this.#full);
  }

  /** Evidence of all units in the CUSUM form: none while nothing happens, however long that is. */
  get cusum(): number {
    return mixed(this.#cusum);
  }

  /** Evidence that survives leaving any one unit out; 0 for a group of one. */
  get leaveOneOut(): number {
    if (this.#without.size < 2) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (const scores of this.#without.values()) least = Math.min(least, mixed(scores));
    return least;
  }

  /** Start of the round in which the strongest bet last began anew: Unix milliseconds, 0 before the first round. */
  get onsetMs(): number {
    let best = 0;
    for (let i = 1; i < this.#cusum.length; i += 1)
      if ((this.#cusum[i] as number) > (this.#cusum[best] as number)) best = i;
    return this.#onsetMs[best] ?? 0;
  }

  /** Begins anew, as after an alarm. */
  reset(): void {
    this.#full.fill(0);
    this.#cusum.fill(0);
    this.#without.clear();
  }
}

/**
 * The CUSUM form for one series, max(1, C)·factor: the same bound, and no evidence while nothing happens. It decides what is
 * not learned, where the Shiryaev–Roberts form would doubt a series for its age alone.
 */
export class SeriesScore {
  readonly #bets: readonly number[];
  readonly #p0: number;
  readonly #scores: number[];

  /** `scores`: of an earlier life, as it gave them. */
  constructor(bets: readonly number[], p0: number, scores: readonly number[] = []) {
    this.#bets = bets;
    this.#p0 = p0;
    this.#scores = bets.map((_, i) => scores[i] ?? 0);
  }

  /** All that it remembers. */
  get scores(): readonly number[] {
    return [...this.#scores];
  }

  update(y: number): void {
    for (let i = 0; i < this.#bets.length; i += 1) {
      const factor = 1 + (this.#bets[i] as number) * (y - this.#p0);
      this.#scores[i] = Math.min(SCORE_MAX, Math.max(1, this.#scores[i] as number) * factor);
    }
  }

  get evidence(): number {
    return mixed(this.#scores);
  }

  reset(): void {
    this.#scores.fill(0);
  }
}

/**
 * e-BH: which of n e-values to report so that at most a share `alpha` of the reports is false, under any dependence: the k
 * largest, for the largest k with E₍k₎ ≥ n / (alpha·k). Gives the value from which to report; Infinity for none.
 */
export function eBhThreshold(values: readonly number[], alpha: number): number {
  const sorted = values.toSorted((a, b) => b - a);
  for (let k = sorted.length; k >= 1; k -= 1) {
    const value = sorted[k - 1] as number;
    if (value >= sorted.length / (alpha * k)) return value;
  }
  return Number.POSITIVE_INFINITY;
}
