import { describe, expect, it } from 'vitest';
import { LeafMinutes, type LeafTable } from '../../../collector/detect/leaves/leaf-table.ts';
import { adtributor, largestShare } from './leaf-peers.ts';

function table(
  rate: (isp: string, cdn: string) => number,
  units: (isp: string) => number = () => 1000,
): LeafTable {
  const rows = new LeafMinutes(['isp', 'cdn'], 1);
  for (const isp of ['a', 'b', 'c'])
    for (const cdn of ['1', '2'])
      for (const t of [0, 1])
        rows.add(t, [isp, cdn], units(isp) * (t === 0 ? 0.02 : rate(isp, cdn)), units(isp));
  return rows.table();
}

describe('the peers of the localiser', () => {
  it('the largest share is of the value with most bad, whether it changed or not', () => {
    const quiet = table(
      (isp) => (isp === 'b' ? 0.1 : 0.02),
      (isp) => (isp === 'a' ? 50_000 : 1000),
    );
    expect(largestShare(quiet)[0]).toEqual({ isp: 'a' });
    expect(adtributor(quiet)).toEqual([{ isp: 'b' }]);
  });

  it('attribution names values of one dimension, also for a cause of two', () => {
    expect(adtributor(table((isp) => (isp === 'b' ? 0.3 : 0.02)))).toEqual([{ isp: 'b' }]);
    const both = adtributor(table((isp, cdn) => (isp === 'b' && cdn === '2' ? 0.3 : 0.02)));
    expect(new Set(both.map((set) => Object.keys(set).length))).toEqual(new Set([1]));
  });
});
