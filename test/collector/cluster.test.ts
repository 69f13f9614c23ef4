import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../collector/collector.ts';
import { shardOf } from '../../collector/store/shard-of.ts';
import {
  type ClickHouseCluster,
  serverUnavailable,
  startClickHouseCluster,
} from '../support/clickhouse-server.ts';
import { once, readExact } from '../support/exact.ts';
import { olderHealthOf } from '../support/health.ts';
import { recordOf } from '../support/records.ts';
import { ScriptedAgent } from '../support/scripted-agent.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

const unavailable = serverUnavailable();
const AGENTS = Array.from({ length: 12 }, (_, nth) => `fleet-${nth + 1}`);
const BATCH = 40;

/** Sessions that say nothing are cut. */
const HEALTH_EVERY_MS = 3000;

const SPEC = {
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.example/' }],
  probes: [{ name: 'fleet', type: 'http', targets: ['origin'], every: '2s', timeout: '1s' }],
};

describe.skipIf(unavailable)(`a collector on a cluster${unavailable ? ` (${unavailable})` : ''}`, () => {
  let cluster: ClickHouseCluster;
  let dataDir: string;
  let collector: Collector;
  let beats: NodeJS.Timeout;
  const agents = new Map<string, ScriptedAgent>();
  const sent = new Map<string, number>();
  const start = () =>
    startCollector({
      port: 0,
      dataDir,
      name: 'c1',
      log: SILENT_LOG,
      version: '0.0.0-test',
      clickhouse: { cluster: cluster.name, urls: cluster.urls },
    });
  const ofShard = (shard: number) => AGENTS.filter((agent) => shardOf(agent, 2) === shard);
  const send = (agent: string) => {
    const from = (sent.get(agent) ?? 0) + 1;
    const records = Array.from({ length: BATCH }, (_, index) =>
      recordOf(from + index, { probe: 'fleet', scheduledMs: Date.now() - BATCH + index }),
    );
    agents.get(agent)?.results('boot-1', records);
    sent.set(agent, from + BATCH - 1);
  };
  const acked = (agent: string) => agents.get(agent)?.acked(sent.get(agent) ?? 0);
  const enter = async (agent: string, { url } = collector) => {
    const joined = await ScriptedAgent.join(url, { agent });
    agents.set(agent, joined.agent);
    return joined.welcome;
  };
  /** As agents do it: again and again until it is let in. */
  const comeBack = async (agent: string, to: Collector) => {
    for (;;) {
      const welcome = await enter(agent, to).catch(() => undefined);
      if (welcome) return welcome;
      await sleep(100);
    }
  };
  /** After the collector gave up what was under way: it comes back, and sends again what is not held. */
  const goOn = async (agent: string) => {
    await agents.get(agent)?.closed;
    const due = sent.get(agent) ?? 0;
    const held = (await comeBack(agent, collector)).held['boot-1'] ?? 0;
    sent.set(agent, held);
    while ((sent.get(agent) ?? 0) < due) send(agent);
    if (held < due) await acked(agent);
  };
  const total = () => [...sent.values()].reduce((sum, count) => sum + count, 0);
  const get = async (path: string) => {
    const answer = await fetch(`${collector.url}${path}`);
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'outrider-collector-'));
    cluster = await startClickHouseCluster();
    collector = await start();
    await collector.registry.apply(SPEC);
    beats = setInterval(() => {
      for (const agent of agents.values())
        if (agent.socket.readyState === agent.socket.OPEN) agent.send(olderHealthOf());
    }, HEALTH_EVERY_MS);
  });
  afterAll(async () => {
    clearInterval(beats);
    await collector?.close();
    await cluster?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('takes results in on every shard, each agent on its own', async () => {
    await Promise.all(AGENTS.map((agent) => enter(agent)));
    expect(ofShard(0).length).toBeGreaterThan(2);
    expect(ofShard(1).length).toBeGreaterThan(2);
    for (const agent of AGENTS) send(agent);
    await Promise.all(AGENTS.map(acked));
    expect(await readExact(collector.store, 'fleet')).toEqual(once(total()));
    for (const shard of [0, 1]) {
      const rows = await collector.store.query<{ agent: string }>(
        'SELECT DISTINCT agent FROM results ORDER BY agent',
        {},
        { shard },
      );
      expect(rows.map(({ agent }) => agent)).toEqual(ofShard(shard).toSorted());
    }
  });

  it.each([
    '/api/v1/overview',
    '/api/v1/agents',
    '/api/v1/agents/fleet-1',
    '/api/v1/agents/fleet-1/why',
    '/api/v1/latency?by=region,target,pop&metric=ttfb_ms',
    '/api/v1/results?limit=5&agent=fleet-1',
    '/api/v1/ledger',
    '/api/v1/incidents',
    '/api/v1/collectors',
    '/metrics',
    '/readyz',
  ])('answers people as on one server: %s', async (path) => {
    const answer = await get(path);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text.length).toBeGreaterThan(10);
  });

  it('detects on all shards', async () => {
    await expect.poll(() => collector.detection.counters.judging, { timeout: 10_000 }).toBe(1);
    await collector.detection.tick();
    expect(collector.detection.counters.ticks_failed).toBe(0);
  });

  it('holds what belongs to a shard that is down, and nothing else', async () => {
    await cluster.servers[1]?.kill();
    for (const agent of AGENTS) send(agent);
    await Promise.all(ofShard(0).map(acked));
    const { gauges, counters } = collector.ingest;
    await expect.poll(() => counters.insertFailures, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(gauges.call(collector.ingest).queuedRows).toBe(ofShard(1).length * BATCH);
    for (const agent of ofShard(1))
      expect(agents.get(agent)?.frames.some(({ type }) => type === 'ack')).toBe(false);

    // One that comes back is let in when its own shard answers, whatever the other does.
    const [first = ''] = ofShard(0);
    await agents.get(first)?.close();
    expect((await enter(first)).held).toEqual({ 'boot-1': sent.get(first) });
    const answer = await get('/api/v1/ledger');
    expect(answer.status).toBe(503);
    expect(answer.text).toMatch(/shard/);
    expect((await get('/api/v1/agents')).status).toBe(200);
    const failed = collector.detection.counters.ticks_failed;
    await collector.detection.tick();
    expect(collector.detection.counters.ticks_failed).toBe(failed);
  });

  it('brings it all in when the shard is back, each result once', async () => {
    await cluster.restart(1);
    await Promise.all(AGENTS.map(goOn));
    expect(collector.ingest.gauges().queuedRows).toBe(0);
    expect(await readExact(collector.store, 'fleet')).toEqual(once(total()));
  });

  it('lets sessions that are open go on while the first shard is down', async () => {
    await cluster.servers[0]?.kill();
    const { counters } = collector.ingest;
    const failures = counters.insertFailures;
    for (const agent of AGENTS) send(agent);
    await Promise.all(ofShard(1).map(acked));
    // Only of a store that died in the middle of an insert is anything given up, and sessions end.
    await expect.poll(() => counters.insertFailures, { timeout: 10_000 }).toBeGreaterThan(failures);
    await cluster.restart(0);
    await Promise.all(AGENTS.map(goOn));
    expect(await readExact(collector.store, 'fleet')).toEqual(once(total()));
  });

  it('is taken over after a crash: what it left on any shard is brought to its end', async () => {
    const { store, membership } = collector;
    const gone = membership.incarnation;
    const second = await startCollector({
      port: 0,
      dataDir,
      name: 'c2',
      log: SILENT_LOG,
      version: '0.0.0-test',
      clickhouse: { cluster: cluster.name, urls: cluster.urls },
    });
    // As when the first had stopped answering: the second fences it on every shard.
    for (const shard of [0, 1]) await store.fence(gone, 1, shard);
    for (const agent of AGENTS) send(agent);
    await expect.poll(() => membership.incarnation, { timeout: 20_000 }).not.toBe(gone);
    for (const agent of AGENTS) await agents.get(agent)?.closed;
    await Promise.all(
      AGENTS.map(async (id, nth) => {
        const welcome = await comeBack(id, nth % 2 === 0 ? second : collector);
        sent.set(id, welcome.held['boot-1'] ?? 0);
        send(id);
        await acked(id);
      }),
    );
    expect(await readExact(store, 'fleet')).toEqual(once(total()));
    await second.close();
  });
});
