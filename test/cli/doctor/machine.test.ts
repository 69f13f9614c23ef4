/** Each misconfiguration of a machine is made for real, and seen; and is not seen where there is none. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DOCTOR_LIMITS } from '../../../cli/doctor/limits.ts';
import { type Finished, outrider } from '../../support/outrider.ts';
import { doctor, found, look, NOBODY } from './look.ts';

const folder = mkdtempSync(join(tmpdir(), 'outrider-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const isRoot = process.getuid?.() === 0;
/** Whether this user may make namespaces and mounts. */
const mayMount = isRoot && spawnSync('unshare', ['-n', '-m', 'true']).status === 0;

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** The doctor by a shell that has changed something about itself first. */
function inShell(script: string, ...args: string[]): Promise<Finished> {
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, entry, 'doctor', '-o', 'json', ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

describe('the doctor, of this machine', () => {
  it('finds a Node that is too old', async () => {
    expect(await look('node', { node: '20.20.2' })).toMatchObject({
      state: 'problem',
      finding: 'Node 20.20.2 is older than 24.',
      hint: expect.stringContaining('npm run up'),
    });
    expect(await look('node')).toMatchObject({ state: 'ok' });
  });

  it('finds that there is no memory for a browser', async () => {
    const left = (bytes: number) => look('memory', { freeBytes: () => bytes });
    expect(await left(DOCTOR_LIMITS.browserFreeBytes.value - 1)).toMatchObject({
      state: 'warning',
      why: expect.stringContaining('shed'),
    });
    expect(await left(DOCTOR_LIMITS.browserFreeBytes.value)).toMatchObject({ state: 'ok' });
  });

  it('looks at as many agents as a collector takes', () => {
    expect(DOCTOR_LIMITS.agents.value).toBeGreaterThanOrEqual(10_000);
  });

  it('finds a Node without SQLite', async () => {
    const { code, findings } = await doctor(['--collector', NOBODY], {
      NODE_OPTIONS: '--no-experimental-sqlite',
    });
    expect(code).toBe(1);
    expect(findings.get('sqlite')).toMatchObject({
      state: 'problem',
      hint: expect.stringContaining('NODE_OPTIONS'),
    });
    expect(await look('sqlite')).toMatchObject({ state: 'ok' });
  });

  it('finds that too few files may be open', async () => {
    const few = found(await inShell('ulimit -n 256; exec "$@"', '--collector', NOBODY));
    expect(few.findings.get('open-files')).toMatchObject({
      state: 'warning',
      finding: 'Only 256 open files are allowed.',
      hint: expect.stringContaining('LimitNOFILE'),
    });
    const { findings } = found(
      await inShell(`ulimit -n ${DOCTOR_LIMITS.openFiles.value}; exec "$@"`, '--collector', NOBODY),
    );
    expect(findings.get('open-files')).toMatchObject({ state: 'ok' });
  });

  it.each([
    ['no', 'warning'],
    ['yes', 'ok'],
    ['', 'skipped'],
  ])('says by timedatectl whether anything sets the clock: %j', async (said, state) => {
    const bin = join(folder, `bin-${said}`);
    mkdirSync(bin);
    program(`bin-${said}/timedatectl`, `echo ${said}`);
    expect(await look('clock-sync', { env: { PATH: `${bin}:${process.env.PATH}` } })).toMatchObject({
      state,
    });
  });

  it('finds a proxy of the environment that catches loopback, and how to spare it', async () => {
    const taken: string[] = [];
    const proxy = createServer((request, response) => {
      taken.push(request.url ?? '');
      response.writeHead(502).end('no way');
    });
    proxy.on('connect', (request, socket) => {
      taken.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const caught = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, NO_PROXY: '' };
      const { code, findings } = await doctor(['--collector', NOBODY], caught);
      expect(code).toBe(1);
      expect(taken.length).toBeGreaterThan(0);
      expect(findings.get('proxy')).toMatchObject({
        state: 'problem',
        hint: 'export NO_PROXY=localhost,127.0.0.1,::1',
      });
      const asked = taken.length;
      const spared = await doctor(['--collector', NOBODY], {
        ...caught,
        NO_PROXY: 'localhost,127.0.0.1,::1',
      });
      expect(spared.findings.get('proxy')).toMatchObject({ state: 'ok' });
      expect(taken).toHaveLength(asked);
      expect(await look('proxy', { env: { HTTP_PROXY: url } })).toMatchObject({ state: 'ok' });
    } finally {
      proxy.close();
      proxy.closeAllConnections();
    }
  });

  it.skipIf(!mayMount)('finds IPv6 that leads nowhere', async () => {
    const hosts = join(folder, 'hosts');
    writeFileSync(
      hosts,
      '127.0.0.1 localhost\n127.0.0.1 both.test\nfd00::1 both.test\n127.0.0.1 four.test\n',
    );
    const script = `ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && ip addr add fd00::2/64 dev v0 nodad && mount --bind ${hosts} /etc/hosts && exec "$@"`;
    const away = await inShell(
      `exec unshare -n -m sh -c '${script}' sh "$@"`,
      '--collector',
      'http://both.test:9',
    );
    expect(found(away).findings.get('ipv6')).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(
        /^both\.test has the IPv6 address fd00::1, and it cannot be reached from here \(E/,
      ),
    });
    const well = await inShell(
      `exec unshare -n -m sh -c '${script}' sh "$@"`,
      '--collector',
      'http://four.test:9',
    );
    expect(found(well).findings.get('ipv6')).toMatchObject({ state: 'ok' });
  });

  it('finds that the embedded engine is not installed', async () => {
    expect(await look('engine', { root: folder })).toMatchObject({
      state: 'warning',
      finding: 'The embedded ClickHouse is not installed.',
      hint: expect.stringContaining('npm install chdb'),
    });
    expect(await look('engine')).toMatchObject({ state: 'ok' });
    expect(await look('engine', { clickhouse: 'http://127.0.0.1:8123' })).toMatchObject({ state: 'skipped' });
  });

  it('finds a disk that is nearly full', async () => {
    expect(await look('disk', { dataDir: folder })).toMatchObject({ state: 'ok' });
    if (!mayMount) return;
    const small = join(folder, 'small');
    mkdirSync(small);
    const among = (mib: number) =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'none', small]);
    for (const [mib, state] of [
      [DOCTOR_LIMITS.diskFreeBytes.value / 2 ** 21, 'warning'],
      [8, 'problem'],
    ] as const) {
      among(mib);
      try {
        expect(await look('disk', { dataDir: join(small, 'data') })).toMatchObject({
          state,
          finding: expect.stringMatching(new RegExp(`are free on the disk of ${small}\\.$`)),
        });
      } finally {
        execFileSync('umount', [small]);
      }
    }
  });

  it('finds a data directory that cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await look('data-dir', { dataDir: join(file, 'data') })).toMatchObject({
      state: 'problem',
      finding: `${file} is a file, and no directory can be made in it.`,
    });
    expect(await look('data-dir', { dataDir: join(folder, 'data') })).toMatchObject({ state: 'ok' });
  });

  it.skipIf(!mayMount)('finds a data directory that may not be written', async () => {
    const frozen = join(folder, 'frozen');
    mkdirSync(frozen);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'none', frozen]);
    try {
      expect(await look('data-dir', { dataDir: join(frozen, 'data') })).toMatchObject({
        state: 'problem',
        finding: `${frozen} cannot be written by this user (EROFS).`,
      });
    } finally {
      execFileSync('umount', [frozen]);
    }
  });
});

describe('the doctor, of an agent on this machine', () => {
  it('finds no browser, where one is named and where none is', async () => {
    expect(await look('browser', { env: { OUTRIDER_BROWSER: '/nowhere/chrome' } })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('/nowhere/chrome'),
      hint: expect.stringContaining('apt-get install'),
    });
  });

  it('finds a browser that does not start', async () => {
    const broken = program(
      'chromium-headless-shell',
      'case "$1" in --version) echo Chromium 150.0.1.2;; *) exit 127;; esac',
    );
    expect(await look('browser', { env: { ...process.env, OUTRIDER_BROWSER: broken } })).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/^Chromium 150\.0\.1\.2 at .*: .+/),
      why: expect.stringContaining('video-start'),
    });
  });

  it('finds that a browser has no sandbox as root', async () => {
    const browser = program('chromium', 'echo Chromium 150.0.1.2');
    const { state } = await look('sandbox', { env: { ...process.env, OUTRIDER_BROWSER: browser } });
    expect(state).toBe(isRoot ? 'warning' : 'ok');
  });

  it('finds a configuration that cannot be used, with its lines', async () => {
    const config = join(folder, 'agent.yaml');
    writeFileSync(config, 'version: 1\nid: a-1\nlabels: { regoin: eu-west }\n');
    const bad = await look('agent-config', { config, env: {} });
    expect(bad).toMatchObject({ state: 'problem', hint: expect.stringContaining('--print-config') });
    expect(bad.finding).toContain('agent.yaml:3');
    writeFileSync(config, `version: 1\nid: a-1\nlabels: { region: eu-west }\ndataDir: ${folder}/a-1\n`);
    expect(await look('agent-config', { config, env: {} })).toMatchObject({ state: 'ok' });
    expect(await look('agent-config', { env: {} })).toMatchObject({ state: 'skipped' });
  });

  it('finds collectors of its list that do not answer', async () => {
    const config = join(folder, 'away.yaml');
    writeFileSync(
      config,
      `version: 1\nid: a-1\nlabels: { region: eu-west }\ncollectors: ['ws://127.0.0.1:9']\n`,
    );
    expect(await look('agent-collectors', { config, env: {} })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('ws://127.0.0.1:9'),
    });
  });
});

describe('the doctor', () => {
  it('says for people what is wrong first, what comes of it, and what to try, within the columns', async () => {
    const { code, stdout, stderr } = await outrider('doctor', '--collector', NOBODY);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^✗ collector +Nobody answers at http:\/\/127\.0\.0\.1:2 \(ECONNREFUSED\)\.(\n {2,}\S.*)+\n +Try: \S/,
    );
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /\? \d+ checks No collector was reached at .* So nothing is known of .*token/,
    );
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      / \d+ checks: 1 problem, .*\d+ could not be looked at, \d+ well, \d+ not asked for\b/,
    );
  });
});
