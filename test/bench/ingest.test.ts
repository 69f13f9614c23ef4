import { describe, expect, it } from 'vitest';
import { checkStore, limitOf, mergeSeries } from './ingest.ts';
import type { RawSeries, StoreFacts } from './support/ingest-messages.ts';

const whole: StoreFacts = {
  rows: 100,
  distinct: 100,
  total: 500,
  byMinute: 500,
  byHour: 500,
  byAgent: 500,
  diskBytesPerRow: 22,
};

describe('the ingest benchmark', () => {
  it('stands for a store that has every acknowledged result once, in every table', () => {
    expect(() => checkStore(whole, 100)).not.toThrow();
  });

  it.each([
    ['a result is lost', { rows: 99, distinct: 99 }],
    ['a result is there twice', { rows: 101 }],
    ['one is lost and another there twice', { distinct: 99 }],
    ['latency_1m lacks a row', { byMinute: 499 }],
    ['latency_1h has one twice', { byHour: 501 }],
    ['agent_progress lacks one', { byAgent: 499 }],
  ])('fails when %s', (_what, changes) => {
    expect(() => checkStore({ ...whole, ...changes }, 100)).toThrow(/\d+/);
  });

  it('takes the better of one and two connections, by the medians of all rounds, before and after', () => {
    const series = (connections: number, ...rowsPerS: number[]): RawSeries => ({
      format: 'RowBinary',
      connections,
      rowsPerS,
      cpuUs: rowsPerS.map((rate) => 1e6 / rate),
    });
    const merged = mergeSeries([series(1, 100, 120), series(2, 200, 60), series(1, 110), series(2, 90)]);
    expect(merged.map(({ rowsPerS }) => rowsPerS)).toEqual([
      [100, 120, 110],
      [200, 60, 90],
    ]);
    expect(limitOf(merged, 'RowBinary')).toMatchObject({ connections: 1, rowsPerS: 110 });
    expect(() => limitOf(merged, 'Native')).toThrow('Native was not measured');
  });
});
