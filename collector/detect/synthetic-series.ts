/** Single series as a probe would see them, for tests and benchmarks: noise without a change, and traces with changes that are known. */
import { Random } from './synthetic-random.ts';

/** Samples of a day, one every four minutes. */
export const SERIES_DAY = 360;

/** The next value of a series that does not change, in milliseconds around 100. */
type Noise = (random: Random) => () => number;

/** Normal noise that keeps a share of the sample before; its deviation is 1. */
function autoregressive(random: Random, share: number): () => number {
  let state = random.normal();
  const fresh = Math.sqrt(1 - share ** 2);
  return () => {
    state = share * state + fresh * random.normal();
    return state;
  };
}

/** Student's t with three degrees of freedom. */
function studentT3(random: Random): number {
  const square = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
  return random.normal() / Math.sqrt(square / 3);
}

/** What a detector must bear without an alarm. */
export const NULL_NOISES = {
  iid: (random) => () => 100 + 10 * random.normal(),
  t3: (random) => () => 100 + 10 * studentT3(random),
  lognormal: (random) => () => random.lognormal(100, 0.35),
  ar1_50: (random) => {
    const noise = autoregressive(random, 0.5);
    return () => 100 * Math.exp(0.2 * noise());
  },
  ar1_90: (random) => {
    const noise = autoregressive(random, 0.9);
    return () => 100 * Math.exp(0.2 * noise());
  },
  diurnal: (random) => {
    let at = random.next() * SERIES_DAY;
    return () => {
      at += 1;
      return dayFactor(at, 0.2) * random.lognormal(100, 0.15);
    };
  },
} as const satisfies Record<string, Noise>;

export type NullNoise = keyof typeof NULL_NOISES;

/** Busy hours: a sine over the day, from 1 − depth to 1 + depth. */
function dayFactor(at: number, depth: number): number {
  return 1 + depth * Math.sin((2 * Math.PI * at) / SERIES_DAY);
}

export interface LabelledSeries {
  /** Milliseconds; 0 for a timeout. */
  readonly values: readonly number[];
  /** The first sample after each change, rising. */
  readonly changes: readonly number[];
}

export interface LabelledSeriesOptions {
  readonly seed: number;
  readonly samples: number;
  /** Mean samples between changes of level. */
  readonly changeEvery?: number;
}

/**
 * A trace of round-trip times: levels as of routes, which last for hours to days; now and then a congested stretch, slower and noisy, whose
 * begin and end are changes; spikes, rare timeouts and stretches of timeouts, which are changes when they last. No change is closer than 20
 * samples to the next.
 */
export function labelledSeries({ seed, samples, changeEvery = 400 }: LabelledSeriesOptions): LabelledSeries {
  const random = new Random(seed);
  const home = random.uniform(15, 250);
  const noise = autoregressive(random, random.uniform(0, 0.5));
  const sigmaMs = random.uniform(0.05, 0.8);
  const spikeShare = random.uniform(0.001, 0.02);
  const values: number[] = [];
  const changes: number[] = [];
  let level = home;
  let kind: Stretch = 'calm';
  while (values.length < samples) {
    const length = Math.ceil(20 + random.exponential(changeEvery));
    for (let i = 0; i < length && values.length < samples; i += 1) {
      let value = level + sigmaMs * noise();
      if (random.chance(spikeShare)) value += random.uniform(5, 200);
      if (kind === 'congested') value += 0.05 * home + Math.abs(0.1 * home * random.normal());
      const timeout = random.chance(kind === 'failing' ? 0.95 : 0.001);
      values.push(timeout ? 0 : Math.max(0.1, value));
    }
    if (values.length < samples) changes.push(values.length);
    const next: Stretch = kind === 'calm' ? stretchOf(random) : 'calm';
    // What is congested, or fails, stays at its level, and returns to it.
    if (kind === 'calm' && next === 'calm')
      level = level > home ? home : home + Math.max(2, home * random.uniform(0.02, 0.15));
    kind = next;
  }
  return { values, changes };
}

type Stretch = 'calm' | 'congested' | 'failing';

function stretchOf(random: Random): Stretch {
  if (random.chance(0.2)) return 'congested';
  return random.chance(0.05) ? 'failing' : 'calm';
}
