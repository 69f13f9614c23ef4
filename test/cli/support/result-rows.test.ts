import { describe, expect, it } from 'vitest';
import { instantMs, RESULT_COLUMNS, RESULT_LIMITS, ResultRows } from '../../../cli/support/result-rows.ts';

const COLUMNS = [...RESULT_COLUMNS, 'city', 'pop', 'blame', 'layer', 'code', 'disturbed'];
const CELLS: Readonly<Record<string, string>> = {
  ts: '1800000000',
  probe: 'edge',
  target: 'clip',
  agent: 'a1',
  region: 'eu',
  isp: 'Cable',
  metric: 'ttfb_ms',
  value: '12.5',
  outcome: 'ok',
};

const rowsOf = (columns: readonly string[] = COLUMNS): ResultRows =>
  new ResultRows({ path: 'f.csv', columns });
const line = (more: Readonly<Record<string, string>> = {}, columns: readonly string[] = COLUMNS) => ({
  line: 2,
  cells: columns.map((name) => ({ ...CELLS, ...more })[name] ?? ''),
});

describe('a row of results', () => {
  it('is a metric of a run, with every further column as a label', () => {
    expect(rowsOf().read(line({ city: 'Ulm' }))).toEqual({
      atMs: 1_800_000_000_000,
      run: {
        agent: 'a1',
        region: 'eu',
        probe: 'edge',
        type: 'edge',
        target: 'clip',
        dims: { isp: 'Cable', city: 'Ulm' },
        scheduledMs: 1_800_000_000_000,
        disturbed: false,
      },
      outcome: 'ok',
      value: { metric: 'ttfb_ms', value: 12.5 },
    });
  });

  it('of a failure has no value, and says whose it is where the file does', () => {
    const rows = rowsOf();
    const plain = rows.read(line({ outcome: 'fail', value: '' }));
    expect(plain.value).toBeUndefined();
    expect(plain.run.failure).toEqual({ layer: 'http', blame: 'unknown', code: 'timeout' });
    const told = rows.read(
      line({ outcome: 'fail', value: '', blame: 'agent', layer: 'dns', code: 'not_found' }),
    );
    expect(told.run.failure).toEqual({ layer: 'dns', blame: 'agent', code: 'not_found' });
    expect(rows.read(line({ disturbed: 'true' })).run.disturbed).toBe(true);
  });

  it('that went well and measured nothing is a run without that metric', () => {
    for (const value of ['', 'NaN', 'null', '-'])
      expect(rowsOf().read(line({ value }))).toMatchObject({ outcome: 'ok', value: undefined });
  });

  it('ends as other programs call it, in large letters or small ones', () => {
    const read = (outcome: string) => rowsOf().read(line({ outcome })).outcome;
    expect(['OK', 'Success', 'passed', 'up'].map(read)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(['FAIL', 'error', 'timeout', 'down'].map(read)).toEqual(['fail', 'fail', 'fail', 'fail']);
    expect(['Missed', 'skipped', 'lost'].map(read)).toEqual(['missed', 'missed', 'missed']);
    expect(() => read('fine')).toThrow('column outcome: "fine"');
  });

  it('shares the labels of others like it', () => {
    const rows = rowsOf();
    expect(rows.read(line({ pop: 'p1' })).run.dims).toBe(rows.read(line({ pop: 'p1' })).run.dims);
  });

  it('takes a column with too many values for no label, and says which', () => {
    const columns = [...RESULT_COLUMNS, 'run_id', 'city'];
    const rows = rowsOf(columns);
    const dims = (i: number) => rows.read(line({ run_id: `run-${i}`, city: 'Ulm' }, columns)).run.dims;
    for (let i = 0; i < RESULT_LIMITS.labelValues.value; i += 1) expect(dims(i)).toHaveProperty('run_id');
    expect(rows.leftOut).toEqual([]);
    expect(dims(-1)).toEqual({ isp: 'Cable', city: 'Ulm' });
    expect(rows.leftOut).toEqual(['run_id']);
  });
});

describe('an instant', () => {
  it.each([
    ['1800000000', 1_800_000_000_000],
    ['1800000000.25', 1_800_000_000_250],
    ['1800000000250', 1_800_000_000_250],
    ['2027-01-15T08:00:00Z', 1_800_000_000_000],
    ['2027-01-15T08:00:00.250', 1_800_000_000_250],
    ['2027-01-15 08:00:00', 1_800_000_000_000],
    ['2027-01-15T09:00:00+01:00', 1_800_000_000_000],
    ['2027-01-15', 1_799_971_200_000],
    ['', Number.NaN],
    ['soon', Number.NaN],
    ['12:00', Number.NaN],
  ])('%s', (text, ms) => {
    expect(instantMs(text)).toBe(ms);
  });
});
