import { describe, expect, it } from 'vitest';
import { placeFaults, placeOf } from '../../../../collector/detect/leaves/fault-place.ts';
import { LeafMinutes, type LeafTable } from '../../../../collector/detect/leaves/leaf-table.ts';
import { ALARM_LEAF_SETTINGS } from '../../../../collector/detect/leaves/settings.ts';
import { syntheticFleetLeaves } from '../../../../collector/detect/synthetic-fleet-leaves.ts';

describe('the place of a set', () => {
  it.each([
    [{ agent: 'a' }, 'AGENT'],
    [{ isp: 'i' }, 'ISP'],
    [{ isp: 'i', region: 'r' }, 'ISP'],
    [{ asn: 'AS1' }, 'ISP'],
    [{ city: 'c' }, 'REGION'],
    [{ region: 'r', probe: 'p' }, 'REGION'],
    [{ country: 'c' }, 'COUNTRY'],
    [{ pop: 'p' }, 'POP'],
    [{ pop: 'p', target: 't' }, 'POP'],
    [{ target: 't' }, 'TARGET'],
    [{ region: 'r', pop: 'p' }, 'ROUTE'],
    [{ isp: 'i', target: 't' }, 'ROUTE'],
    [{ probe: 'p' }, undefined],
    [{}, undefined],
  ])('%j is %s', (set, place) => {
    expect(placeOf(set as Record<string, string>)).toBe(place);
  });
});

describe('faults of a nested fleet', () => {
  it.each(['ISP', 'REGION', 'COUNTRY', 'POP', 'TARGET', 'AGENT', 'ROUTE'] as const)(
    'a plain %s fault is named, with the values that it is bound to',
    (place) => {
      const { set, table } = syntheticFleetLeaves({ seed: 11, place, share: 0.9 });
      const [fault, ...others] = placeFaults(table);
      expect(fault).toMatchObject({ place, set });
      expect(fault?.share).toBeGreaterThan(0.7);
      expect(others).toEqual([]);
    },
  );

  it('a fault of all is GLOBAL', () => {
    const { table } = syntheticFleetLeaves({ seed: 3, place: 'GLOBAL' });
    expect(placeFaults(table)).toMatchObject([{ place: 'GLOBAL', set: {}, share: 1, ambiguous: [] }]);
  });

  it('is of all as well where one part is worse than a rest that is bad too, if the settings say so', () => {
    const rows = new LeafMinutes(['region', 'target'], 1);
    for (const region of ['r1', 'r2', 'r3', 'r4'])
      for (const target of ['t1', 't2', 't3']) {
        rows.add(0, [region, target], 20, 100);
        rows.add(1, [region, target], target === 't1' ? 90 : 50, 100);
      }
    expect(placeFaults(rows.table())).toMatchObject([{ place: 'TARGET', set: { target: 't1' } }]);
    expect(placeFaults(rows.table(), ALARM_LEAF_SETTINGS)).toMatchObject([{ place: 'GLOBAL', set: {} }]);
  });

  it('a healthy fleet has none', () => {
    expect(placeFaults(syntheticFleetLeaves({ seed: 3, place: 'GLOBAL', share: 0 }).table)).toEqual([]);
  });
});

describe('what cannot be told apart', () => {
  /** Only one agent is in region r1, and with it comes provider i1. */
  function table(): LeafTable {
    const rows = new LeafMinutes(['agent', 'region', 'isp', 'target'], 1);
    const agents = ['a1 r1 i1', 'a2 r2 i2', 'a3 r2 i3', 'a4 r3 i2', 'a5 r3 i3', 'a6 r4 i4'];
    for (const where of agents)
      for (const target of ['t1', 't2', 't3'])
        for (const t of [0, 1])
          rows.add(t, [...where.split(' '), target], t === 1 && where.startsWith('a1') ? 60 : 10, 100);
    return rows.table();
  }

  it('is said, with the runs that would tell', () => {
    const [fault] = placeFaults(table());
    const sets = [fault?.set, ...(fault?.ambiguous.map(({ set }) => set) ?? [])];
    expect(sets).toEqual(expect.arrayContaining([{ agent: 'a1' }, { region: 'r1' }, { isp: 'i1' }]));
    const isp = fault?.ambiguous.find(({ set }) => 'isp' in set);
    if (isp) {
      expect(isp.place).toBe('ISP');
      expect(isp.tellingRuns).toEqual([
        { in: fault?.set, notIn: { isp: 'i1' } },
        { in: { isp: 'i1' }, notIn: fault?.set },
      ]);
    } else expect(fault?.place).toBe('ISP');
  });

  it('counter-examples come with the fault that they speak against', () => {
    const rows = new LeafMinutes(['region', 'agent', 'target'], 1);
    for (let agent = 0; agent < 12; agent += 1)
      for (const target of ['t1', 't2'])
        for (const t of [0, 1]) {
          const isBad = t === 1 && agent < 6 && agent !== 2;
          rows.add(t, [`r${Math.floor(agent / 6)}`, `a${agent}`, target], isBad ? 60 : 5, 100);
        }
    const [fault] = placeFaults(rows.table());
    expect(fault).toMatchObject({ place: 'REGION', set: { region: 'r0' } });
    expect(fault?.counterExamples).toMatchObject([
      { kind: 'well_inside', set: { region: 'r0', agent: 'a2' } },
    ]);
  });
});
