import { describe, expect, it } from 'vitest';
import { LeafMinutes, type LeafSet, type LeafTable } from '../../../../collector/detect/leaves/leaf-table.ts';
import { localiseLeaves } from '../../../../collector/detect/leaves/localise-leaves.ts';
import { LEAF_SETTINGS } from '../../../../collector/detect/leaves/settings.ts';
import { syntheticLeafGrid } from '../../../../collector/detect/synthetic-leaves.ts';

const ISPS = ['i1', 'i2', 'i3', 'i4'];
const RATES = ['500', '1200', '2000'];
const CDNS = ['c1', 'c2', 'c3'];

/** 36 leaves of 1000 units with 2% bad, of which some are bad by another rate now. */
function table(
  rate: (isp: string, bitrate: string, cdn: string) => number,
  change: { readonly without?: (isp: string, bitrate: string, cdn: string) => boolean } = {},
): LeafTable {
  const rows = new LeafMinutes(['isp', 'bitrate', 'cdn'], 10);
  for (const isp of ISPS)
    for (const bitrate of RATES)
      for (const cdn of CDNS)
        for (let t = 5; t <= 10; t += 1) {
          if (t === 10 && change.without?.(isp, bitrate, cdn)) continue;
          rows.add(t, [isp, bitrate, cdn], t === 10 ? Math.round(1000 * rate(isp, bitrate, cdn)) : 20, 1000);
        }
  return rows.table();
}

const answer = (of: LeafTable): readonly LeafSet[] => localiseLeaves(of).explanations[0]?.cause ?? [];

describe('a cause', () => {
  it.each([
    ['one value', { isp: 'i2' }],
    ['two values', { isp: 'i2', cdn: 'c3' }],
    ['three values', { isp: 'i2', bitrate: '500', cdn: 'c3' }],
  ])('is found by the names that it has: %s', (_, set: Record<string, string>) => {
    const holds = (isp: string, bitrate: string, cdn: string) =>
      Object.entries(set).every(([name, value]) => ({ isp, bitrate, cdn })[name] === value);
    const of = table((...names) => (holds(...names) ? 0.3 : 0.02));
    expect(answer(of)).toEqual([set]);
    const { causes, everywhere, outside } = localiseLeaves(of);
    expect(causes[0]?.share).toBeCloseTo(1, 2);
    expect(outside).toBeCloseTo(1, 1);
    expect(everywhere).toBe(false);
  });

  it('is the wider one where its other parts are raised too, if less', () => {
    expect(answer(table((isp, bitrate) => (isp !== 'i2' ? 0.02 : bitrate === '500' ? 0.5 : 0.12)))).toEqual([
      { isp: 'i2' },
    ]);
  });

  it('is the narrower one where the rest of it is well', () => {
    expect(answer(table((isp, bitrate) => (isp === 'i2' && bitrate === '500' ? 0.5 : 0.02)))).toEqual([
      { isp: 'i2', bitrate: '500' },
    ]);
  });

  it('may be two or three, large and small', () => {
    const of = table((isp, bitrate, cdn) => {
      if (isp === 'i1' || bitrate === '2000') return 0.3;
      return isp === 'i3' && bitrate === '500' && cdn === 'c2' ? 0.3 : 0.02;
    });
    expect(answer(of)).toHaveLength(3);
    expect(answer(of)).toEqual(
      expect.arrayContaining([{ isp: 'i1' }, { bitrate: '2000' }, { isp: 'i3', bitrate: '500', cdn: 'c2' }]),
    );
  });

  it('is not what merely fell less than the rest', () => {
    expect(localiseLeaves(table(() => 0.01)).explanations).toEqual([]);
    expect(answer(table((isp) => (isp === 'i1' ? 0.3 : isp === 'i2' ? 0.02 : 0.005)))).toEqual([
      { isp: 'i1' },
    ]);
  });
});

describe('nothing and everything', () => {
  it('nothing raised has no explanation', () => {
    const { explanations, everywhere } = localiseLeaves(table(() => 0.02));
    expect({ explanations, everywhere }).toEqual({ explanations: [], everywhere: false });
  });

  it('all raised alike is everywhere, with the little that stands out as no explanation of it', () => {
    const { everywhere, outside } = localiseLeaves(
      table((isp, bitrate) => (isp === 'i1' && bitrate === '500' ? 0.3 : 0.15)),
    );
    expect(everywhere).toBe(true);
    expect(outside).toBeGreaterThan(5);
  });

  it('an empty table is nothing', () => {
    expect(localiseLeaves(new LeafMinutes(['isp'], 0).table()).explanations).toEqual([]);
  });

  it('without a past, leaves are compared with one another', () => {
    const rows = new LeafMinutes(['isp', 'cdn'], 0);
    for (const isp of ISPS) for (const cdn of CDNS) rows.add(0, [isp, cdn], isp === 'i3' ? 200 : 20, 1000);
    expect(answer(rows.table())).toEqual([{ isp: 'i3' }]);
  });

  it('leaves that are absent now neither help nor harm', () => {
    const of = table((isp) => (isp === 'i2' ? 0.3 : 0.02), { without: (_, __, cdn) => cdn === 'c1' });
    expect(answer(of)).toEqual([{ isp: 'i2' }]);
  });
});

describe('what cannot be told apart', () => {
  it('is said: the same leaves by another name, or but for some without units', () => {
    const rows = new LeafMinutes(['asn', 'country', 'target'], 1);
    for (const [asn, country] of [
      ['AS1', 'fr'],
      ['AS2', 'de'],
      ['AS3', 'es'],
    ] as const)
      for (const target of ['t1', 't2'])
        for (const t of [0, 1])
          rows.add(t, [asn, country, target], t === 1 && asn === 'AS1' ? 300 : 20, 1000);
    const [cause] = localiseLeaves(rows.table()).causes;
    expect([cause?.set, ...(cause?.alike ?? [])]).toEqual(
      expect.arrayContaining([{ asn: 'AS1' }, { country: 'fr' }]),
    );
  });

  it('is not said of what the units of now do tell apart', () => {
    expect(localiseLeaves(table((isp) => (isp === 'i2' ? 0.3 : 0.02))).causes[0]?.alike).toEqual([]);
  });
});

describe('explanations', () => {
  const of = table((isp, bitrate) => (isp === 'i1' || bitrate === '2000' ? 0.3 : 0.02));

  it('begin with the answer, then each of its sets alone, then others, with falling scores', () => {
    const { explanations } = localiseLeaves(of);
    expect(explanations.map(({ answer: is }) => is)).toEqual([true, false, false, false, false]);
    expect(explanations[0]?.cause).toHaveLength(2);
    expect(explanations.slice(1, 3).map(({ cause }) => cause)).toEqual(
      explanations[0]?.cause.map((set) => [set]),
    );
    const scores = explanations.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(explanations.map(({ cause }) => JSON.stringify(cause))).size).toBe(5);
  });

  it('are as many as asked for, and the same each time', () => {
    expect(localiseLeaves(of, { ...LEAF_SETTINGS, top: 1 }).explanations).toHaveLength(1);
    expect(localiseLeaves(of)).toEqual(localiseLeaves(of));
  });

  it('do not depend on the order of the leaves', () => {
    const { causes, table: grid } = syntheticLeafGrid({ seed: 5, causes: 2, sizes: [6, 7, 5], units: 200 });
    const order = [...grid.bad.keys()].sort((a, b) => ((a * 7919) % 997) - ((b * 7919) % 997));
    const pick = (of: Float64Array) => Float64Array.from(order, (i) => of[i] as number);
    const shuffled = {
      ...grid,
      codes: grid.codes.map((column) => Int32Array.from(order, (i) => column[i] as number)),
      bad: pick(grid.bad),
      total: pick(grid.total),
      badBefore: pick(grid.badBefore),
      totalBefore: pick(grid.totalBefore),
    };
    expect(answer(grid)).toEqual(expect.arrayContaining([...causes]));
    expect(answer(shuffled)).toEqual(answer(grid));
  });
});

describe('nested dimensions', () => {
  /** Two regions, each of two cities, each of three agents, on two targets. */
  function nested(bad: (agent: string, city: string, region: string) => boolean): LeafTable {
    const rows = new LeafMinutes(['agent', 'city', 'region', 'target'], 1);
    for (let i = 0; i < 12; i += 1) {
      const [agent, city, region] = [`a${i}`, `c${Math.floor(i / 3)}`, `r${Math.floor(i / 6)}`] as const;
      for (const target of ['t1', 't2'])
        for (const t of [0, 1])
          rows.add(t, [agent, city, region, target], t === 1 && bad(agent, city, region) ? 60 : 10, 100);
    }
    return rows.table();
  }

  it.each([
    ['the agent', { agent: 'a4' }],
    ['the city', { city: 'c2' }],
    ['the region', { region: 'r1' }],
  ])('are named by the widest that is bad throughout: %s', (_, set: Record<string, string>) => {
    const holds = (agent: string, city: string, region: string) =>
      Object.entries(set).every(([name, value]) => ({ agent, city, region })[name] === value);
    expect(answer(nested(holds))).toEqual([set]);
  });

  it('an agent gives way to its region when the others there are raised as well, if less', () => {
    const rows = new LeafMinutes(['agent', 'region'], 1);
    for (let i = 0; i < 12; i += 1)
      for (const t of [0, 1]) {
        const bad = i === 0 ? 90 : i < 6 ? 40 : 10;
        rows.add(t, [`a${i}`, `r${Math.floor(i / 6)}`], t === 1 ? bad : 10, 100);
      }
    expect(answer(rows.table())).toEqual([{ region: 'r0' }]);
  });
});
