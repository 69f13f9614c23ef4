/** What others do with the same leaves: the value with most bad, and attribution of one dimension by surprise. */
import { expectedBad, type LeafSet, type LeafTable } from '../../../collector/detect/leaves/leaf-table.ts';
import { LEAF_SETTINGS } from '../../../collector/detect/leaves/settings.ts';

interface ValueSums {
  readonly set: LeafSet;
  bad: number;
  expected: number;
}

/** For each dimension, bad and expected of each value. */
function sumsByDim(table: LeafTable): ValueSums[][] {
  const expected = expectedBad(table, LEAF_SETTINGS.priorWeight);
  return table.dims.map((name, d) => {
    const sums = (table.values[d] ?? []).map(
      (value): ValueSums => ({ set: { [name]: value }, bad: 0, expected: 0 }),
    );
    for (let leaf = 0; leaf < expected.length; leaf += 1) {
      const of = sums[table.codes[d]?.[leaf] as number] as ValueSums;
      of.bad += table.bad[leaf] as number;
      of.expected += expected[leaf] as number;
    }
    return sums;
  });
}

/** The value with the largest share of what is bad, as the top line of a list grouped by each label; best first. */
export function largestShare(table: LeafTable): LeafSet[] {
  const lists = sumsByDim(table).filter((values) => values.filter(({ bad }) => bad > 0).length > 1);
  return lists
    .flat()
    .sort((a, b) => b.bad - a.bad)
    .map(({ set }) => set);
}

/** Shares as in the paper (Bhagwan et al., NSDI 2014): of the change, for a dimension, and for one of its values. */
const EXPLAINED_MIN = 0.67;
const VALUE_MIN = 0.1;

/**
 * After Adtributor: values of one dimension, most surprising first, until they explain enough of the change; the dimension with the most
 * surprise in them is the answer.
 */
export function adtributor(table: LeafTable): LeafSet[] {
  const dims = sumsByDim(table).map((values) => {
    const [bad, expected] = [sumOf(values, 'bad'), sumOf(values, 'expected')];
    const change = bad - expected;
    const judged = values
      .map((one) => ({
        set: one.set,
        power: (one.bad - one.expected) / (change || 1),
        surprise: surprise(one.expected / expected, one.bad / bad),
      }))
      .sort((a, b) => b.surprise - a.surprise);
    const taken: typeof judged = [];
    let explained = 0;
    for (const one of judged) {
      if (explained > EXPLAINED_MIN) break;
      if (one.power <= VALUE_MIN) continue;
      taken.push(one);
      explained += one.power;
    }
    const total = taken.reduce((sum, one) => sum + one.surprise, 0);
    return { sets: taken.map(({ set }) => set), total, isEnough: explained > EXPLAINED_MIN };
  });
  const best = dims.filter(({ isEnough }) => isEnough).sort((a, b) => b.total - a.total)[0];
  return best?.sets ?? [];
}

const sumOf = (values: readonly ValueSums[], of: 'bad' | 'expected'): number =>
  values.reduce((sum, one) => sum + one[of], 0);

/** One value's part of the Jensen-Shannon divergence of two distributions. */
function surprise(p: number, q: number): number {
  const part = (of: number): number => (of > 0 ? of * Math.log((2 * of) / (p + q)) : 0);
  return (part(p) + part(q)) / 2;
}
