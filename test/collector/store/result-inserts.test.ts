import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ResultBlock, ResultBlockBuilder } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { viewBatch } from '../../../protocol/batch-view.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const DAY_MS = 86_400_000;
/** Early in a day, so that no test crosses into the next. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const VIEWS = [
  'agent_progress_fill',
  'latency_1m_fill',
  'latency_1h_fill',
  'latency_region_1m_fill',
  'latency_region_1h_fill',
] as const;

/** Rows of one boot, a second each. All of a test are of one probe. */
function blockOf(collector: string, number: number, probe: string, firstSeq: number, rows = 50): ResultBlock {
  const records = Array.from({ length: rows }, (_, i) =>
    recordOf(firstSeq + i, { probe, scheduledMs: NOON + ((firstSeq + i) % 40_000) * 1000 }),
  );
  const builder = new ResultBlockBuilder(collector, number);
  const source = { agent: `agent of ${collector}`, labels: labelsOf('eu-west') };
  builder.append(source, viewBatch(encodeBatch({ boot: probe, records })), 0, rows);
  return builder.build();
}

/** How often each table has the results of a probe. */
async function counted(store: Store, probe: string): Promise<Record<string, number>> {
  const [row] = await store.query<Record<string, number>>(
    `SELECT
       (SELECT count() FROM results WHERE probe = {probe:String}) AS rows,
       (SELECT uniqExact(agent, boot, seq) FROM results WHERE probe = {probe:String}) AS seqs,
       (SELECT sum(results) FROM agent_progress WHERE boot = {probe:String}) AS progress,
       (SELECT sum(count) FROM latency_1m WHERE probe = {probe:String} AND metric = 'run_ms') AS minutes,
       (SELECT sum(count) FROM latency_1h WHERE probe = {probe:String} AND metric = 'run_ms') AS hours,
       (SELECT sum(count) FROM latency_region_1m WHERE probe = {probe:String} AND metric = 'run_ms') AS region_minutes,
       (SELECT sum(count) FROM latency_region_1h WHERE probe = {probe:String} AND metric = 'run_ms') AS region_hours`,
    { probe },
  );
  return row ?? {};
}

const once = (rows: number) => ({
  ...{ rows, seqs: rows, progress: rows, minutes: rows, hours: rows },
  ...{ region_minutes: rows, region_hours: rows },
});

describeEngines('results in blocks', (engine) => {
  let test: TestStore;
  let store: Store;
  beforeAll(async () => {
    test = await openTestStore(engine);
    store = test.store;
  });
  afterAll(() => test?.close());

  /** As a crash would leave it: the block is in `results`, and not behind these views. */
  async function insertWithout(views: readonly string[], block: ResultBlock): Promise<void> {
    for (const view of views) await store.command(`DETACH TABLE ${view}`);
    await store.insertResults(block);
    for (const view of views) await store.command(`ATTACH TABLE ${view}`);
  }

  it('are once in every table when they come again and again, also at the same time', async () => {
    const block = blockOf('again', 1, 'again', 1);
    await Promise.all([1, 2, 3, 4].map(() => store.insertResults(block)));
    await store.insertResults(block, { ingestedMs: NOON, attempt: 2 });
    expect(await counted(store, 'again')).toEqual(once(50));
    await store.repairBlock('again', 1);
    expect(await counted(store, 'again')).toEqual(once(50));
  });

  it('are a block of their own when only the number, or only the collector, is another', async () => {
    await store.insertResults(blockOf('own', 1, 'own', 1));
    await store.insertResults(blockOf('own', 2, 'own', 1));
    await store.insertResults(blockOf('own-2', 1, 'own', 1));
    expect(await counted(store, 'own')).toMatchObject({ rows: 150, minutes: 150, hours: 150, progress: 150 });
  });

  it('have the time of the attempt that stored them', async () => {
    await store.insertResults(blockOf('time', 1, 'time', 1), { ingestedMs: NOON + 7 });
    await store.insertResults(blockOf('time', 1, 'time', 1), { ingestedMs: NOON + 9 });
    expect(
      await store.query(
        "SELECT toUnixTimestamp64Milli(any(ingested_at)) AS at, uniqExact(ingested_at) AS times FROM results WHERE probe = 'time'",
      ),
    ).toEqual([{ at: NOON + 7, times: 1 }]);
  });

  it('are brought by a repair to each table that a crash left without them, and to no other', async () => {
    let seq = 1;
    let number = 0;
    for (let choice = 1; choice < 2 ** VIEWS.length; choice += 1) {
      const lacking = VIEWS.filter((_, i) => choice & (1 << i));
      number += 1;
      await insertWithout(lacking, blockOf('cut', number, 'cut', seq));
      seq += 50;
      expect(await counted(store, 'cut')).not.toEqual(once(seq - 1));
      expect(await store.lastBlock('cut', 0)).toBe(number);
      // Another collector goes on meanwhile.
      await store.insertResults(blockOf('well', number, 'well', seq));
      for (let turn = 0; turn < 3; turn += 1) await store.repairBlock('cut', number);
      expect(await counted(store, 'cut')).toEqual(once(seq - 1));
      expect(await counted(store, 'well')).toEqual(once(seq - 1));
    }
  }, 180_000);

  it('are brought there by several that repair at the same time', async () => {
    await insertWithout(VIEWS, blockOf('both', 1, 'both', 1));
    await Promise.all([1, 2, 3, 4].map(() => store.repairBlock('both', 1)));
    expect(await counted(store, 'both')).toEqual(once(50));
  });

  // What a server leaves that dies between remembering the token of an insert and having its rows.
  it.each([
    ['agent_progress', ["agent_progress DELETE WHERE boot = 'ghost 1'"]],
    ['latency_1h', ["latency_1h DELETE WHERE probe = 'ghost 2' OR region = 'ghost 2'"]],
    [
      'latency_1m and all behind it',
      ['latency_1m', 'latency_1h', 'latency_region_1m', 'latency_region_1h'].map(
        (table) => `${table} DELETE WHERE probe = 'ghost 3' OR region = 'ghost 3'`,
      ),
    ],
  ])('are brought to %s also when their token is known there', async (name, deletes) => {
    const ghost = /ghost \d/.exec(deletes.join())?.[0] ?? name;
    const block = blockOf(ghost, 1, ghost, 1);
    await store.insertResults(block);
    for (const sql of deletes) {
      // A part that is emptied would be removed in a while, and its token with it.
      await store.command(`ALTER TABLE ${sql.split(' ')[0]} MODIFY SETTING remove_empty_parts = 0`);
      await store.command(`ALTER TABLE ${sql} SETTINGS mutations_sync = 1`);
    }
    await store.insertResults(block);
    expect(await counted(store, ghost)).not.toEqual(once(50));
    await store.repairBlock(ghost, 1);
    expect(await counted(store, ghost)).toEqual(once(50));
    await store.repairBlock(ghost, 1);
    expect(await counted(store, ghost)).toEqual(once(50));
  });

  it('leave marks that people do not see', async () => {
    await store.insertResults(blockOf('marked', 7, 'marked', 1));
    expect(
      await store.query(
        "SELECT max(value_max) AS block, sum(count) AS count FROM latency_1m WHERE metric = '' AND region = 'marked'",
      ),
    ).toEqual([{ block: 7, count: 0 }]);
    for (const view of ['region_latency', 'region_latency_1h'])
      expect(await store.query(`SELECT count() AS rows FROM ${view} WHERE metric = ''`)).toEqual([
        { rows: 0 },
      ]);
  });

  it('are repaired as one block, however many series they are', async () => {
    // More series than ClickHouse groups in one piece of its own accord (group_by_two_level_threshold).
    const agents = 7200;
    const names = ['dns_ms', 'connect_ms', 'tls_ms', 'ttfb_ms', 'transfer_ms', 'body_bytes'];
    const metrics = Object.fromEntries(names.map((name, i) => [name, i + 1]));
    const view = viewBatch(
      encodeBatch({ boot: 'large', records: [recordOf(1, { probe: 'large', scheduledMs: NOON, metrics })] }),
    );
    const builder = new ResultBlockBuilder('large', 1);
    for (let i = 0; i < agents; i += 1) {
      const labels = labelsOf('eu-west', { isp: `isp-${i}`, country: `country-${i % 3}` });
      builder.append({ agent: `agent-${i}`, labels }, view, 0, 1);
      builder.append({ agent: `other-${i}`, labels: { ...labels, region: 'eu-east' } }, view, 0, 1);
    }
    const lacking = ['agent_progress_fill', 'latency_1h_fill', 'latency_region_1m_fill'];
    await insertWithout(lacking, builder.build());
    const before = await counted(store, 'large');
    expect(before).toMatchObject({ rows: 2 * agents, minutes: 2 * agents, hours: 0, progress: 0 });
    expect(before).toMatchObject({ region_minutes: 0, region_hours: 0 });
    await store.repairBlock('large', 1);
    await store.repairBlock('large', 1);
    expect(await counted(store, 'large')).toEqual(once(2 * agents));
  }, 120_000);

  it('are not there to repair when nothing of the block was stored', async () => {
    expect(await store.lastBlock('nobody', 0)).toBeUndefined();
    await store.repairBlock('nobody', 1);
    await store.insertResults(blockOf('somebody', 3, 'somebody', 1), { ingestedMs: NOON });
    expect(await store.lastBlock('somebody', NOON)).toBe(3);
    expect(await store.lastBlock('somebody', NOON + 1)).toBeUndefined();
    await store.repairBlock('somebody', 4);
    expect(await counted(store, 'somebody')).toEqual(once(50));
  });

  it('are refused from a run that was taken out, in every table, while others go on', async () => {
    await store.insertResults(blockOf('out', 1, 'out', 1));
    await store.fence('out', 1);
    await expect(store.insertResults(blockOf('out', 2, 'out', 51))).rejects.toMatchObject({
      name: 'StoreError',
      code: 'fenced',
      clickhouseCode: 469,
    });
    expect(await counted(store, 'out')).toEqual(once(50));
    await store.insertResults(blockOf('in', 1, 'in', 1));
    expect(await counted(store, 'in')).toEqual(once(50));
  });

  it('are refused in the middle of an insert too: nothing of such a block is left', async () => {
    await store.fence('middle', 1);
    await expect(store.insertResults(blockOf('middle', 1, 'middle', 1, 1000))).rejects.toMatchObject({
      code: 'fenced',
    });
    expect(await counted(store, 'middle')).toEqual(once(0));
  });

  it('of the last block of a run that was taken out are repaired; a later block is refused ever after', async () => {
    await store.insertResults(blockOf('last', 1, 'last', 1));
    await insertWithout(['latency_1m_fill', 'agent_progress_fill'], blockOf('last', 2, 'last', 51));
    await store.fence('last', 1);
    const last = (await store.lastBlock('last', 0)) ?? 0;
    expect(last).toBe(2);
    await store.repairBlock('last', last);
    expect(await counted(store, 'last')).toEqual(once(100));
    // The run wakes up: what it had under way is refused, and so is what it has more.
    await expect(store.insertResults(blockOf('last', 2, 'last', 51))).rejects.toMatchObject({
      code: 'fenced',
    });
    await expect(store.insertResults(blockOf('last', 3, 'last', 101))).rejects.toMatchObject({
      code: 'fenced',
    });
    expect(await counted(store, 'last')).toEqual(once(100));
  });

  it.each(['latency_1h', 'latency_region_1m', 'latency_region_1h'])(
    'have the same counts, sums and levels in %s as by the minute',
    async (table) => {
      const cells = (from: string) => `
        SELECT probe, metric, region, [sum(l.count), sum(l.ok), sum(l.fail), sum(l.missed), sum(l.value_sum), min(l.value_min), max(l.value_max)] AS counts,
          arrayMap(level -> round(level, 3), quantilesDDMerge(0.01, 0.5, 0.75, 0.95, 0.99)(l.quantiles)) AS levels
        FROM ${from} AS l WHERE probe IN ('cut', 'well', 'again', 'last') GROUP BY probe, metric, region`;
      const [compared] = await store.query<Record<string, number>>(`
        SELECT count() AS cells, countIf(NOT (h.counts = m.counts AND h.levels = m.levels)) AS different
        FROM (${cells(table)}) AS h FULL JOIN (${cells('latency_1m')}) AS m USING (probe, metric, region)`);
      expect(compared).toEqual({ cells: 8, different: 0 });
    },
  );

  it('are seen by people through the views', async () => {
    const people = await store.query(
      "SELECT sum(count) AS count, any(success_ratio) AS ratio, min(min) AS min FROM region_latency_1h WHERE probe = 'last' AND metric = 'ttfb_ms'",
    );
    expect(people).toEqual([{ count: 100, ratio: 1, min: 21 }]);
  });

  it('are one part each, of one partition, in every table', async () => {
    await store.command('SYSTEM STOP MERGES');
    // Of one insert: a merge that was under way already ends all the same, and its part is of several.
    const parts = async () => {
      const rows = await store.query<{ table: string; name: string }>(
        `SELECT table, name FROM system.parts WHERE database = currentDatabase() AND min_block_number = max_block_number
           AND (table IN ('results', 'agent_progress') OR table LIKE 'latency_%')`,
      );
      return rows.map(({ name, table }) => `${table} ${name}`);
    };
    const before = new Set(await parts());
    await store.insertResults(blockOf('part', 1, 'part', 1, 1000));
    const made = (await parts()).filter((part) => !before.has(part)).map((part) => part.split(' ')[0]);
    expect(made.sort()).toEqual([
      ...['agent_progress', 'latency_1h', 'latency_1m', 'latency_region_1h', 'latency_region_1m', 'results'],
    ]);
    await store.command('SYSTEM START MERGES');
  });
});
