/**
 * Changes of level in many single series at once, in flat typed arrays: O(1) memory and time a series and sample, no allocation but
 * for what is told.
 *
 * A sample votes on each level when it lies beyond that quantile of what is normal by the minimum effect, upwards or downwards. The
 * votes feed e-detectors in the CUSUM form (Shin, Ramdas, Rinaldo, arXiv 2203.03532), C ← max(1, C)·(1 − b + b·y/p), whose mean time to
 * a false alarm is at least the threshold while P(y = 1 | past) ≤ p. On noise that remembers, that fails for any one p: so p is the
 * rate that the series itself has shown after a vote like the last one. After an alarm the series is learned anew from the onset on.
 */
import type { ChangeSettings } from './change-settings.ts';
import type { MinEffect } from './metric-rules.ts';
import { grown, ValueWindows } from './value-windows.ts';

/** A change of level, as it is told. */
export interface Change {
  /** A `return` ends the change before: the series is back where it came from, soon after it left. */
  readonly kind: 'change' | 'return';
  /** Towards the bad is `worse`. */
  readonly direction: 'worse' | 'better';
  /** Samples from the onset to the one that raised the alarm: 0 when they are the same. */
  readonly ago: number;
  readonly evidence: number;
  /** Medians, as they went in. */
  readonly before: number;
  readonly after: number;
}

/** A failed probe is a value that is worse than any: failing fast must not look fast, and an end of failing is a change too. */
export const FAILED_VALUE = 1e15;
const isFailed = (value: number): boolean => value > FAILED_VALUE / 2;

/** Beyond this a score says nothing more, and products would overflow. */
const SCORE_MAX = 1e200;
/** The last values as they came, to learn from once they are a new level; a power of two. */
const RECENT = 32;

/** Places in the integers of a slot, beside the onsets. */
const COUNT = 0;
const FROZEN = 1;
const VOTES = 2;
const WAITING = 3;
const LAST_ONSET = 4;
const LAST_DIRECTION = 5;
/** 1 while most probes fail: there is no level then, and the window is empty. */
const FAILING = 6;
const ONSETS = 7;

const WORSE = 0;
const BETTER = 1;

export class ChangeBank {
  readonly settings: ChangeSettings;
  readonly #windows: ValueWindows;
  /** Rank from 0 of each level's quantile, by the size of the window; of the lower side it is counted from the other end. */
  readonly #ranks: readonly Uint8Array[];
  readonly #quartileRanks: Uint8Array;
  /** Rates that are taken until a series has shown its own: after no vote and after one, of each level. */
  readonly #usualRates: Float64Array;
  /** The levels of values, and last whether probes fail at all. */
  readonly #levels: number;
  /** Scores and rates a slot: both directions of each level. */
  readonly #scoresEach: number;
  readonly #integersEach: number;
  /** The bits of all levels of values, either way. */
  readonly #levelBits: number;
  #capacity = 0;
  #used = 0;
  readonly #free: number[] = [];
  #waiting: Float32Array = new Float32Array(0);
  #recent: Float32Array = new Float32Array(0);
  #scores: Float64Array = new Float64Array(0);
  /** Votes seen after none and after one, and how many of them exceeded: n₀ k₀ n₁ k₁. */
  #rates: Float32Array = new Float32Array(0);
  #integers: Int32Array = new Int32Array(0);
  /** Smallest effects, absolute and relative, and the level before the last change. */
  #effects: Float64Array = new Float64Array(0);

  constructor(settings: ChangeSettings, capacity = 64) {
    this.settings = settings;
    this.#windows = new ValueWindows(settings.windowSamples, 0);
    this.#levels = settings.levels.length + 1;
    this.#scoresEach = 2 * this.#levels;
    const bits = (1 << settings.levels.length) - 1;
    this.#levelBits = bits | (bits << this.#levels);
    this.#integersEach = ONSETS + this.#scoresEach;
    const ranks = (quantile: number): Uint8Array =>
      Uint8Array.from({ length: settings.windowSamples + 1 }, (_, size) => rankOf(quantile, size));
    this.#ranks = settings.levels.map(({ quantile }) => ranks(quantile));
    this.#quartileRanks = ranks(0.75);
    this.#usualRates = Float64Array.from(
      [...settings.levels, settings.failing].flatMap(({ rate, rateAfter }) => [rate, rateAfter]),
    );
    this.#grow(capacity);
  }

  /** Bytes of state for each series. */
  get bytesEach(): number {
    const singles = this.settings.lagSamples + 1 + RECENT + this.#scoresEach * 4;
    const doubles = this.#scoresEach + 3;
    return this.#windows.bytesEach + doubles * 8 + (singles + this.#integersEach) * 4;
  }

  /** A place for a new series. */
  add(minEffect: MinEffect): number {
    if (this.#free.length === 0 && this.#used === this.#capacity) this.#grow(this.#capacity * 2);
    const slot = this.#free.pop() ?? this.#used++;
    this.#windows.clear(slot);
    this.#integers.fill(0, slot * this.#integersEach, (slot + 1) * this.#integersEach);
    this.#scores.fill(0, slot * this.#scoresEach, (slot + 1) * this.#scoresEach);
    this.#rates.fill(0, slot * this.#scoresEach * 4, (slot + 1) * this.#scoresEach * 4);
    this.#effects.set([minEffect.abs, minEffect.rel, Number.NaN], slot * 3);
    return slot;
  }

  /** All that is remembered of a series. */
  save(slot: number): Uint8Array {
    const parts = this.#memoryOf(slot).map(bytesOf);
    const all = new Uint8Array(this.bytesEach);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Puts back what was saved under the same settings. Throws a `RangeError` when that cannot be. */
  restore(slot: number, saved: Uint8Array): void {
    if (saved.length !== this.bytesEach)
      throw new RangeError(`${saved.length} bytes of a series: it has ${this.bytesEach}`);
    let at = 0;
    for (const part of this.#memoryOf(slot).map(bytesOf)) {
      part.set(saved.subarray(at, at + part.length));
      at += part.length;
    }
  }

  #memoryOf(slot: number): readonly (Float64Array | Float32Array | Int32Array | Uint8Array)[] {
    const of = <T extends Float64Array | Float32Array | Int32Array>(all: T, each: number) =>
      all.subarray(slot * each, (slot + 1) * each);
    return [
      ...this.#windows.memoryOf(slot),
      of(this.#waiting, this.settings.lagSamples + 1),
      of(this.#recent, RECENT),
      of(this.#scores, this.#scoresEach),
      of(this.#rates, this.#scoresEach * 4),
      of(this.#integers, this.#integersEach),
      of(this.#effects, 3),
    ];
  }

  /** Gives the place of a series that is gone to another. */
  remove(slot: number): void {
    this.#free.push(slot);
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    this.#windows.grow(capacity);
    this.#waiting = grown(this.#waiting, capacity * (this.settings.lagSamples + 1));
    this.#recent = grown(this.#recent, capacity * RECENT);
    this.#scores = grown(this.#scores, capacity * this.#scoresEach);
    this.#rates = grown(this.#rates, capacity * this.#scoresEach * 4);
    this.#integers = grown(this.#integers, capacity * this.#integersEach);
    this.#effects = grown(this.#effects, capacity * 3);
  }

  /** Evidence that a series has changed, for one direction or both: 0 while nothing speaks for it. */
  evidence(slot: number, direction?: Change['direction']): number {
    const levels = this.#levels;
    const at = slot * this.#scoresEach;
    let sum = 0;
    for (let i = 0; i < levels; i += 1) {
      if (direction !== 'better') sum += this.#scores[at + i] as number;
      if (direction !== 'worse') sum += this.#scores[at + levels + i] as number;
    }
    return sum / (2 * this.settings.levels.length);
  }

  /** Takes the next sample: how bad it is, larger is worse; `FAILED_VALUE` for a failed probe. Gives a change when it tells one. */
  step(slot: number, sample: number): Change | undefined {
    // As it is kept, so that equal samples are equal.
    const bad = Math.fround(sample);
    const { minSamples, threshold } = this.settings;
    const integers = slot * this.#integersEach;
    const count = this.#integers[integers + COUNT] as number;
    this.#integers[integers + COUNT] = count + 1;
    this.#recent[slot * RECENT + (count & (RECENT - 1))] = bad;
    const size = this.#windows.sizeOf(slot);
    const failing = this.#integers[integers + FAILING] === 1;
    if (!failing && size < minSamples) {
      this.#begin(slot, bad, count + 1);
      return undefined;
    }
    const before = this.#integers[integers + VOTES] as number;
    const failed = isFailed(bad);
    const votes = this.#vote(slot, bad, size, failing);
    // What has no value says nothing of the level: how it would have voted is as it was.
    const mute = failed || failing ? this.#levelBits : 0;
    this.#integers[integers + VOTES] = (votes & ~mute) | (before & mute);
    const evidence = this.#bet(slot, { votes, before, mute }, size, count);
    if (evidence >= threshold) {
      const change = this.#alarm(slot, count, evidence);
      if (change) return change;
    }
    if (this.#freezes(integers, evidence)) return undefined;
    this.#countVotes(slot, votes, before, mute);
    if (!failed && !failing) this.#learn(slot, bad, size);
    return undefined;
  }

  /** The first samples of a level; when most of the first ones failed, failing is what is normal. */
  #begin(slot: number, bad: number, count: number): void {
    if (!isFailed(bad)) this.#windows.push(slot, bad);
    else if (count >= this.settings.minSamples && FAILING_BY * this.#windows.sizeOf(slot) < count)
      this.#integers[slot * this.#integersEach + FAILING] = 1;
  }

  /** A bit for each direction and level beyond which the sample lies. */
  #vote(slot: number, bad: number, size: number, failing: boolean): number {
    const levels = this.#levels;
    const last = levels - 1;
    if (failing) return isFailed(bad) ? 0 : 1 << (levels + last);
    if (isFailed(bad)) return 1 << last;
    const median = this.#windows.atRank(slot, (size - 1) >> 1);
    const effect = this.#effect(slot, median, size);
    let votes = 0;
    for (let i = 0; i < last; i += 1) {
      const rank = (this.#ranks[i] as Uint8Array)[size] as number;
      if (bad > this.#windows.atRank(slot, rank) + effect) votes |= 1 << i;
      else if (bad < this.#windows.atRank(slot, size - 1 - rank) - effect) votes |= 1 << (levels + i);
    }
    return votes;
  }

  /** The smallest effect that counts now. */
  #effect(slot: number, median: number, size: number): number {
    const { effectMaxSpreads, effectMinSpreads } = this.settings;
    const rank = this.#quartileRanks[size] as number;
    const lower = this.#windows.atRank(slot, size - 1 - rank);
    const upper = this.#windows.atRank(slot, rank);
    const spread = upper - lower;
    const abs = this.#effects[slot * 3] as number;
    const rel = (this.#effects[slot * 3 + 1] as number) * Math.abs(median);
    return Math.max(abs, Math.min(rel, effectMaxSpreads * spread), effectMinSpreads * spread);
  }

  /** Lets each score bet on its vote; gives the evidence over all. */
  #bet(slot: number, { votes, before, mute }: Votes, size: number, count: number): number {
    const { bet, rateMin, rateWeight } = this.settings;
    const usual = this.#usualRates;
    const at = slot * this.#scoresEach;
    const onsets = slot * this.#integersEach + ONSETS;
    // A new sample is the largest of all with this chance, whatever the noise.
    const leastOfValues = Math.max(rateMin, 1 / (size + 1));
    let sum = 0;
    for (let i = 0; i < this.#scoresEach; i += 1) {
      if ((mute >> i) & 1) {
        sum += this.#scores[at + i] as number;
        continue;
      }
      let factor = 1 - bet;
      if ((votes >> i) & 1) {
        const after = (before >> i) & 1;
        const weight = after ? rateWeight / 4 : rateWeight;
        const seen = (at + i) * 4 + 2 * after;
        const shown = this.#rates[seen + 1] as number;
        const prior = usual[(2 * i + after) % usual.length] as number;
        const least = i % this.#levels === this.#levels - 1 ? rateMin : leastOfValues;
        const rate = (shown + weight * prior) / ((this.#rates[seen] as number) + weight);
        factor += bet / Math.min(0.9, Math.max(rate, least));
      }
      const score = this.#scores[at + i] as number;
      if (score <= 1) this.#integers[onsets + i] = count;
      const next = Math.min(SCORE_MAX, Math.max(1, score) * factor);
      this.#scores[at + i] = next;
      sum += next;
    }
    return sum / (2 * this.settings.levels.length);
  }

  /** Whether the sample at hand must not be learned: evidence speaks against it, and not yet for too long. */
  #freezes(integers: number, evidence: number): boolean {
    const { freezeSamplesMax, freezeShare, threshold } = this.settings;
    if (evidence <= freezeShare * threshold) {
      this.#integers[integers + FROZEN] = 0;
      return false;
    }
    const frozen = (this.#integers[integers + FROZEN] as number) + 1;
    this.#integers[integers + FROZEN] = frozen;
    return frozen <= freezeSamplesMax;
  }

  #countVotes(slot: number, votes: number, before: number, mute: number): void {
    const decay = this.settings.rateDecay;
    const at = slot * this.#scoresEach;
    for (let i = 0; i < this.#scoresEach; i += 1) {
      if ((mute >> i) & 1) continue;
      const seen = (at + i) * 4 + 2 * ((before >> i) & 1);
      this.#rates[seen] = (this.#rates[seen] as number) * decay + 1;
      this.#rates[seen + 1] = (this.#rates[seen + 1] as number) * decay + ((votes >> i) & 1);
    }
  }

  /** Queues a clean sample; the oldest of those that wait enter the window. */
  #learn(slot: number, bad: number, size: number): void {
    const { lagSamples, minSamples } = this.settings;
    const at = slot * (lagSamples + 1);
    const integers = slot * this.#integersEach + WAITING;
    let waiting = this.#integers[integers] as number;
    this.#waiting[at + waiting] = bad;
    waiting += 1;
    const lag = Math.min(lagSamples, Math.max(0, size - minSamples));
    let learned = 0;
    for (; waiting - learned > lag; learned += 1)
      this.#windows.push(slot, this.#waiting[at + learned] as number);
    waiting -= learned;
    // A handful: a loop is quicker than the call that moves them.
    if (learned > 0)
      for (let i = at; i < at + waiting; i += 1) this.#waiting[i] = this.#waiting[i + learned] as number;
    this.#integers[integers] = waiting;
  }

  /** Tells a change that has lasted long enough, and learns the series anew from its onset on. */
  #alarm(slot: number, count: number, evidence: number): Change | undefined {
    const { holdSamples, returnSamples } = this.settings;
    const levels = this.#levels;
    const at = slot * this.#scoresEach;
    const integers = slot * this.#integersEach;
    const direction = this.evidence(slot, 'worse') >= this.evidence(slot, 'better') ? WORSE : BETTER;
    let best = direction * levels;
    for (let i = best + 1; i < (direction + 1) * levels; i += 1)
      if ((this.#scores[at + i] as number) > (this.#scores[at + best] as number)) best = i;
    const onset = this.#integers[integers + ONSETS + best] as number;
    if (count - onset + 1 < holdSamples) return undefined;
    const before = this.#median(slot);
    const effectBefore = isFailed(before) ? 0 : this.#effect(slot, before, this.#windows.sizeOf(slot));
    this.#restart(slot, Math.min(RECENT, count - onset + 1), count);
    const after = this.#median(slot);
    const effect =
      isFailed(before) && !isFailed(after)
        ? this.#effect(slot, after, this.#windows.sizeOf(slot))
        : effectBefore;
    const last = this.#effects[slot * 3 + 2] as number;
    const soon = onset - (this.#integers[integers + LAST_ONSET] as number) < returnSamples;
    const back = this.#integers[integers + LAST_DIRECTION] !== direction && Math.abs(after - last) < effect;
    this.#integers[integers + LAST_ONSET] = onset;
    this.#integers[integers + LAST_DIRECTION] = direction;
    this.#effects[slot * 3 + 2] = before;
    return {
      kind: soon && back ? 'return' : 'change',
      direction: direction === WORSE ? 'worse' : 'better',
      ago: count - onset,
      evidence,
      before,
      after,
    };
  }

  /** The middle of what is normal; `FAILED_VALUE` while most probes fail. */
  #median(slot: number): number {
    const size = this.#windows.sizeOf(slot);
    return size === 0 ? FAILED_VALUE : this.#windows.atRank(slot, (size - 1) >> 1);
  }

  /** Forgets what was normal and takes the last samples for it; how the series exceeds is remembered, as far as it may still hold. */
  #restart(slot: number, samples: number, count: number): void {
    const at = slot * this.#scoresEach;
    const integers = slot * this.#integersEach;
    this.#windows.clear(slot);
    for (let i = count - samples + 1; i <= count; i += 1) {
      const bad = this.#recent[slot * RECENT + (i & (RECENT - 1))] as number;
      if (!isFailed(bad)) this.#windows.push(slot, bad);
    }
    const values = this.#windows.sizeOf(slot);
    const failing = FAILING_BY * values < samples;
    if (failing) this.#windows.clear(slot);
    this.#integers[integers + FAILING] = failing ? 1 : 0;
    this.#scores.fill(0, at, at + this.#scoresEach);
    this.#integers[integers + FROZEN] = 0;
    this.#integers[integers + VOTES] = 0;
    this.#integers[integers + WAITING] = 0;
    for (let i = at * 4; i < (at + this.#scoresEach) * 4; i += 4) {
      const seen = (this.#rates[i] as number) + (this.#rates[i + 2] as number);
      const kept = Math.min(1, RESTART_VOTES / (seen + 1));
      for (let k = i; k < i + 4; k += 1) this.#rates[k] = (this.#rates[k] as number) * kept;
    }
  }
}

/** Bits of a sample and of the one before, and those that do not count this time. */
interface Votes {
  readonly votes: number;
  readonly before: number;
  readonly mute: number;
}

/** Most probes fail while fewer than one in so many has a value. */
const FAILING_BY = 3;

const bytesOf = ({ buffer, byteLength, byteOffset }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Votes of before a change that still count after it. */
const RESTART_VOTES = 50;

/** The rank from 0 of a quantile among `size` values: ceil(q·(n + 1)) from 1, which errs towards the outer value. */
function rankOf(quantile: number, size: number): number {
  return Math.max(0, Math.min(size, Math.max(1, Math.ceil(quantile * (size + 1)))) - 1);
}
