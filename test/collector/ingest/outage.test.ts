import { afterEach, expect, it, vi } from 'vitest';
import { openStore } from '../../../collector/store/open-store.ts';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { serverUnavailable, startClickHouseServer } from '../../support/clickhouse-server.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const unavailable = serverUnavailable();
let test: TestStore | undefined;
let link: LinkServer | undefined;
afterEach(async () => {
  await link?.close();
  await test?.close();
});

const COUNTS = `
  SELECT (SELECT count() FROM results) AS rows, (SELECT uniqExact(seq) FROM results) AS seqs,
         (SELECT sum(count) FROM latency_1m WHERE metric = 'run_ms') AS rolled,
         (SELECT max(seq) FROM agent_progress) AS progress`;

it.skipIf(unavailable)(
  `results that come while the ClickHouse server is down are held, and stored once when it is back${unavailable ? ` (${unavailable})` : ''}`,
  async () => {
    test = await openTestStore('server');
    const server = test.server;
    if (!server) throw new Error('no server');
    link = await startLinkServer(test.store);
    const { url, ingest } = link;
    const { agent } = await ScriptedAgent.join(url, { agent: 'eu-west-1' });
    const batch = (from: number) =>
      Array.from({ length: 50 }, (_, index) => recordOf(from + index, { scheduledMs: Date.now() }));
    agent.results('boot-1', batch(1));
    await agent.acked(50);

    await server.kill();
    for (let from = 51; from <= 951; from += 50) agent.results('boot-1', batch(from));
    await expect.poll(() => ingest.counters.insertFailures, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(agent.frames.filter(({ type }) => type === 'ack')).toEqual([]);
    expect(ingest.gauges().queuedRows).toBe(950);

    const port = Number(new URL(server.url).port);
    const again = await startClickHouseServer({ port, dataDir: server.dataDir });
    // What was in the middle when the store died has to be looked up: agents begin again with what it has.
    expect(await agent.closed).toEqual({
      code: CLOSE_CODES.unavailable,
      reason: 'the collector begins anew',
    });
    const { agent: back, welcome } = await rejoin(url, 'eu-west-1');
    const held = welcome.held['boot-1'] ?? 0;
    expect(held).toBeGreaterThanOrEqual(50);
    for (let from = held + 1; from <= 951; from += 50) back.results('boot-1', batch(from));
    await back.acked(1000);
    const stored = [{ rows: 1000, seqs: 1000, rolled: 1000, progress: 1000 }];
    expect(await test.store.query(COUNTS)).toEqual(stored);
    expect(ingest.gauges().queuedRows).toBe(0);
    await back.close();
    await link.close();
    link = undefined;
    await test.store.close();
    const reopened = await openStore(test.options);
    expect(await reopened.query(COUNTS)).toEqual(stored);
    await reopened.close();
    await again.close();
  },
);

/** As soon as the collector takes agents again. */
function rejoin(url: string, agent: string): ReturnType<typeof ScriptedAgent.join> {
  return vi.waitFor(() => ScriptedAgent.join(url, { agent }), { timeout: 10_000 });
}

it.skipIf(unavailable)(
  'an agent that comes while the ClickHouse server is down is told to come later, and people hear why',
  async () => {
    test = await openTestStore('server');
    const server = test.server;
    if (!server) throw new Error('no server');
    link = await startLinkServer(test.store);
    const { registry } = link;
    await server.kill();
    const early = await ScriptedAgent.connect(link.url);
    early.send(helloOf({ agent: 'eu-west-1' }));
    expect(await early.closed).toEqual({
      code: CLOSE_CODES.unavailable,
      reason: 'the store does not answer',
    });
    const spec = { version: 1, targets: [{ name: 'origin', url: 'http://video.example/' }] };
    await expect(registry.apply(spec)).rejects.toMatchObject({ name: 'StoreError', code: 'unreachable' });
    expect(registry.targets()).toEqual([]);

    const port = Number(new URL(server.url).port);
    const again = await startClickHouseServer({ port, dataDir: server.dataDir });
    expect((await registry.apply(spec)).changes).toMatchObject([{ action: 'create' }]);
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'eu-west-1' });
    agent.results('boot-1', [recordOf(1, { scheduledMs: Date.now() })]);
    await agent.acked(1);
    await agent.close();
    await link.close();
    link = undefined;
    await again.close();
  },
);
