/** The whole way: a service with delays of its own in each region, a collector, and agents that publish and watch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startAgent } from '../../../agent/agent.ts';
import { parseAgentConfig } from '../../../agent/config.ts';
import { systemClock } from '../../../agent/time.ts';
import { type Collector, startCollector } from '../../../collector/collector.ts';
import { startFaultProxy, startOrigin } from '../../../sandbox/index.ts';
import { labelsOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const POLL_MS = 200;
/** What a start takes on a machine that is busy with other tests, and what clocks may be off. */
const SLACK_MS = 700;
const TRANSCODE_MS = 500;
const PROPAGATION_MS = { 'us-east': 600, 'ap-south': 1500 } as const;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'outrider-publish-'));
  ends.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function service() {
  const options = { transcodeMs: TRANSCODE_MS, propagation: PROPAGATION_MS, negativeMs: 60_000 };
  const origin = await startOrigin({ dataDir: folder(), ...options });
  ends.push(() => origin.close());
  return origin;
}

/** A real agent whose way to the service is the proxy of its region; `aheadMs`: of its clock. */
async function agentIn(region: string, collector: Collector, originPort: number, aheadMs = 0): Promise<void> {
  const proxy = await startFaultProxy({
    ...{ region, clock: systemClock, random: Math.random },
    upstream: { host: '127.0.0.1', port: originPort },
  });
  ends.push(() => proxy.close());
  const config = parseAgentConfig({
    ...{ id: `${region}-1`, labels: labelsOf(region), collectors: [collector.url], dataDir: folder() },
    network: {
      policy: { allow: ['127.0.0.0/8'] },
      connectTo: { 'video.sandbox.test:80': `127.0.0.1:${proxy.port}` },
    },
  });
  const clock = { ...systemClock, wallMs: () => Date.now() + aheadMs };
  const agent = await startAgent(config, { clock });
  ends.push(() => agent.stop('test over'));
  await expect.poll(() => collector.registry.agent(config.id)?.state, { timeout: 10_000 }).toBe('connected');
}

const spec = (regions: readonly string[]) => ({
  version: 1,
  targets: [{ name: 'shorts', url: 'http://video.sandbox.test/upload/clip.mp4' }],
  probes: [
    {
      ...{ name: 'post', type: 'publish', targets: ['shorts'], every: '1h', timeout: '30s' },
      from: { region: ['eu-west'] },
      params: {
        upload: { protocol: 'put', sizeBytes: 300_000 },
        status: { request: { url: '{/status_url}' } },
        pollMs: POLL_MS,
        visibleFrom: regions.map((region) => ({ region: [region] })),
        visibleWithinMs: 8000,
      },
    },
  ],
});

it('an upload is seen from each region in its own time, and a watcher that dies leaves a missed row', async () => {
  const origin = await service();
  const collector = await startCollector({
    ...{ port: 0, dataDir: folder(), log: SILENT_LOG, version: '0.0.0-test' },
  });
  ends.push(() => collector.close());
  await collector.registry.apply(spec(['us-east', 'ap-south', 'sa-east', 'mars']));
  await agentIn('eu-west', collector, origin.port, -5_000);
  await agentIn('us-east', collector, origin.port, 90_000);
  await agentIn('ap-south', collector, origin.port);
  const { agent: dying } = await ScriptedAgent.join(collector.url, {
    ...{ agent: 'sa-east-1', labels: labelsOf('sa-east') },
    capabilities: { probeTypes: ['publish'], browser: '' },
  });
  void dying.next('run_now').then(() => dying.socket.terminate());

  const asked = await collector.registry.runNow('post', { agent: ['eu-west-1'] });
  interface Row {
    readonly outcome: string;
    readonly message: string;
    readonly attributes: Readonly<Record<string, string>>;
  }
  const published = async () =>
    collector.store.query<Row>(
      'SELECT toString(outcome) AS outcome, message, attributes FROM results WHERE request_id = {id:String}',
      { id: asked.requestId },
    );
  await expect.poll(async () => (await published()).length, { timeout: 25_000, interval: 200 }).toBe(1);
  const [row] = await published();
  expect([row?.outcome, row?.message]).toEqual(['ok', '']);
  const run = row?.attributes.publish_run ?? '';
  expect(row?.attributes.visible).toMatch(
    /^us-east \d+ ms, ap-south \d+ ms, sa-east agent_down, mars agent_down$/,
  );

  interface Seen {
    readonly region: string;
    readonly agent: string;
    readonly outcome: string;
    readonly missed_reason: string;
    readonly visible_ms: number | null;
  }
  const seen = () =>
    collector.store.query<Seen>(
      `SELECT region, agent, outcome, missed_reason, visible_ms FROM publish_visibility
       WHERE publish_run = {run:String} ORDER BY role, region`,
      { run },
    );
  await expect.poll(async () => (await seen()).length).toBe(5);
  const rows = await seen();
  expect(rows.map(({ region, agent, outcome }) => `${region} ${agent} ${outcome}`)).toEqual([
    'eu-west eu-west-1 ok',
    'ap-south ap-south-1 ok',
    'mars  missed',
    'sa-east sa-east-1 missed',
    'us-east us-east-1 ok',
  ]);
  for (const { region, visible_ms, missed_reason } of rows) {
    if (visible_ms === null) expect(missed_reason).toBe('agent_down');
    else {
      const propagation = Object.entries(PROPAGATION_MS).find(([name]) => name === region)?.[1] ?? 0;
      const truthMs = TRANSCODE_MS + propagation;
      expect(visible_ms, region).toBeGreaterThan(truthMs - 100);
      expect(visible_ms, region).toBeLessThan(truthMs + POLL_MS + SLACK_MS);
    }
  }
  expect(
    await collector.store.query("SELECT count() AS rows FROM results WHERE trigger = 'publish'"),
  ).toEqual([{ rows: 4 }]);
  expect([row?.attributes.cleanup, origin.uploads().uploads]).toEqual(['deleted', 0]);
  const { total } = await collector.registry.ledger();
  expect([total.extra, total.duplicates, total.unaccounted]).toEqual([0, 0, 0]);
}, 60_000);
