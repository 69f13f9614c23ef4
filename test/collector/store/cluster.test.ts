import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReported } from '../../../collector/registry/ledger-sql.ts';
import { copySchema } from '../../../collector/store/cluster-node.ts';
import { hidingSettings } from '../../../collector/store/hidden-tables.ts';
import { STORE_LIMITS } from '../../../collector/store/limits.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import { ResultBlockBuilder } from '../../../collector/store/result-block.ts';
import { openServerEngine } from '../../../collector/store/server-engine.ts';
import { shardOf } from '../../../collector/store/shard-of.ts';
import { askReadonly, createStatements } from '../../../collector/store/statements.ts';
import type { Store } from '../../../collector/store/store.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { viewBatch } from '../../../protocol/batch-view.ts';
import {
  type ClickHouseCluster,
  serverUnavailable,
  startClickHouseCluster,
} from '../../support/clickhouse-server.ts';
import { once, readExact } from '../../support/exact.ts';
import { labelsOf, recordOf } from '../../support/records.ts';

const unavailable = serverUnavailable();
const NOW = Date.now();

/** The first id with a prefix that belongs to a shard. */
function agentOf(prefix: string, shard: number): string {
  for (let nth = 1; ; nth += 1) if (shardOf(`${prefix}${nth}`, 2) === shard) return `${prefix}${nth}`;
}

/** Results of an agent of a shard, for the probe `prefix`. */
function blockOf(
  collector: string,
  number: number,
  prefix: string,
  shard: number,
  rows: number,
  fromSeq = 1,
) {
  const builder = new ResultBlockBuilder(collector, number);
  const records = Array.from({ length: rows }, (_, index) =>
    recordOf(fromSeq + index, { probe: prefix, scheduledMs: NOW - index, metrics: { ttfb_ms: 10 + shard } }),
  );
  const view = viewBatch(encodeBatch({ boot: 'boot-1', records }));
  builder.append({ agent: agentOf(prefix, shard), labels: labelsOf(`region-${shard}`) }, view, 0, rows);
  return builder.build();
}

describe.skipIf(unavailable)(`a store on a cluster${unavailable ? ` (${unavailable})` : ''}`, () => {
  let cluster: ClickHouseCluster;
  let dataDir: string;
  let store: Store;
  const open = (more: { urls?: readonly string[]; cluster?: string; database?: string } = {}) =>
    openStore({ dataDir, clickhouse: { cluster: cluster.name, urls: cluster.urls, ...more } });
  /** Asks one server, whatever the store thinks of it. */
  const askServer = async (server: number, sql: string, database = 'outrider_shard') => {
    const answer = await fetch(`${cluster.urls[server]}/?database=${database}`, {
      method: 'POST',
      body: sql,
    });
    return (await answer.text()).trim();
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'outrider-store-'));
    cluster = await startClickHouseCluster();
    store = await open();
  });
  afterAll(async () => {
    await store?.close();
    await cluster?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('has the tables of a shard on each server, and over them the same names, for all', async () => {
    expect(store).toMatchObject({ engine: 'server', shards: 2 });
    const tables = (database: string) =>
      `SELECT groupArray((name, if(endsWith(engine, 'MergeTree'), 'MergeTree', engine))) FROM (SELECT * FROM system.tables WHERE database = '${database}' AND name IN ('results', 'latency_1m_fill', 'agents', 'region_latency') ORDER BY name)`;
    for (const server of [0, 1]) {
      expect(await askServer(server, tables('outrider_shard'))).toBe(
        "[('agents','MergeTree'),('latency_1m_fill','MaterializedView'),('region_latency','View'),('results','MergeTree')]",
      );
      expect(await askServer(server, tables('outrider'))).toBe(
        "[('agents','Distributed'),('region_latency','View'),('results','Distributed')]",
      );
    }
  });

  it('opens again, and by several at once, without changing anything', async () => {
    const stores = await Promise.all([open(), open({ urls: cluster.urls.toReversed() }), open()]);
    for (const other of stores) {
      expect(other.shards).toBe(2);
      await other.close();
    }
    expect(await askServer(1, 'SELECT count() FROM migrations FINAL')).toBe(
      await askServer(1, 'SELECT count() FROM migrations FINAL', 'outrider'),
    );
  });

  it('puts a block on its shard alone, once in every table, and people see the rows of all', async () => {
    for (const shard of [0, 1]) {
      const block = blockOf('spread', shard + 1, 'spread-', shard, 100 * (shard + 1));
      await store.insertResults(block, { shard });
      await store.insertResults(block, { shard });
      await Promise.all([store.insertResults(block, { shard }), store.insertResults(block, { shard })]);
    }
    expect(await readExact(store, 'spread-')).toEqual(once(300));
    const local = "SELECT count() FROM results WHERE probe = 'spread-'";
    expect([await askServer(0, local), await askServer(1, local)]).toEqual(['100', '200']);
    const people =
      "SELECT region, sum(ok), any(p50) > 9 FROM region_latency WHERE probe = 'spread-' AND metric = 'ttfb_ms' GROUP BY region ORDER BY region";
    for (const server of [0, 1])
      expect(await askServer(server, people, 'outrider')).toBe('region-0\t100\t1\nregion-1\t200\t1');
    expect(await store.queryReadonly(people, { limitRows: 10, timeoutMs: 5000 })).toMatchObject({
      rows: [
        ['region-0', 100, 1],
        ['region-1', 200, 1],
      ],
    });
    expect(
      await store.query(
        "SELECT sum(count) AS count FROM latency_1h WHERE probe = 'spread-' AND metric = 'run_ms'",
      ),
    ).toEqual([{ count: 300 }]);
  });

  it('hides from people who may do what, over all shards and in the tables of one', async () => {
    await store.insertRows('access_tokens', [{ id: 'it', expires_at: NOW + 86_400_000 }]);
    const options = { limitRows: 10, timeoutMs: 5000 };
    const engine = await openServerEngine({ url: cluster.urls[0] ?? '', database: 'outrider' });
    try {
      const hiding = await hidingSettings(createStatements(engine));
      for (const table of ['access_tokens', 'outrider.access_tokens', 'outrider_shard.access_tokens']) {
        const sql = `SELECT id FROM ${table}`;
        expect((await askReadonly(engine, sql, options)).rows).toEqual([['it']]);
        expect((await askReadonly(engine, sql, options, hiding)).rows).toEqual([]);
      }
    } finally {
      await engine.close();
    }
    const { rows } = await store.queryReadonly("SELECT getSetting('additional_table_filters')", options);
    expect(JSON.stringify(rows)).toContain('outrider.access_tokens');
  });

  it('says of a shard alone what is there', async () => {
    const of = (shard: number) =>
      store.query(
        "SELECT sum(results) AS results FROM agent_progress WHERE startsWith(agent, 'spread-')",
        {},
        { shard },
      );
    expect([await of(0), await of(1)]).toEqual([[{ results: 100 }], [{ results: 200 }]]);
  });

  it('has everything else on the first shard, read there and seen everywhere', async () => {
    await store.insertRows('changes', [
      { at: NOW, revision: 7, kind: 'probe', name: 'there', action: 'create', detail: '{}' },
    ]);
    expect(await store.query('SELECT name FROM changes WHERE revision = 7')).toEqual([{ name: 'there' }]);
    expect(await askServer(1, 'SELECT count() FROM changes')).toBe('0');
    expect(await askServer(1, 'SELECT name FROM changes WHERE revision = 7', 'outrider')).toBe('there');
    await store.command('ALTER TABLE changes DELETE WHERE revision = 7 SETTINGS mutations_sync = 1');
    expect(await store.query('SELECT name FROM changes WHERE revision = 7')).toEqual([]);
  });

  it('joins results with what is on the first shard', async () => {
    const at = NOW - 60_000;
    await store.insertRows('assignments', [
      ...[0, 1].map((shard) => ({
        agent: agentOf('spread-', shard),
        probe: 'spread-',
        target: 'origin',
        effective_from: at,
        effective_until: null,
        settled: 0,
        every_ms: 1,
        timeout_ms: 1,
        phase_ms: 0,
        fingerprint: 'f',
        revision: 1,
        version: 1,
      })),
    ]);
    const rows = await readReported(store, { sinceMs: at, nowMs: NOW + 60_000 });
    expect(rows.map(({ stored, duplicates, extra }) => [stored, duplicates, extra]).toSorted()).toEqual([
      [100, 0, 0],
      [200, 0, 0],
    ]);
  });

  it('repairs a block on its shard, and knows the last of each', async () => {
    for (const shard of [0, 1]) await askServer(shard, 'DETACH TABLE latency_1m_fill');
    await store.insertResults(blockOf('mended', 3, 'mended-', 0, 10), { shard: 0 });
    await store.insertResults(blockOf('mended', 5, 'mended-', 1, 20), { shard: 1 });
    for (const shard of [0, 1]) await askServer(shard, 'ATTACH TABLE latency_1m_fill');
    expect(await readExact(store, 'mended-')).toMatchObject({ rows: 30, minutes: 0 });
    expect(await store.lastBlock('mended', NOW - 60_000, 0)).toBe(3);
    expect(await store.lastBlock('mended', NOW - 60_000, 1)).toBe(5);
    expect(await store.lastBlock('nobody', NOW - 60_000, 1)).toBeUndefined();
    await store.repairBlock('mended', 5, 0);
    expect(await readExact(store, 'mended-')).toMatchObject({ minutes: 0 });
    await store.repairBlock('mended', 3, 0);
    await store.repairBlock('mended', 5, 1);
    await store.repairBlock('mended', 5, 1);
    expect(await readExact(store, 'mended-')).toEqual(once(30));
  });

  it('keeps a collector from writing on the shards where it is fenced', async () => {
    await store.fence('fenced', 2, 0);
    await store.insertResults(blockOf('fenced', 1, 'fenced-', 0, 5), { shard: 0 });
    const refused = { name: 'StoreError', code: 'fenced' };
    await expect(
      store.insertResults(blockOf('fenced', 2, 'fenced-', 0, 5, 6), { shard: 0 }),
    ).rejects.toMatchObject(refused);
    await store.insertResults(blockOf('fenced', 3, 'fenced-', 1, 5), { shard: 1 });
    await store.fence('fenced', 1, 1);
    await expect(
      store.insertResults(blockOf('fenced', 4, 'fenced-', 1, 5, 6), { shard: 1 }),
    ).rejects.toMatchObject(refused);
    expect(await readExact(store, 'fenced-')).toEqual(once(10));
  });

  it('finds and stops inserts of a collector on whichever server they run', async () => {
    const running = fetch(
      `${cluster.urls[1]}/?database=outrider_shard&query_id=outrider/slow/1/1&max_block_size=1`,
      {
        method: 'POST',
        body: "INSERT INTO results (collector, block, agent, seq, scheduled_at) SELECT 'slow', 1, 'slow', number, now64(3) FROM numbers(100) WHERE sleepEachRow(0.2) = 0",
      },
    );
    await expect.poll(() => store.runningInserts('slow'), { timeout: 10_000 }).toBe(1);
    expect(await store.runningInserts('quick')).toBe(0);
    await store.killInserts('slow');
    await expect.poll(() => store.runningInserts('slow'), { timeout: 10_000 }).toBe(0);
    expect((await running).ok).toBe(false);
  });

  it('refuses what has no shard', async () => {
    await expect(store.insertResults(blockOf('c', 1, 'none-', 0, 1), { shard: 2 })).rejects.toThrow(
      'no shard 2',
    );
  });

  it('goes on with the other shard while one is down, and misses nothing afterwards', async () => {
    await cluster.servers[1]?.kill();
    await store.insertResults(blockOf('away', 1, 'away-', 0, 10), { shard: 0 });
    const waits = blockOf('away', 2, 'away-', 1, 20);
    await expect(store.insertResults(waits, { shard: 1 })).rejects.toMatchObject({ code: 'unreachable' });
    const sql = "SELECT count() AS rows FROM results WHERE probe = 'away-'";
    const unreachable = {
      code: 'unreachable',
      message: expect.stringContaining('shard'),
      hint: expect.stringMatching(/back/),
    };
    await expect(store.query(sql)).rejects.toMatchObject(unreachable);
    await expect(store.queryReadonly(sql, { limitRows: 1, timeoutMs: 5000 })).rejects.toMatchObject(
      unreachable,
    );
    expect(await store.query(sql, {}, { partial: true })).toEqual([{ rows: 10 }]);
    expect(await store.query(sql, {}, { shard: 0 })).toEqual([{ rows: 10 }]);
    expect(await store.query('SELECT count() AS rows FROM agents')).toEqual([{ rows: 0 }]);
    await expect(store.fence('away', 9, 1)).rejects.toMatchObject({ code: 'unreachable' });
    await expect(open()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/shard of the cluster fleet does not answer: shard 2 replica 1/),
    });

    await cluster.restart(1);
    await store.insertResults(waits, { shard: 1 });
    await store.insertResults(waits, { shard: 1 });
    expect(await readExact(store, 'away-')).toEqual(once(30));
    expect(await readExact(store, 'spread-')).toEqual(once(300));
  });

  it('takes what is there of the others, too, when the first shard is down', async () => {
    await cluster.servers[0]?.kill();
    const sql = "SELECT count() AS rows FROM results WHERE probe = 'away-'";
    expect(await store.query(sql, {}, { partial: true })).toEqual([{ rows: 20 }]);
    await store.insertResults(blockOf('away', 3, 'away-', 1, 5, 21), { shard: 1 });
    await expect(store.query(sql)).rejects.toMatchObject({ code: 'unreachable' });
    await cluster.restart(0);
    expect(await readExact(store, 'away-')).toEqual(once(35));
  });

  it('does not wait for a server that takes a connection and does not greet', async () => {
    const sql = "SELECT count() AS rows FROM results WHERE probe = 'away-'";
    await cluster.servers[1]?.kill();
    await cluster.restart(1);
    const pid = cluster.servers[1]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      const startMs = performance.now();
      expect(await store.query(sql, {}, { partial: true })).toEqual([{ rows: 10 }]);
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThan(STORE_LIMITS.shardHandshakeMs.value * 0.9);
      await expect(store.query(sql)).rejects.toMatchObject({ code: 'unreachable' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await readExact(store, 'away-')).toEqual(once(35));
  });

  it('gets the columns of a later version on all shards, and over them', async () => {
    for (const shard of [0, 1])
      await askServer(shard, "ALTER TABLE results ADD COLUMN later String DEFAULT 'as before'");
    const later = await open();
    expect(await later.query('SELECT DISTINCT later FROM results')).toEqual([{ later: 'as before' }]);
    await later.close();
  });

  it('copies its schema to a server that is new', async () => {
    const [from, to] = await Promise.all([
      openServerEngine({ url: cluster.urls[0] ?? '', database: 'outrider_shard' }),
      openServerEngine({ url: cluster.urls[1] ?? '', database: 'copy_shard' }),
    ]);
    const sql = 'SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY name';
    const [ours, theirs] = [createStatements(from), createStatements(to)];
    // Definitions name the database: here the copy goes into one of another name.
    const renamed = {
      ...theirs,
      command: (text: string) => theirs.command(text.replaceAll('outrider_shard.', 'copy_shard.')),
    };
    await copySchema(ours, renamed);
    await copySchema(ours, renamed);
    const place = { name: 'shard_place', engine: 'ReplacingMergeTree' };
    expect([...(await theirs.query(sql)), place]).toEqual(expect.arrayContaining(await ours.query(sql)));
    expect(await theirs.query('SELECT count() AS n FROM migrations FINAL')).toEqual(
      await ours.query('SELECT count() AS n FROM migrations FINAL'),
    );
    await Promise.all([from.close(), to.close()]);
  });

  describe('that is wrongly given', () => {
    const problem = (more: Parameters<typeof open>[0]) =>
      open(more).then(
        async (opened) => {
          await opened.close();
          return undefined;
        },
        (error: unknown) => error,
      );

    it('says so: another name', async () => {
      expect(await problem({ cluster: 'flotilla' })).toMatchObject({
        code: 'cluster',
        message: expect.stringMatching(/does not know a cluster flotilla: it knows .*fleet/),
      });
    });

    it('says so: a server less', async () => {
      expect(await problem({ urls: cluster.urls.slice(0, 1) })).toMatchObject({
        code: 'cluster',
        message: expect.stringMatching(/2 servers, and 1 URLs were given\. Without a URL: shard 2/),
      });
    });

    it('says so: one server twice', async () => {
      expect(await problem({ urls: [cluster.urls[0] ?? '', cluster.urls[0] ?? ''] })).toMatchObject({
        code: 'cluster',
        message: expect.stringContaining('are the same server'),
      });
    });

    it('says so: a database of one server alone', async () => {
      const alone = await openStore({
        dataDir,
        clickhouse: { url: cluster.urls[0] ?? '', database: 'alone' },
      });
      await alone.close();
      expect(await problem({ database: 'alone' })).toMatchObject({
        code: 'cluster',
        message: expect.stringMatching(/database alone at http.* is a store of that server alone/),
      });
    });

    it('says so: shards that have changed places', async () => {
      await askServer(1, 'TRUNCATE TABLE shard_place');
      await askServer(1, 'INSERT INTO shard_place VALUES (1, 3)');
      expect(await problem({})).toMatchObject({
        code: 'cluster',
        message: expect.stringMatching(
          /has been shard 1 of 3, and in the cluster fleet it is now shard 2 of 2/,
        ),
      });
      await askServer(1, 'TRUNCATE TABLE shard_place');
      expect(await problem({})).toBeUndefined();
    });
  });

  it('refuses work after it is closed', async () => {
    await store.close();
    await expect(store.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' });
    await expect(store.insertResults(blockOf('c', 1, 'late-', 0, 1))).rejects.toMatchObject({
      code: 'closed',
    });
  });
});
