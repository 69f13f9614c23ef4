import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LatencyQuestion, readLatency } from '../../../collector/api/latency.ts';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { labelsOf, recordOf, rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const MINUTE = Date.UTC(2026, 10, 21, 12, 0, 0);
const failure = { layer: 'connect', blame: 'network', code: 'refused', message: 'refused' } as const;

let seq = 0;
function run(region: string, more: Partial<ResultRecord>): ResultRow {
  seq += 1;
  return rowOf(
    seq,
    { scheduledMs: MINUTE + seq, ...more },
    { agent: `${region}-1`, labels: labelsOf(region) },
  );
}

const rows: ResultRow[] = [
  // eu-west: ten fetches of 11 … 20 ms, one refused; and an upload that measures no ttfb.
  ...Array.from({ length: 10 }, (_, i) => run('eu-west', { metrics: { ttfb_ms: 11 + i } })),
  run('eu-west', { outcome: 'fail', failure, metrics: {} }),
  run('eu-west', { probe: 'upload', type: 'upload', metrics: { upload_goodput_bps: 4e7 } }),
  run('eu-west', { probe: 'upload', type: 'upload', outcome: 'fail', failure, metrics: {} }),
  // Its agent was held up itself.
  run('eu-west', { state: { ...recordOf(0).state, disturbed: true }, metrics: { ttfb_ms: 9999 } }),
  // us-east: everything fails before a first byte, once by the agent's own fault, and a slot is missed.
  run('us-east', { outcome: 'fail', failure, metrics: {} }),
  run('us-east', { outcome: 'fail', failure, metrics: {} }),
  run('us-east', { outcome: 'fail', failure: { ...failure, blame: 'agent' }, metrics: {} }),
  run('us-east', { outcome: 'missed', missedReason: 'overrun', metrics: {} }),
  // A run that a person asked for, and one of an hour ago: neither belongs to the table.
  run('us-east', { trigger: 'manual', requestId: 'r1', metrics: { ttfb_ms: 9999 } }),
  run('us-east', { scheduledMs: MINUTE - 3_600_000, metrics: { ttfb_ms: 9999 } }),
];

let held: TestStore;
beforeAll(async () => {
  held = await openTestStore('embedded');
  await held.store.insertResults(resultBlock('all', rows));
});
afterAll(() => held.close());

function ask(question: Partial<LatencyQuestion>) {
  return readLatency(held.store, {
    by: ['region'],
    metrics: ['ttfb_ms'],
    sinceMs: MINUTE,
    filters: {},
    ...question,
  });
}

describe('a latency table', () => {
  it('gives quantiles in the unit of the metric, within the one per cent of the sketch', async () => {
    const [row] = await ask({ filters: { region: 'eu-west' } });
    expect(row).toMatchObject({ region: 'eu-west', metric: 'ttfb_ms', unit: 'ms', count: 10 });
    expect(row?.p50).toBeGreaterThan(14.8);
    expect(row?.p50).toBeLessThan(16.2);
    expect(row?.p99).toBeLessThan(20.3);
  });

  it('counts runs that failed before they measured anything', async () => {
    const [row] = await ask({ filters: { region: 'eu-west' } });
    expect(row).toMatchObject({ ok: 10, fail: 1, missed: 0, success_ratio: 10 / 11 });
  });

  it('keeps a region in which every run failed: nothing measured is no reason to vanish', async () => {
    const regions = await ask({});
    expect(regions.map((row) => row.region)).toEqual(['eu-west', 'us-east']);
    expect(regions[1]).toMatchObject({
      count: 0,
      ok: 0,
      fail: 2,
      success_ratio: 0,
      p50: null,
      p95: null,
      p99: null,
    });
  });

  it('counts runs that an agent disturbed itself as that alone, and in no quantile', async () => {
    const [row] = await ask({ filters: { region: 'eu-west' } });
    expect(row).toMatchObject({ count: 10, ok: 10, fail: 1, disturbed: 1 });
    expect(row?.p99).toBeLessThan(21);
  });

  it('holds against a region neither what its agents did to themselves nor what they missed', async () => {
    const [row] = await ask({ filters: { region: 'us-east' } });
    expect(row).toMatchObject({ fail: 2, agent_fail: 1, missed: 1 });
  });

  it('does not mix in runs of probes that do not measure the metric', async () => {
    const [row] = await ask({ metrics: ['upload_goodput_bps'], filters: { region: 'eu-west' } });
    expect(row).toMatchObject({ unit: 'bps', count: 1, ok: 1, fail: 1, success_ratio: 0.5 });
    expect(row?.p50).toBeGreaterThan(3.9e7);
  });

  it('counts every run for the length of the run itself', async () => {
    const [row] = await ask({ metrics: ['run_ms'], filters: { region: 'eu-west' } });
    expect(row).toMatchObject({ ok: 11, fail: 2, count: 11 });
  });

  it('is one row for the whole fleet without dimensions', async () => {
    expect(await ask({ by: [] })).toHaveLength(1);
  });

  it('splits by any of the dimensions, times as ISO text', async () => {
    const [row] = await ask({ by: ['minute', 'region', 'target', 'pop', 'probe', 'country', 'isp'] });
    expect(row).toMatchObject({
      minute: '2026-11-21T12:00:00.000Z',
      region: 'eu-west',
      target: 'origin',
      pop: 'fra1',
      probe: 'front-page',
      country: 'DE',
      isp: 'Example Telekom',
    });
  });

  it('covers the whole minute in which it begins', async () => {
    const [row] = await ask({ sinceMs: MINUTE + 59_999, filters: { region: 'eu-west' } });
    expect(row?.count).toBe(10);
    expect(await ask({ sinceMs: MINUTE + 60_000 })).toEqual([]);
  });

  it('takes filters as values, never as SQL', async () => {
    expect(await ask({ filters: { region: "x' OR 1=1 --" } })).toEqual([]);
  });
});
