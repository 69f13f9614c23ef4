/** What speaks against an explanation: parts of it that are well, and places beside it that are raised. */
import { expectedBad, type LeafSet, type LeafTable } from './leaf-table.ts';
import { LEAF_SETTINGS, type LeafSettings } from './settings.ts';

export interface CounterExample {
  readonly kind: 'well_inside' | 'raised_outside';
  readonly set: LeafSet;
  readonly bad: number;
  readonly expected: number;
}

/** Shown of each kind. */
const SHOWN = 5;
/** A part is well below this share of the rise of its set; a place outside is raised above this share of the least rise. */
const WELL_SHARE = 0.1;
const RAISED_SHARE = 0.25;
/** Standard deviations that a place outside must be raised by. */
const RAISED_Z = 4;

interface Sums {
  bad: number;
  expected: number;
}

/**
 * For the sets of one explanation, of dimensions taken one by one: values inside of a set that are well although they have had enough
 * units to show it, and values outside of all sets that are raised. The heaviest first.
 */
export function counterExamples(
  table: LeafTable,
  cause: readonly LeafSet[],
  settings: LeafSettings = LEAF_SETTINGS,
): CounterExample[] {
  const expected = expectedBad(table, settings.priorWeight);
  const inside = cause.map((set) => membersOf(table, set));
  const covered = (leaf: number): boolean => inside.some((members) => members(leaf));
  const outside = sumsBy(table, expected, undefined, (leaf) => !covered(leaf));
  const beside = rateOf(outside.get(0));
  const well = cause.flatMap((set, i) => {
    const members = inside[i] as (leaf: number) => boolean;
    const rise = rateOf(sumsBy(table, expected, undefined, members).get(0)) - beside;
    return eachValue(table, expected, members, new Set(Object.keys(set)))
      .filter(
        ({ sums }) =>
          sums.expected * rise >= settings.tellingUnits && rateOf(sums) < beside + WELL_SHARE * rise,
      )
      .map(({ name, value, sums }) => example('well_inside', { ...set, [name]: value }, sums));
  });
  const least = Math.min(
    ...inside.map((members) => rateOf(sumsBy(table, expected, undefined, members).get(0)) - beside),
  );
  const raised = eachValue(table, expected, (leaf) => !covered(leaf), new Set())
    .filter(({ sums }) => {
      const mean = Math.max(beside * sums.expected, 0.5);
      const isSure = sums.bad - mean > RAISED_Z * Math.sqrt(mean);
      return isSure && rateOf(sums) > beside + RAISED_SHARE * least;
    })
    .map(({ name, value, sums }) => example('raised_outside', { [name]: value }, sums));
  return [...heaviest(well), ...heaviest(raised)];
}

const example = (kind: CounterExample['kind'], set: LeafSet, sums: Sums): CounterExample => ({
  ...{ kind, set },
  ...sums,
});

const heaviest = (of: readonly CounterExample[]): CounterExample[] =>
  [...of].sort((a, b) => Math.max(b.bad, b.expected) - Math.max(a.bad, a.expected)).slice(0, SHOWN);

const rateOf = (sums: Sums | undefined): number => (sums ? sums.bad / Math.max(sums.expected, 1e-9) : 1);

/** Whether a leaf is in a set. A name or a value that the table does not have holds no leaf. */
function membersOf(table: LeafTable, set: LeafSet): (leaf: number) => boolean {
  const wanted = Object.entries(set).map(([name, value]) => {
    const d = table.dims.indexOf(name);
    return { codes: table.codes[d], code: table.values[d]?.indexOf(value) ?? -1 };
  });
  return (leaf) => wanted.every(({ code, codes }) => codes?.[leaf] === code);
}

/** Sums over leaves that are there now, by the values of a dimension, or all in one. */
function sumsBy(
  table: LeafTable,
  expected: Float64Array,
  codes: Int32Array | undefined,
  isIn: (leaf: number) => boolean,
): Map<number, Sums> {
  const by = new Map<number, Sums>();
  for (let i = 0; i < expected.length; i += 1) {
    if (!((table.total[i] as number) > 0) || !isIn(i)) continue;
    const code = codes?.[i] ?? 0;
    const sums = by.get(code) ?? { bad: 0, expected: 0 };
    sums.bad += table.bad[i] as number;
    sums.expected += expected[i] as number;
    by.set(code, sums);
  }
  return by;
}

function eachValue(
  table: LeafTable,
  expected: Float64Array,
  isIn: (leaf: number) => boolean,
  without: ReadonlySet<string>,
): { name: string; value: string; sums: Sums }[] {
  return table.dims.flatMap((name, d) => {
    if (without.has(name)) return [];
    const by = sumsBy(table, expected, table.codes[d], isIn);
    // The only value of a dimension is the set itself once more.
    if (by.size < 2) return [];
    return [...by].map(([code, sums]) => ({ name, value: table.values[d]?.[code] as string, sums }));
  });
}
