import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, type CollectorOptions, startCollector } from '../../collector/collector.ts';
import { CLOSE_CODES } from '../../protocol/errors.ts';
import { recordOf } from '../support/records.ts';
import { ScriptedAgent } from '../support/scripted-agent.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

let dataDir: string;
let collector: Collector | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-collector-'));
});
afterEach(async () => {
  await collector?.close();
  collector = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(more: Partial<CollectorOptions> = {}): Promise<Collector> {
  collector = await startCollector({ port: 0, dataDir, log: SILENT_LOG, version: '0.0.0-test', ...more });
  return collector;
}

async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${collector?.url}${path}`);
  return { status: answer.status, body: await answer.json() };
}

const SPEC = {
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.example/' }],
  probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '2s', timeout: '1s' }],
};

describe('a collector', () => {
  it('serves agents, people and scrapers on one port', async () => {
    const { url, registry, store } = await start();
    await registry.apply(SPEC);
    const { agent, welcome } = await ScriptedAgent.join(url, { agent: 'eu-west-1' });
    expect(welcome.schedule.assignments).toMatchObject([{ probe: 'front', target: { name: 'origin' } }]);
    agent.results('boot-1', [recordOf(1, { probe: 'front', scheduledMs: Date.now() })]);
    await agent.acked(1);
    expect(await store.query('SELECT agent, region FROM results')).toEqual([
      { agent: 'eu-west-1', region: 'eu-west' },
    ]);
    expect(await get('/api/v1/agents')).toMatchObject({ status: 200, body: { data: [{ id: 'eu-west-1' }] } });
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('outrider_ingest_results_stored_total 1');
    await agent.close();
  });

  it('goes on where it stopped: schedule, progress and results', async () => {
    const first = await start();
    await first.registry.apply(SPEC);
    const before = await ScriptedAgent.join(first.url, { agent: 'eu-west-1' });
    before.agent.results(
      'boot-1',
      [1, 2, 3].map((seq) => recordOf(seq, { scheduledMs: Date.now() })),
    );
    await before.agent.acked(3);
    await before.agent.close();
    await first.close();
    const second = await start();
    const after = await ScriptedAgent.join(second.url, { agent: 'eu-west-1' });
    expect(after.welcome.held).toEqual({ 'boot-1': 3 });
    expect(after.welcome.schedule).toEqual(before.welcome.schedule);
    await after.agent.close();
  });

  it('tells agents to go when it stops, commits what they had sent, and frees its port', async () => {
    const { url, port, close } = await start();
    const { agent } = await ScriptedAgent.join(url, { agent: 'eu-west-1' });
    agent.results('boot-1', [recordOf(1, { scheduledMs: Date.now() })]);
    const closed = close();
    expect((await agent.next('drain')).retryAfterMs).toBeGreaterThanOrEqual(1000);
    await agent.acked(1);
    await agent.close();
    await closed;
    await close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await start({ port });
    expect(collector?.port).toBe(port);
    expect(await collector?.store.query('SELECT count() AS rows FROM results')).toEqual([{ rows: 1 }]);
  });

  it('closes the sessions of agents that do not go', async () => {
    const { url, close } = await start();
    const { agent } = await ScriptedAgent.join(url, { agent: 'eu-west-1' });
    await close();
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
  });

  it('ends open streams of people when it stops', async () => {
    const { url, close } = await start();
    const answer = await fetch(`${url}/api/v1/stream`);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const read = answer.text().catch(() => '');
    await close();
    await read;
  });
});

describe('a collector that cannot start', () => {
  it('because its port is in use says so, and leaves the data directory free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({
      name: 'CollectorError',
      code: 'port_in_use',
      message: `Port ${port} on 127.0.0.1 is in use by another program.`,
      hint: expect.stringContaining('--port'),
    });
    await new Promise((resolve) => other.close(resolve));
    await start({ port });
  });

  it('because its data directory cannot be made says so', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(start({ dataDir: join(file, 'data') })).rejects.toMatchObject({ code: 'data_dir' });
  });

  it('because the ClickHouse server is not there says so, and frees its port', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    await expect(start({ port, clickhouse: { url: 'http://127.0.0.1:1' } })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unreachable',
      hint: expect.stringContaining('--clickhouse'),
    });
    await start({ port });
  });

  it('because the address is open to others says how to insist', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'collector.example'])
      await expect(start({ host })).rejects.toMatchObject({
        code: 'exposed',
        hint: expect.stringContaining(`--insecure-listen ${host}`),
      });
  });
});

describe('a collector that listens beyond loopback', () => {
  it('does so only when told to, and says loudly what that means', async () => {
    const said: string[] = [];
    const log: Logger = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    const { url } = await start({ insecureListen: '0.0.0.0', log });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(said.join('')).toContain('INSECURE');
    expect(await get('/healthz')).toMatchObject({ status: 200 });
  });

  it('says nothing of the kind on loopback', async () => {
    const said: string[] = [];
    const log: Logger = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    await start({ host: 'localhost', log });
    expect(said).toEqual([]);
  });
});
