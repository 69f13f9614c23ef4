import { describe, expect, it } from 'vitest';
import { counterExamples } from '../../../../collector/detect/leaves/counter-examples.ts';
import { LeafMinutes, type LeafTable } from '../../../../collector/detect/leaves/leaf-table.ts';

function table(bad: (region: string, target: string) => number): LeafTable {
  const rows = new LeafMinutes(['region', 'target'], 1);
  for (const region of ['eu', 'us', 'ap', 'sa'])
    for (const target of ['t1', 't2', 't3'])
      for (const t of [0, 1]) rows.add(t, [region, target], t === 1 ? bad(region, target) : 20, 1000);
  return rows.table();
}

describe('counter-examples', () => {
  it('are none where an explanation fits', () => {
    expect(
      counterExamples(
        table((region) => (region === 'eu' ? 300 : 20)),
        [{ region: 'eu' }],
      ),
    ).toEqual([]);
  });

  it('name what the explanation would have raised and did not', () => {
    const of = table((region, target) => (region === 'eu' && target !== 't2' ? 300 : 20));
    expect(counterExamples(of, [{ region: 'eu' }])).toEqual([
      {
        kind: 'well_inside',
        set: { region: 'eu', target: 't2' },
        bad: 20,
        expected: expect.closeTo(20, 1),
      },
    ]);
  });

  it('name what is raised and not explained, but for what another set explains', () => {
    const of = table((region) => (region === 'eu' ? 300 : region === 'us' ? 200 : 20));
    expect(counterExamples(of, [{ region: 'eu' }])).toMatchObject([
      { kind: 'raised_outside', set: { region: 'us' }, bad: 600 },
    ]);
    expect(counterExamples(of, [{ region: 'eu' }, { region: 'us' }])).toEqual([]);
  });

  it('of everything are the places that are well', () => {
    const of = table((region) => (region === 'sa' ? 20 : 300));
    expect(counterExamples(of, [{}])).toMatchObject([{ kind: 'well_inside', set: { region: 'sa' } }]);
  });

  it('need enough units to say so', () => {
    const rows = new LeafMinutes(['region', 'target'], 1);
    for (const [target, units] of [
      ['t1', 1000],
      ['t2', 5],
    ] as const)
      for (const region of ['eu', 'us'])
        for (const t of [0, 1])
          rows.add(
            t,
            [region, target],
            t === 1 && region === 'eu' && target === 't1' ? 300 : units / 50,
            units,
          );
    expect(counterExamples(rows.table(), [{ region: 'eu' }])).toEqual([]);
  });

  it('have none of values that the table does not know', () => {
    expect(
      counterExamples(
        table(() => 20),
        [{ region: 'mars' }],
      ),
    ).toEqual([]);
  });
});
