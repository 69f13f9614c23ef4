/** Seeded tables of leaves with known causes: viewers over a grid of labels, and the checks of a nested fleet. */
import { LeafMinutes, type LeafSet, type LeafTable } from './leaves/leaf-table.ts';
import { Random } from './synthetic-random.ts';

export interface LabelledLeaves {
  readonly table: LeafTable;
  readonly causes: readonly LeafSet[];
}

export interface LeafGridOptions {
  readonly seed: number;
  /** Values of each dimension. The default gives 21,600 leaves. */
  readonly sizes?: readonly number[];
  readonly causes: number;
  /** Dimensions that each cause names; drawn from 1 to 3 when absent. */
  readonly causeDims?: number;
  /** Factors that the rate of a cause rises by. */
  readonly rise?: readonly [number, number];
  readonly minutes?: number;
  /** Median units of a leaf in a minute. */
  readonly units?: number;
}

const GRID_SIZES = [10, 12, 10, 18];
/** The usual rate of bad units. */
const BASE_RATE = 0.02;
/** Deviations, of logarithms: of the size of leaves, the rate of values, and the rate of a leaf from minute to minute. */
const NOISE = { units: 1, value: 0.25, minute: 0.15 } as const;
/** Bad units that a cause must have had in the past: a smaller one could not be seen by anybody. */
const CAUSE_EXPECTED_MIN = 5;

/** Leaves of a grid with one to three causes that do not overlap, each a set of values whose rate rises. */
export function syntheticLeafGrid(options: LeafGridOptions): LabelledLeaves {
  const random = new Random(options.seed);
  const sizes = options.sizes ?? GRID_SIZES;
  const dims = sizes.map((_, d) => `d${d + 1}`);
  const effects = sizes.map((size) =>
    Array.from({ length: size }, () => Math.exp(NOISE.value * random.normal())),
  );
  const leaves = gridOf(sizes).map((values) => ({
    values,
    units: Math.max(1, Math.round(random.lognormal(options.units ?? 40, NOISE.units))),
    rate: values.reduce((rate, value, d) => rate * (effects[d]?.[value] as number), BASE_RATE),
  }));
  const causes = drawCauses(options, sizes, leaves, random);
  const minutes = options.minutes ?? 10;
  const rows = new LeafMinutes(dims, minutes);
  for (const { values, units, rate } of leaves) {
    const names = values.map((value, d) => `${dims[d]}_${value}`);
    const rise = causes.reduce(
      (most, one) => (holds(one.values, values) ? Math.max(most, one.rise) : most),
      1,
    );
    for (let t = 0; t <= minutes; t += 1) {
      const total = poisson(units, random);
      const noisy = rate * Math.exp(NOISE.minute * random.normal()) * (t === minutes ? rise : 1);
      rows.add(t, names, Math.min(total, poisson(total * Math.min(0.95, noisy), random)), total);
    }
  }
  const named = causes.map(({ values }) =>
    Object.fromEntries(
      [...values.entries()].flatMap(([d, value]) =>
        value === undefined ? [] : [[dims[d] as string, `${dims[d]}_${value}`]],
      ),
    ),
  );
  return { table: rows.table(), causes: named };
}

type Pattern = readonly (number | undefined)[];

interface GridCause {
  readonly values: Pattern;
  readonly rise: number;
}

function gridOf(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (rows, size) => rows.flatMap((row) => Array.from({ length: size }, (_, value) => [...row, value])),
    [[]],
  );
}

const holds = (pattern: Pattern, values: readonly number[]): boolean =>
  pattern.every((value, d) => value === undefined || value === values[d]);

const overlap = (a: Pattern, b: Pattern): boolean =>
  a.every((value, d) => value === undefined || b[d] === undefined || b[d] === value);

function drawCauses(
  options: LeafGridOptions,
  sizes: readonly number[],
  leaves: readonly { readonly values: readonly number[]; readonly units: number; readonly rate: number }[],
  random: Random,
): GridCause[] {
  const [low, high] = options.rise ?? [3, 8];
  const causes: GridCause[] = [];
  while (causes.length < options.causes) {
    const count = options.causeDims ?? 1 + Math.floor(random.uniform(0, 3));
    const pattern: (number | undefined)[] = sizes.map(() => undefined);
    while (pattern.filter((value) => value !== undefined).length < Math.min(count, sizes.length)) {
      const d = Math.floor(random.uniform(0, sizes.length));
      pattern[d] = Math.floor(random.uniform(0, sizes[d] as number));
    }
    if (causes.some(({ values }) => overlap(values, pattern))) continue;
    const expected = leaves.reduce(
      (sum, { rate, units, values }) => sum + (holds(pattern, values) ? rate * units : 0),
      0,
    );
    if (expected >= CAUSE_EXPECTED_MIN) causes.push({ values: pattern, rise: random.uniform(low, high) });
  }
  return causes;
}

/** A Poisson number; by the normal curve where the mean is large. */
export function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}
