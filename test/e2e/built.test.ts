import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDist } from '../../agent/deploy/build-dist.ts';
import { SINGLE_FILE } from '../../agent/deploy/build-single-file.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { type Finished, type Started, start } from '../support/outrider.ts';

const root = join(import.meta.dirname, '../..');

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** What `npm install --omit=dev` would put beside the build, as links to what is installed already. */
function linkProductionPackages(dist: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  for (const [path, { dev }] of Object.entries(packages)) {
    const isTop = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
    if (!isTop || dev || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    symlinkSync(join(root, path), join(dist, path));
  }
}

const browser = await findBrowser({});

describe('the build, outside of the checkout and with production packages only', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-dist-'));
  const dist = join(scratch, 'dist');
  const script = join(dist, 'cli/bin/outrider.js');
  const running: Started[] = [];
  let origin: Origin | undefined;
  let address = '';

  const launch = (args: readonly string[], by: string = script): Started => {
    const started = start(args, {}, by);
    running.push(started);
    return started;
  };
  const ask = (...args: string[]): Promise<Finished> => start(args, {}, script).finished;

  beforeAll(async () => {
    await buildDist(root, dist);
    linkProductionPackages(dist);
    origin = await startOrigin({ dataDir: join(scratch, 'origin') });
    const collector = launch(['collector', 'start', '--port', '0', '--data-dir', join(scratch, 'collector')]);
    address = (await collector.says(/collector ready: (\S+)/))[1] ?? '';
  }, 180_000);

  afterAll(async () => {
    for (const { finished, process: child } of running.reverse()) {
      child.kill('SIGTERM');
      await finished;
    }
    await origin?.close();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it('holds no TypeScript and no test', () => {
    expect(existsSync(join(dist, 'cli/bin/main.ts'))).toBe(false);
    expect(existsSync(join(dist, 'test'))).toBe(false);
  });

  it('answers as the checkout does', async () => {
    const { code, stdout } = await ask('limits', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).data.length).toBeGreaterThan(100);
  });

  it('says what is wrong with a configuration, and where', async () => {
    const file = join(scratch, 'wrong.yaml');
    writeFileSync(file, 'version: 1\nid: a\nlabels: { regoin: x }\n');
    const { code, stderr } = await ask('agent', 'start', '--config', file);
    expect(code).toBe(65);
    expect(stderr).toContain(`${file}:3:11: unknown key "regoin" in labels; did you mean region?`);
  });

  it.skipIf(!browser.ok)('takes results from a light agent and from those with a browser', async () => {
    const flags = (id: string): string[] => [
      ...['--id', id, '--region', 'here', '--collector', address],
      ...['--data-dir', join(scratch, id), '--allow', '127.0.0.0/8'],
    ];
    const agents = [
      launch(['agent', 'start', ...flags('light')]),
      launch(['agent', 'start', ...flags('heavy'), '--browser', 'auto']),
      // The single file drives a browser where the packages for that lie beside it.
      launch([...flags('one-file'), '--browser', 'auto'], join(dist, SINGLE_FILE)),
    ];
    for (const agent of agents) await agent.says(/"msg":"connected"/);
    const file = join(scratch, 'probes.yaml');
    writeFileSync(
      file,
      `version: 1
targets: [{ name: clip, url: "${origin?.url}/v/clip.mp4" }]
probes:
  - { name: fetch, type: http, targets: [clip], every: 1s }
  - { name: watch, type: video-start, targets: [clip], every: 10s, from: { agent: [heavy, one-file] } }
`,
    );
    expect(await ask('probes', 'apply', '-f', file, '--collector', address)).toMatchObject({ code: 0 });
    const sql = "SELECT DISTINCT agent, probe FROM runs WHERE outcome = 'ok' ORDER BY agent, probe";
    const seen = async (): Promise<unknown> => {
      const { stdout } = await ask('query', sql, '-o', 'json', '--collector', address);
      return JSON.parse(stdout || '{}').data?.map((row: { agent: string; probe: string }) =>
        Object.values(row),
      );
    };
    await expect.poll(seen, { timeout: 90_000, interval: 2000 }).toEqual([
      ['heavy', 'fetch'],
      ['heavy', 'watch'],
      ['light', 'fetch'],
      ['one-file', 'fetch'],
      ['one-file', 'watch'],
    ]);
  });

  it('is upgraded again and again without a missed slot, by the ledger of the collector', async () => {
    const args = [
      ...['--id', 'upgraded', '--region', 'there', '--collector', address],
      ...['--data-dir', join(scratch, 'upgraded'), '--allow', '127.0.0.0/8', '--takeover'],
    ];
    const file = join(scratch, 'quick.yaml');
    const names = ['a', 'b', 'c', 'd', 'e'];
    writeFileSync(
      file,
      `version: 1
targets: [{ name: clip, url: "${origin?.url}/v/clip.mp4" }]
probes:
${names.map((name) => `  - { name: quick-${name}, type: http, targets: [clip], every: 1s, timeout: 2s, from: { agent: [upgraded] } }`).join('\n')}
`,
    );
    expect(await ask('probes', 'apply', '-f', file, '--collector', address)).toMatchObject({ code: 0 });
    const ledger = async () => {
      const { data } = (await (await fetch(`${address}/api/v1/ledger`)).json()) as {
        data: { agent: string; stored: number; missed: number; dropped: number; unaccounted: number }[];
      };
      return data.find(({ agent }) => agent === 'upgraded');
    };
    const storedPast = (count: number) =>
      expect
        .poll(async () => (await ledger())?.stored ?? 0, { timeout: 30_000, interval: 250 })
        .toBeGreaterThan(count);
    let running = launch(args, join(dist, SINGLE_FILE));
    for (let upgrade = 0; upgrade < 4; upgrade += 1) {
      await storedPast((await ledger())?.stored ?? 0);
      const next = launch(args, join(dist, SINGLE_FILE));
      expect((await running.finished).code).toBe(0);
      running = next;
    }
    await storedPast(((await ledger())?.stored ?? 0) + 20);
    running.process.kill('SIGTERM');
    expect((await running.finished).code).toBe(0);
    await expect
      .poll(ledger, { timeout: 20_000, interval: 500 })
      .toMatchObject({ dropped: 0, unaccounted: 0, pending: 0 });
    // A machine that stands still for a second is an overrun, and no fault of the upgrade.
    const sql =
      "SELECT count() AS slots FROM runs WHERE agent = 'upgraded' AND outcome = 'missed' AND missed_reason != 'overrun'";
    const { stdout } = await ask('query', sql, '-o', 'json', '--collector', address);
    expect(Number(JSON.parse(stdout).data[0].slots)).toBe(0);
  });
});
