import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const MINUTE = 60_000;
const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;

describeEngines('a store', (engine) => {
  let test: TestStore;
  let store: Store;

  beforeAll(async () => {
    test = await openTestStore(engine);
    store = test.store;
  });
  afterAll(() => test?.close());

  const one = async <T>(sql: string, params?: Parameters<Store['query']>[1]): Promise<T> => {
    const [row] = await store.query<T>(sql, params);
    if (!row) throw new Error('no row');
    return row;
  };

  it('says which engine and version it is', () => {
    expect(store.engine).toBe(engine);
    expect(store.version).toMatch(/^\d+\.\d+\./);
  });

  it('keeps every column of a result as it was given', async () => {
    const row = rowOf(7, {
      outcome: 'fail',
      failure: { layer: 'http', blame: 'target', code: 'status', message: 'answered 503' },
      scheduledMs: TODAY + 1_234,
      metrics: { ttfb_ms: 12.3456, stall_ratio: 0.25, body_bytes: 1024 },
      trigger: 'manual',
      requestId: 'req-1',
    });
    await store.insertResults(resultBlock('whole', [row]));
    const kept = await one<Record<string, unknown>>(
      "SELECT *, run_id FROM results WHERE request_id = 'req-1'",
    );
    expect(kept).toMatchObject({
      agent: 'eu-west-1',
      boot: 'boot-1',
      seq: 7,
      run_id: 'eu-west-1/boot-1/7',
      region: 'eu-west',
      asn: 3320,
      scheduled_at: new Date(TODAY + 1_234).toISOString(),
      lateness_us: 1250,
      duration_us: 40_500,
      outcome: 'fail',
      layer: 'http',
      blame: 'target',
      code: 'status',
      message: 'answered 503',
      pop: 'fra1',
      metric: ['ttfb_ms', 'stall_ratio', 'body_bytes'],
      value: [12_346, 250_000, 1024],
      attributes: { pop: 'fra1', http_version: '1.1' },
      event_loop_delay_us: 400,
      cpu_ppm: 20_000,
      rss_bytes: 49_999_872,
      clock_offset_ms: -3,
      disturbed: 0,
    });
    const run = await one<Record<string, unknown>>("SELECT * FROM runs WHERE request_id = 'req-1'");
    expect(run).toMatchObject({
      duration_ms: 40.5,
      metrics: { ttfb_ms: 12.346, stall_ratio: 0.25, body_bytes: 1024 },
    });
    const absent = await one<{ m: unknown }>(
      "SELECT metrics['dns_ms'] AS m FROM runs WHERE request_id = 'req-1'",
    );
    expect(absent.m).toBeNull();
  });

  it('brings back any text unharmed', async () => {
    const nasty = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '\\',
            "'",
            '"',
            '\t',
            '\n',
            '\r',
            '\0',
            '\b',
            '\\N',
            '\\t',
            ',',
            ']',
            '}',
            ':',
            '🎬',
          ),
          fc.string({ unit: 'grapheme' }),
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join('').toWellFormed());
    const attributes = fc.dictionary(nasty, nasty, { maxKeys: 5 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(nasty, attributes), { minLength: 1, maxLength: 20 }),
        async (cases) => {
          run += 1;
          const rows = cases.map(([message, map], index) =>
            rowOf(
              index + 1,
              {
                scheduledMs: TODAY,
                outcome: 'fail',
                failure: { layer: 'http', blame: 'target', code: 'status', message },
                attributes: map,
                trigger: 'manual',
              },
              { boot: `nasty-${run}` },
            ),
          );
          await store.insertResults(resultBlock(`nasty-${run}`, rows));
          const kept = await store.query<{ message: string; attributes: Record<string, string> }>(
            'SELECT message, attributes FROM results WHERE boot = {boot:String} ORDER BY seq',
            { boot: `nasty-${run}` },
          );
          expect(kept).toEqual(cases.map(([message, map]) => ({ message, attributes: { ...map } })));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes a block that comes again as the one that it is, rollups included', async () => {
    const rows: ResultRow[] = [];
    for (let seq = 1; seq <= 300; seq += 1) {
      rows.push(rowOf(seq, { probe: 'twice', scheduledMs: TODAY + seq * 1000 }, { boot: 'twice' }));
    }
    const block = resultBlock('twice', rows);
    await store.insertResults(block);
    await store.insertResults(block);
    await Promise.all([store.insertResults(block), store.insertResults(block)]);
    expect(
      await one("SELECT count() AS rows, uniqExact(seq) AS seqs FROM results WHERE probe = 'twice'"),
    ).toEqual({ rows: 300, seqs: 300 });
    expect(
      await one(
        "SELECT sum(count) AS count, sum(ok) AS ok, sum(value_sum) AS total FROM latency_1m WHERE probe = 'twice' AND metric = 'ttfb_ms'",
      ),
    ).toEqual({ count: 300, ok: 300, total: 300 * 20_000 + ((300 * 301) / 2) * 1000 });
    expect(
      await one("SELECT max(seq) AS seq, sum(results) AS results FROM agent_progress WHERE boot = 'twice'"),
    ).toEqual({ seq: 300, results: 300 });
  });

  it('rolls up by minute, with what the agent did to itself kept apart', async () => {
    const at = TODAY + 10 * MINUTE;
    const fail = (blame: 'target' | 'agent') =>
      ({
        outcome: 'fail',
        metrics: {},
        failure: { layer: 'http', blame, code: 'status', message: '' },
      }) as const;
    const rows = [
      ...Array.from({ length: 100 }, (_, index) =>
        rowOf(index + 1, { probe: 'roll', scheduledMs: at + index * 500, metrics: { ttfb_ms: index + 1 } }),
      ),
      rowOf(101, { probe: 'roll', scheduledMs: at, ...fail('target') }),
      rowOf(102, { probe: 'roll', scheduledMs: at, ...fail('agent') }),
      rowOf(103, {
        probe: 'roll',
        scheduledMs: at,
        outcome: 'missed',
        missedReason: 'overrun',
        metrics: {},
        durationMs: 0,
      }),
      rowOf(104, { probe: 'roll', scheduledMs: at, trigger: 'manual', metrics: { ttfb_ms: 9999 } }),
    ].map((row) => ({ ...row, boot: 'roll' }));
    await store.insertResults(resultBlock('roll', rows));
    const ttfb = await one<Record<string, number>>(
      "SELECT count, ok, fail, p50, p99, avg, min, max, success_ratio FROM region_latency WHERE probe = 'roll' AND metric = 'ttfb_ms' AND pop = 'fra1'",
    );
    expect(ttfb).toMatchObject({
      count: 100,
      ok: 100,
      fail: 0,
      avg: 50.5,
      min: 1,
      max: 100,
      success_ratio: 1,
    });
    expect(ttfb.p50).toBeGreaterThan(49);
    expect(ttfb.p50).toBeLessThan(52);
    expect(ttfb.p99).toBeGreaterThan(97);
    expect(ttfb.p99).toBeLessThan(101);
    const outcomes = await one(
      "SELECT sum(count) AS count, sum(ok) AS ok, sum(fail) AS fail, sum(agent_fail) AS agent_fail, sum(missed) AS missed FROM region_latency WHERE probe = 'roll' AND metric = 'run_ms'",
    );
    expect(outcomes).toEqual({ count: 103, ok: 100, fail: 1, agent_fail: 1, missed: 1 });
  });

  it('gives NULL and not 0 where nothing was measured', async () => {
    const failure = { layer: 'dns', blame: 'network', code: 'timeout', message: '' } as const;
    await store.insertResults(
      resultBlock('none', [
        rowOf(
          1,
          { probe: 'none', scheduledMs: TODAY, outcome: 'fail', failure, metrics: {} },
          { boot: 'none' },
        ),
      ]),
    );
    expect(
      await store.query("SELECT p50, avg, min, max, success_ratio FROM region_latency WHERE probe = 'none'"),
    ).toEqual([{ p50: null, avg: null, min: null, max: null, success_ratio: 0 }]);
  });

  it('does not let a failed query show in the answer to the next', async () => {
    await expect(store.query('SELECT throwIf(number = 200000) FROM numbers(300000)')).rejects.toMatchObject({
      name: 'StoreError',
      code: 'query',
      clickhouseCode: 395,
    });
    for (let turn = 0; turn < 4; turn += 1) expect(await one('SELECT 1 AS a')).toEqual({ a: 1 });
  });

  it('binds parameters as values', async () => {
    const text = "x'; DROP TABLE results; --\\ \t\n";
    expect(
      await one('SELECT {text:String} AS text, {list:Array(String)} AS list', { text, list: ['a', "b'"] }),
    ).toEqual({
      text,
      list: ['a', "b'"],
    });
    expect(
      await one("SELECT fromUnixTimestamp64Milli({ms:Int64}, 'UTC') AS at", { ms: 1_763_000_000_123 }),
    ).toEqual({
      at: '2025-11-13T02:13:20.123Z',
    });
  });

  it('inserts rows as objects, with times as milliseconds or as ISO text', async () => {
    const ms = Date.UTC(2026, 10, 21, 3, 4, 5, 678);
    await store.insertRows('changes', [
      { at: ms, revision: 1, kind: 'probe', name: 'a', action: 'create', detail: '{"x":"\\n"}' },
      { at: new Date(ms).toISOString(), revision: 2, kind: 'probe', name: 'b', action: 'create', detail: '' },
    ]);
    const rows = await store.query('SELECT at, name, detail FROM changes ORDER BY revision');
    expect(rows).toEqual([
      { at: '2026-11-21T03:04:05.678Z', name: 'a', detail: '{"x":"\\n"}' },
      { at: '2026-11-21T03:04:05.678Z', name: 'b', detail: '' },
    ]);
    await store.insertRows('changes', []);
  });

  it('refuses work after it is closed, and opens again with what it held', async () => {
    const before = await one('SELECT count() AS rows FROM results');
    await store.close();
    await expect(store.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' });
    const { openStore } = await import('../../../collector/store/open-store.ts');
    store = await openStore(test.options);
    expect(await one('SELECT count() AS rows FROM results')).toEqual(before);
    const twice = resultBlock('roll', [rowOf(1, { probe: 'roll', scheduledMs: TODAY + 10 * MINUTE })]);
    await store.insertResults(twice);
    expect(await one('SELECT count() AS rows FROM results')).toEqual(before);
    await store.close();
  });
});
