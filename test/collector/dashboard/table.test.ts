import { describe, expect, it } from 'vitest';
import { arrange } from '../../../collector/dashboard/table.js';

interface Row {
  readonly name: string;
  readonly ms: number | null;
}
const ROWS: Row[] = [
  { name: 'region-10', ms: 30 },
  { name: 'region-2', ms: null },
  { name: 'region-1', ms: 120 },
];
const COLUMNS = [
  { key: 'name', label: 'Region', value: (row: Row) => row.name },
  { key: 'ms', label: 'TTFB', value: (row: Row) => row.ms, isNumber: true },
];
const names = (sort: { key: string; desc: boolean }, filter = '') =>
  arrange(ROWS, COLUMNS, sort, filter).map(({ name }) => name);

describe('the rows of a table', () => {
  it('are sorted by numbers in names as people count', () => {
    expect(names({ key: 'name', desc: false })).toEqual(['region-1', 'region-2', 'region-10']);
    expect(names({ key: 'name', desc: true })).toEqual(['region-10', 'region-2', 'region-1']);
  });

  it('are sorted by figures, with what was not measured last either way', () => {
    expect(names({ key: 'ms', desc: false })).toEqual(['region-10', 'region-1', 'region-2']);
    expect(names({ key: 'ms', desc: true })).toEqual(['region-1', 'region-10', 'region-2']);
  });

  it('are sorted by their headers among equals, from a to z either way', () => {
    const same = [...COLUMNS, { key: 'state', label: 'State', value: () => 'ok' }];
    for (const desc of [false, true])
      expect(arrange(ROWS, same, { key: 'state', desc }, '').map(({ name }) => name)).toEqual([
        'region-1',
        'region-2',
        'region-10',
      ]);
  });

  it('stay as they came where nothing is sorted by', () => {
    expect(names({ key: '', desc: false })).toEqual(ROWS.map(({ name }) => name));
  });

  it('are filtered by words that each has to be in their texts', () => {
    expect(names({ key: 'name', desc: false }, 'REGION 1')).toEqual(['region-1', 'region-10']);
    expect(names({ key: 'name', desc: false }, '120')).toEqual([]);
  });
});
