import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkOf } from '../../agent/slot-book.ts';
import { agentCommand } from '../../agent/spawn.ts';
import type { Schedule } from '../../protocol/frame.ts';
import { slotsBetween } from '../../protocol/slots.ts';
import { assignment, begun, LABELS, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import { ScriptedCollector } from './scripted-collector.ts';

interface Process {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Log lines so far. */
  readonly log: () => Record<string, unknown>[];
  readonly stdout: () => string;
}

function launch(config: unknown, options: { stopWithStdin?: boolean; args?: string[] } = {}): Process {
  const configFile = join(temporaryFolder(), 'agent.json');
  writeFileSync(configFile, typeof config === 'string' ? config : JSON.stringify(config));
  const { command, args, env } = agentCommand({ configFile, ...options });
  const child = spawn(command, options.args ? [...args.slice(0, -2), ...options.args] : [...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data) => (out += data));
  child.stderr?.on('data', (data) => (err += data));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const log = () =>
    err
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, exited, log, stdout: () => out };
}

function config(collector: string, dataDir: string, more: object = {}) {
  return {
    id: 'agent-1',
    labels: LABELS,
    collectors: [collector],
    dataDir,
    network: { policy: { allow: ['127.0.0.0/8'] } },
    ...more,
  };
}

/** A real service to probe, and a schedule with one check of it. */
async function service(): Promise<{ plan: Schedule; requests: () => number }> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const check = assignment({
    type: 'http',
    target: { name: 'origin', url, labels: {} },
    everyMs: 500,
    effectiveFromMs: UNBEGUN_MS,
  });
  return { plan: { type: 'schedule', revision: 1, assignments: [check] }, requests: () => requests };
}

describe('the process of an agent', () => {
  it('probes a real service, stops in order on SIGTERM, and writes nothing to stdout', async () => {
    const { plan, requests } = await service();
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }) });
    const { child, exited, log, stdout } = launch(config(collector.url, temporaryFolder()));
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 3);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(requests()).toBeGreaterThanOrEqual(3);
    const ended = peer.results.filter(({ record }) => record.outcome === 'ok');
    expect(ended.length).toBeGreaterThanOrEqual(3);
    expect(ended[0]?.record.metrics.ttfb_ms).toBeGreaterThan(0);
    expect(peer.goodbye?.reason).toBe('SIGTERM');
    expect(stdout()).toBe('');
    const messages = log().map((line) => line.msg);
    expect(messages).toContain('started');
    expect(messages.at(-1)).toBe('stopped');
  });

  it('accounts for every slot across kill -9 and restart: stored once, or missed because it was down', async () => {
    const { plan } = await service();
    const stored = new Map<string, number>();
    const collector = await ScriptedCollector.start({
      welcome: (hello) => ({
        schedule: begun(plan),
        held: Object.fromEntries(hello.spooledBoots.map((boot) => [boot, stored.get(boot) ?? 0])),
      }),
      onFrame(frame) {
        if (frame.type !== 'results') return;
        stored.set(frame.batch.boot, frame.batch.records.at(-1)?.seq ?? 0);
      },
    });
    const dataDir = temporaryFolder();
    for (let life = 0; life < 3; life += 1) {
      const { child, exited } = launch(config(collector.url, dataDir));
      const peer = await collector.session(life);
      await peer.until(() => peer.results.filter(({ record }) => record.outcome === 'ok').length >= 2);
      child.kill('SIGKILL');
      await exited;
    }
    const last = launch(config(collector.url, dataDir));
    const peer = await collector.session(3);
    await peer.until(() => peer.results.some(({ record }) => record.outcome === 'ok'));
    last.child.kill('SIGTERM');
    expect(await last.exited).toBe(0);
    const slots = collector.results.map(({ record }) => record.scheduledMs);
    expect(new Set(slots).size).toBe(slots.length);
    const [check] = plan.assignments;
    if (!check) throw new Error('no check');
    const { series } = checkOf(check, 'agent-1');
    const stoppedAtMs = peer.goodbye?.stoppedAtMs ?? Number.NaN;
    expect(slots.length).toBe(slotsBetween(series, check.effectiveFromMs, stoppedAtMs));
    const missed = collector.results.filter(({ record }) => record.outcome === 'missed');
    for (const { record } of missed) expect(['agent_down', 'overrun']).toContain(record.missedReason);
    expect(new Set(collector.results.map(({ boot, record }) => `${boot} ${record.seq}`)).size).toBe(
      slots.length,
    );
  });

  it('ends at once on a second signal', async () => {
    const collector = await ScriptedCollector.start({ welcome: () => undefined });
    const { child, exited, log } = launch(config(collector.url, temporaryFolder()));
    await (await collector.session(0)).until((peer) => peer.hello !== undefined);
    child.kill('SIGTERM');
    while (!log().some((line) => line.msg === 'stopping'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await exited).toBe(130);
  });

  it('does not outlive who started it, when told so', async () => {
    const collector = await ScriptedCollector.start();
    const { child, exited } = launch(config(collector.url, temporaryFolder()), { stopWithStdin: true });
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    child.stdin?.end();
    expect(await exited).toBe(0);
    expect(peer.goodbye?.reason).toContain('standard input');
  });

  it('goes on as a light agent when its browser is not there, and says what to do', async () => {
    const collector = await ScriptedCollector.start();
    const browser = { path: '/no/such/browser' };
    const { child, exited, log } = launch(config(collector.url, temporaryFolder(), { browser }));
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    expect(peer.hello?.capabilities.browser).toBe('');
    expect(log().find((line) => line.code === 'browser_missing')?.msg).toContain('/no/such/browser');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')(
    'stays light: no browser driver, no database engine, few files',
    async () => {
      const collector = await ScriptedCollector.start();
      const { child } = launch(config(collector.url, temporaryFolder()));
      const peer = await collector.session(0);
      await peer.until(() => peer.healths.length > 0);
      expect(readFileSync(`/proc/${child.pid}/maps`, 'utf8')).not.toMatch(/chdb/);
      expect(readdirSync(`/proc/${child.pid}/fd`).length).toBeLessThan(40);
      // The goal is 80 MB; what is asserted leaves room for other kernels and allocators, and catches a new heavy import.
      const rssKib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
      expect(rssKib).toBeLessThan(130 * 1024);
    },
  );

  it.each([
    ['a file that is not JSON', 'no json', 65, 'is not JSON'],
    ['a key that does not exist', { ...config('ws://127.0.0.1:1', '/tmp'), colour: 'red' }, 65, 'colour'],
    [
      'an address policy that is none',
      config('ws://127.0.0.1:1', '/tmp', { network: { policy: { allow: ['everything'] } } }),
      65,
      'everything',
    ],
    [
      'a data directory that cannot be made',
      config('ws://127.0.0.1:1', '/dev/null/x'),
      1,
      'cannot be opened',
    ],
  ])('refuses %s with a reason and a code', async (_case, broken, code, words) => {
    const { exited, log } = launch(broken);
    expect(await exited).toBe(code);
    expect(log().at(-1)?.msg).toContain(words);
  });

  it('tells a second process of the same data directory to go elsewhere', async () => {
    const collector = await ScriptedCollector.start();
    const dataDir = temporaryFolder();
    launch(config(collector.url, dataDir));
    await (await collector.session(0)).until((peer) => peer.hello !== undefined);
    const second = launch(config(collector.url, dataDir));
    expect(await second.exited).toBe(75);
    expect(second.log().at(-1)?.hint).toContain('data directory');
  });

  it.each([[['--colour']], [[]]])('explains its usage when called with %j', async (args) => {
    const { exited, log } = launch({}, { args });
    expect(await exited).toBe(64);
    expect(log()).toHaveLength(1);
  });
});
