/**
 * By how much leaves scatter more than counts do by chance alone. Of small counts most deviations are a few steps of one, so the median
 * deviation is held against that of Poisson numbers with the same means, and not against a normal curve.
 */
import type { LeafTable } from './leaf-table.ts';

/** Leaves that it is taken from, and those of them whose chance is worked out. */
const SAMPLE = 4096;
const CHANCE_SAMPLE = 256;
/** Where most leaves have nothing bad at all. */
const RISE_MIN = 0.1;
/** From this mean on a Poisson number is as good as normal. */
const NORMAL_FROM = 20;
/** Quantiles 0.05, 0.15, … 0.95 of chi-square with one degree of freedom. */
const CHI_DECILES = [0.0039, 0.0358, 0.1015, 0.2059, 0.3573, 0.5707, 0.8735, 1.3233, 2.0723, 3.8415];

/** Variance by mean of the living leaves around their usual rise; at least 1. A few anomalous leaves move neither. */
export function overdispersion(table: LeafTable, expected: Float64Array, alive: Uint8Array): number {
  const stride = Math.max(1, Math.floor(alive.length / SAMPLE));
  const leaves: number[] = [];
  for (let i = 0; i < alive.length; i += stride)
    if (alive[i] && (table.total[i] as number) > 0 && (expected[i] as number) > 0) leaves.push(i);
  if (leaves.length === 0) return 1;
  const usual = usualRise(leaves, table.bad, expected);
  const means = leaves.map((i) => (expected[i] as number) * usual);
  const seen = leaves.map((i, at) => squareOf(table.bad[i] as number, means[at] as number));
  const median = weightedMedian(seen.map((value) => ({ value, weight: 1 })));
  return Math.max(1, median / Math.max(chanceMedian(means), 1e-9));
}

const squareOf = (count: number, mean: number): number => (count - mean) ** 2 / mean;

/** The rise that half of what is expected lies below of. */
function usualRise(leaves: readonly number[], bad: Float64Array, expected: Float64Array): number {
  const rises = leaves.map((i) => {
    const weight = expected[i] as number;
    return { value: (bad[i] as number) / weight, weight };
  });
  return Math.max(weightedMedian(rises), RISE_MIN);
}

/** The median squared deviation that Poisson numbers with these means have. */
function chanceMedian(means: readonly number[]): number {
  const stride = Math.max(1, Math.floor(means.length / CHANCE_SAMPLE));
  const points: { value: number; weight: number }[] = [];
  for (let at = 0; at < means.length; at += stride) {
    const mean = means[at] as number;
    if (mean >= NORMAL_FROM) {
      for (const value of CHI_DECILES) points.push({ value, weight: 1 / CHI_DECILES.length });
      continue;
    }
    let chance = Math.exp(-mean);
    for (let count = 0; count <= 4 * NORMAL_FROM && chance > 1e-4 * Math.exp(-mean); count += 1) {
      points.push({ value: squareOf(count, mean), weight: chance });
      chance *= mean / (count + 1);
    }
  }
  return weightedMedian(points);
}

function weightedMedian(points: { value: number; weight: number }[]): number {
  points.sort((a, b) => a.value - b.value);
  let left = points.reduce((sum, { weight }) => sum + weight, 0) / 2;
  for (const { value, weight } of points) {
    left -= weight;
    if (left <= 0) return value;
  }
  return points.at(-1)?.value ?? 0;
}
