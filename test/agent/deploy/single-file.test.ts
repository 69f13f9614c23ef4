import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildSingleFile, SINGLE_FILE, type SingleFile } from '../../../agent/deploy/build-single-file.ts';
import { BUILD_LIMITS } from '../../../agent/deploy/limits.ts';
import { checkOf } from '../../../agent/slot-book.ts';
import { slotsBetween } from '../../../protocol/slots.ts';
import { assignment, begun, temporaryFolder, UNBEGUN_MS } from '../fixtures.ts';
import { ScriptedCollector } from '../scripted-collector.ts';

const root = join(import.meta.dirname, '../../..');
let folder = '';
let built: SingleFile;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-built-'));
  built = await buildSingleFile(root, folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The file copied alone to an empty folder, outside of every package. */
function alone(): string {
  const place = temporaryFolder();
  cpSync(built.path, join(place, SINGLE_FILE));
  return place;
}

function launch(place: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [SINGLE_FILE, ...args], {
    cwd: place,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(place, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function service(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.method === 'PUT' ? 201 : 200).end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('the light agent as one file', () => {
  it('is smaller than its limit, and holds neither a browser driver nor a database engine', () => {
    expect(built.bytes).toBeLessThanOrEqual(BUILD_LIMITS.singleFileBytes.value);
    const text = readFileSync(built.path, 'utf8');
    expect(text).not.toMatch(/from\s*["'](?!node:|[a-z_]+["'])/);
    expect(text).not.toContain('connection_chdb');
  });

  it('is not built at all past that limit', async () => {
    await expect(buildSingleFile(root, temporaryFolder(), 1000)).rejects.toThrow('at most 1000 are allowed');
  });

  it('copied alone to an empty folder, probes and reports, and ends in order', async () => {
    const check = assignment({
      type: 'http',
      target: { name: 'origin', url: await service(), labels: {} },
      everyMs: 500,
      effectiveFromMs: UNBEGUN_MS,
    });
    const plan = { type: 'schedule' as const, revision: 1, assignments: [check] };
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }) });
    const place = alone();
    writeFileSync(
      join(place, 'agent.yaml'),
      `version: 1\nid: alone\nlabels: { region: eu-west }\ncollectors: ['${collector.url}']\ndataDir: data\n`,
    );
    const child = launch(place, ['--config', 'agent.yaml', '--allow', '127.0.0.0/8'], {
      OUTRIDER_CITY: 'Delft',
    });
    const exited = once(child, 'exit');
    const peer = await collector.session(0);
    await peer.until(() => peer.results.filter(({ record }) => record.outcome === 'ok').length >= 2);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(peer.hello).toMatchObject({ agent: 'alone', software: version });
    expect(peer.hello?.labels).toMatchObject({ region: 'eu-west', city: 'Delft' });
    expect(
      peer.results.find(({ record }) => record.outcome === 'ok')?.record.metrics.ttfb_ms,
    ).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    expect(peer.goodbye?.reason).toBe('SIGTERM');
  });

  it('is upgraded without a missed slot: the new process takes over, the old one ends by itself', async () => {
    const check = assignment({
      type: 'http',
      target: { name: 'origin', url: await service(), labels: {} },
      everyMs: 500,
      effectiveFromMs: UNBEGUN_MS,
    });
    const plan = { type: 'schedule' as const, revision: 1, assignments: [check] };
    const stored = new Map<string, number>();
    const collector = await ScriptedCollector.start({
      welcome: ({ spooledBoots }) => ({
        schedule: begun(plan),
        held: Object.fromEntries(spooledBoots.map((boot) => [boot, stored.get(boot) ?? 0])),
      }),
      onFrame(frame) {
        if (frame.type === 'results') stored.set(frame.batch.boot, frame.batch.records.at(-1)?.seq ?? 0);
      },
    });
    const place = alone();
    const args = [
      ...['--id', 'alone', '--region', 'eu-west', '--collector', collector.url],
      ...['--data-dir', 'data', '--allow', '127.0.0.0/8', '--takeover'],
    ];
    const old = launch(place, args);
    const ended = once(old, 'exit');
    const first = await collector.session(0);
    await first.until(() => first.results.length >= 2);
    const next = launch(place, args);
    expect((await ended)[0]).toBe(0);
    const peer = await collector.session(1);
    await peer.until(() => peer.results.length >= 4);
    const stopped = once(next, 'exit');
    next.kill('SIGTERM');
    expect((await stopped)[0]).toBe(0);
    const slots = collector.results.map(({ record }) => record.scheduledMs);
    expect(new Set(slots).size).toBe(slots.length);
    expect(collector.results.map(({ record }) => record.outcome)).toEqual(slots.map(() => 'ok'));
    const stoppedAtMs = peer.goodbye?.stoppedAtMs ?? Number.NaN;
    expect(slots.length).toBe(
      slotsBetween(checkOf(check, 'alone').series, check.effectiveFromMs, stoppedAtMs),
    );
  });

  it('has the clips that uploads are made of', async () => {
    const check = assignment({
      type: 'upload',
      target: { name: 'origin', url: await service(), labels: {} },
      everyMs: 500,
      params: { sizeBytes: 65_536 },
      effectiveFromMs: UNBEGUN_MS,
    });
    const plan = { type: 'schedule' as const, revision: 1, assignments: [check] };
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }) });
    launch(alone(), [
      ...['--id', 'alone', '--region', 'eu-west', '--collector', collector.url],
      ...['--data-dir', 'data', '--allow', '127.0.0.0/8'],
    ]);
    const peer = await collector.session(0);
    await peer.until(() => peer.results.some(({ record }) => record.outcome !== 'missed'));
    expect(peer.results.map(({ record }) => record.attributes.payload)).toContain('video');
  });

  it.each([
    ['--version', 0, /^\d+\.\d+\.\d+\n$/],
    ['--help', 0, /--collector TEXT …\n.*OUTRIDER_COLLECTOR, collectors/],
    ['--colour', 64, /Unknown option '--colour'/],
    ['--regoin', 64, /Unknown option '--regoin': did you mean --region\?/],
    ['--id=x', 65, /labels\.region.*give --region, OUTRIDER_REGION/],
  ])('answers %s with exit code %i', (arg, code, words) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [SINGLE_FILE, arg], {
      cwd: alone(),
      encoding: 'utf8',
      env: {},
    });
    expect(status).toBe(code);
    expect(stdout + stderr).toMatch(words);
  });
});
