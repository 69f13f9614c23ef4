import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLatency } from '../../../collector/latency/latency-table.ts';
import { DEFAULT_LEVELS, type LatencyQuestion, levelOf } from '../../../collector/latency/question.ts';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { labelsOf, recordOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

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

/** What was two days before, at which nothing but a fetch of eu-west and a place that is gone since was there. */
const DAY = 86_400_000;
const earlier: ResultRow[] = ['eu-west', 'gone'].flatMap((region) =>
  Array.from({ length: 10 }, (_, i) =>
    run(region, { scheduledMs: MINUTE - 2 * DAY + i, metrics: { ttfb_ms: 10 } }),
  ),
);

describeEngines('a latency table', (engine) => {
  let held: TestStore;
  beforeAll(async () => {
    held = await openTestStore(engine);
    await held.store.insertResults(resultBlock('all', rows));
    await held.store.insertResults(resultBlock('earlier', earlier));
  });
  afterAll(() => held?.close());

  const read = (question: Partial<LatencyQuestion>, groupsMax = 1000) =>
    readLatency(
      held.store,
      {
        by: ['region'],
        metrics: ['ttfb_ms'],
        levels: DEFAULT_LEVELS,
        sinceMs: MINUTE,
        untilMs: MINUTE + 3_600_000,
        nowMs: MINUTE + 3_600_000,
        filters: {},
        stepsMax: 120,
        ...question,
      },
      groupsMax,
    );
  const ask = async (question: Partial<LatencyQuestion>) => (await read(question))?.rows ?? [];

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

  it('ends where it is told to', async () => {
    const sinceMs = MINUTE - 3_600_000;
    const [row] = await ask({ sinceMs, untilMs: MINUTE, filters: { region: 'us-east' } });
    expect(row).toMatchObject({ count: 1, ok: 1, fail: 0 });
  });

  it('has the quantiles that it is asked for, whatever the rollups were made with', async () => {
    const levels = ['p10', 'p90', 'p999'].map(levelOf);
    const [row] = await ask({ levels, filters: { region: 'eu-west' } });
    expect(row).not.toHaveProperty('p50');
    expect([row?.p10, row?.p90, row?.p999].map((value) => Math.round(value ?? 0))).toEqual([11, 19, 19]);
  });

  it('is the same from the hours as from the minutes, the running hour and the first one included', async () => {
    const long = { sinceMs: MINUTE - 2 * DAY, untilMs: MINUTE + 1_800_000, nowMs: MINUTE + 1_800_000 };
    const byTheHour = await read(long);
    expect(byTheHour?.window.parts.map(({ table }) => table)).toEqual([
      'latency_region_1m',
      'latency_region_1h',
    ]);
    const byTheMinute = await read({ ...long, by: ['region', 'minute'] });
    expect(byTheMinute?.window.parts.map(({ table }) => table)).toEqual(['latency_region_1m']);
    for (const { region, ...row } of byTheHour?.rows ?? []) {
      const minutes = byTheMinute?.rows.filter((one) => one.region === region) ?? [];
      for (const name of ['count', 'ok', 'fail', 'agent_fail', 'missed', 'disturbed'] as const)
        expect(minutes.reduce((sum, one) => sum + one[name], 0)).toBe(row[name]);
    }
    expect(byTheHour?.rows.map(({ region }) => region)).toEqual(['eu-west', 'gone', 'us-east']);
  });

  it.each([
    ['minutes', {}],
    ['hours', { sinceMs: MINUTE - 2 * DAY, untilMs: MINUTE + 1_800_000, nowMs: MINUTE + 1_800_000 }],
  ])('is the same from the rollups of regions as from those with network and edge: %s', async (_, time) => {
    const [region, network] = [await read(time), await read({ ...time, by: ['region', 'isp', 'pop'] })];
    const tables = (table: typeof region) => table?.window.parts.map((part) => part.table) ?? [];
    expect(tables(network).map((name) => name.replace('latency_', 'latency_region_'))).toEqual(
      tables(region),
    );
    expect(network?.rows.map(({ isp: _isp, pop: _pop, ...row }) => row)).toEqual(region?.rows);
    const only = await read({ ...time, filters: { isp: 'Example Telekom' } });
    expect(tables(only)).toEqual(tables(network));
    const place = { kind: 'place', dimension: 'pop', value: 'fra1' } as const;
    expect(tables(await read({ ...time, by: ['pop'], reference: place }))).toEqual(tables(network));
  });

  it('splits by the hour', async () => {
    const table = await ask({ by: ['hour'], sinceMs: MINUTE - 2 * DAY });
    expect(table.map(({ hour, ok }) => [hour, ok])).toEqual([
      ['2026-11-19T12:00:00.000Z', 20],
      ['2026-11-21T11:00:00.000Z', 1],
      ['2026-11-21T12:00:00.000Z', 10],
    ]);
  });

  it('shows the course of the first quantile, null where nothing was measured', async () => {
    const [row] = await ask({ spark: true, filters: { region: 'eu-west' } });
    expect(row?.spark).toHaveLength(12);
    expect(row?.spark?.slice(1)).toEqual(Array(11).fill(null));
    expect(row?.spark?.[0]).toBe(row?.p50);
  });

  it('is held against the same time of another day, and shows what is gone since', async () => {
    const rows = await ask({ reference: { kind: 'earlier', shiftMs: 2 * DAY } });
    expect(rows.map(({ region, count, vs }) => [region, count, vs?.count ?? null])).toEqual([
      ['eu-west', 10, 10],
      ['gone', 0, 10],
      ['us-east', 0, null],
    ]);
    expect(rows[0]?.diff?.p50?.value).toBeCloseTo(5.2, 0);
    // Ten runs of one minute: nobody can say how such minutes differ.
    expect(rows[0]?.diff?.p50).toMatchObject({ low: null, high: null, verdict: 'few' });
    expect(rows[2]?.diff).toBeNull();
  });

  it('is held against the time before without having a minute in both', async () => {
    const times = { sinceMs: MINUTE - 299_000, untilMs: MINUTE + 1000, nowMs: MINUTE + 1000 };
    const table = await read({ ...times, reference: { kind: 'earlier', shiftMs: 300_000 } });
    expect([
      table?.reference?.fromMs,
      table?.reference?.toMs,
      table?.window.fromMs,
      table?.window.toMs,
    ]).toEqual([-600_000, -300_000, -300_000, 60_000].map((ms) => MINUTE + ms));
    const hours = {
      sinceMs: MINUTE - 11 * 3_600_000 + 60_000,
      untilMs: MINUTE + 60_000,
      nowMs: MINUTE + 60_000,
    };
    const long = await read({ ...hours, reference: { kind: 'earlier', shiftMs: 11 * 3_600_000 } });
    expect(long?.reference?.toMs).toBe(long?.window.fromMs);
    const within = await read({ ...hours, reference: { kind: 'earlier', shiftMs: 3_600_000 } });
    expect(within?.reference?.toMs).toBe(MINUTE + 60_000 - 3_600_000);
  });

  it('is held against another place, which itself is held against nothing', async () => {
    const rows = await ask({ reference: { kind: 'place', dimension: 'region', value: 'eu-west' } });
    expect(rows.map(({ region, vs }) => [region, vs?.count ?? null])).toEqual([
      ['eu-west', null],
      ['us-east', 10],
    ]);
  });

  it('holds an hour against the hour that was so much before', async () => {
    const rows = await ask({ by: ['region', 'hour'], reference: { kind: 'earlier', shiftMs: 2 * DAY } });
    expect(rows.map(({ region, hour, vs }) => [region, hour, vs?.count ?? null])).toEqual([
      ['eu-west', '2026-11-21T12:00:00.000Z', 10],
      ['gone', '2026-11-21T12:00:00.000Z', 10],
      ['us-east', '2026-11-21T12:00:00.000Z', null],
    ]);
  });

  it('holds an hour against what lies so much before it, also where that is no whole hour', async () => {
    const shiftMs = 2 * DAY + 1_800_000;
    const rows = await ask({ by: ['region', 'hour'], reference: { kind: 'earlier', shiftMs } });
    expect(rows.map(({ region, hour, vs }) => [region, hour, vs?.count ?? null])).toEqual([
      ['eu-west', '2026-11-21T12:00:00.000Z', 10],
      ['gone', '2026-11-21T12:00:00.000Z', 10],
      ['us-east', '2026-11-21T12:00:00.000Z', null],
    ]);
    const minutes = await ask({ by: ['minute'], reference: { kind: 'earlier', shiftMs } });
    expect(minutes.map(({ minute, vs }) => [minute, vs?.count ?? null])).toEqual([
      ['2026-11-21T12:00:00.000Z', null],
      ['2026-11-21T12:30:00.000Z', 20],
    ]);
  });

  it('is none when there would be too many groups', async () => {
    expect(await read({}, 1)).toBeUndefined();
  });
});
