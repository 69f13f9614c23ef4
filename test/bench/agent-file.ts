/** Whether the agent that is built as one file is enough: copied alone to an empty folder, it probes and reports to a real collector. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDist } from '../../agent/deploy/build-dist.ts';
import { SINGLE_FILE } from '../../agent/deploy/build-single-file.ts';
import { ApiClient } from '../../cli/support/api-client.ts';
import { Child } from '../../cli/up/child.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';

const root = join(import.meta.dirname, '..', '..');
const READY_MS = 60_000;
const POLL_MS = 50;
const EVERY_MS = 500;
const PROBING_MS = 15_000;
const MB = 1e6;
/** Among them what brings a clip of its own, and what starts a program. */
const TYPES = ['http', 'tcp', 'ping', 'upload'] as const;

export const agentFileBenchmark: Benchmark = {
  name: 'agent-file',
  summary:
    'The light agent as one file, alone in an empty folder: its size, and whether it probes and reports.',
  run,
};

interface Stored {
  readonly ok: number;
  readonly fail: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-file-'));
  const service = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.method === 'PUT' ? 201 : 200).end('{}'));
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  let collector: Child | undefined;
  try {
    progress('building as npm run build does');
    const { bytes, path } = await buildDist(root, join(directory, 'dist'));
    const place = join(directory, 'alone');
    mkdirSync(place);
    copyFileSync(path, join(place, SINGLE_FILE));
    collector = startCollector(directory);
    const { url } = await collector.message<{ url: string }>(READY_MS);
    const client = new ApiClient(url);
    const spec = specOf((service.address() as AddressInfo).port);
    await client.post('/api/v1/probes/apply', { spec, dry_run: false });
    progress(`alone in a folder with ${readdirSync(place).join(', ')}`);
    const told = await runAlone(place, url, client, progress);
    return [
      row('single_file_size', bytes / MB, 'MB', { goal: atMost(2) }),
      row('single_file_first_stored', told.firstMs, 'ms'),
      row('single_file_ok', told.stored.ok, '1', { goal: atLeast(TYPES.length) }),
      row('single_file_failed', told.stored.fail, '1', { goal: atMost(0) }),
      row('single_file_types', told.types, '1', { goal: atLeast(TYPES.length) }),
      row('single_file_exit_code', told.exitCode, '1', { goal: atMost(0) }),
    ];
  } finally {
    service.closeAllConnections();
    service.close();
    await collector?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function startCollector(directory: string): Child {
  const command = [join(root, 'cli/bin/outrider.js'), 'collector', 'start', '--port', '0'];
  const args = [...command, '--data-dir', join(directory, 'collector')];
  return new Child({ name: 'collector', args, logFile: join(directory, 'collector.log') });
}

function specOf(port: number) {
  const urls = { tcp: `tcp://127.0.0.1:${port}`, ping: `tcp://127.0.0.1:${port}` } as const;
  const params = { upload: { protocol: 'put', sizeBytes: 65_536 } };
  const targets = TYPES.map((type) => ({
    name: type,
    url: (urls as Record<string, string>)[type] ?? `http://127.0.0.1:${port}/`,
    labels: {},
  }));
  const probes = TYPES.map((type) => ({
    ...{ name: type, type, targets: [type], every: `${EVERY_MS}ms`, timeout: '2s' },
    params: (params as Record<string, object>)[type] ?? {},
  }));
  return { version: 1, targets, probes };
}

/** Starts it with Node and nothing else, and ends it in order. */
async function runAlone(place: string, url: string, client: ApiClient, progress: Progress) {
  const identity = ['--id', 'alone', '--region', 'bench', '--collector', url.replace(/^http/, 'ws')];
  const args = [SINGLE_FILE, ...identity, '--data-dir', 'data', '--allow', '127.0.0.0/8'];
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: place,
    env: {},
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  try {
    while ((await storedOf(client)).ok === 0) {
      if (child.exitCode !== null || performance.now() - startedMs > READY_MS)
        throw new Error('the agent in one file reports nothing');
      await sleep(POLL_MS);
    }
    const firstMs = performance.now() - startedMs;
    progress(`the first result is stored; probing for ${PROBING_MS / 1000} s more`);
    await sleep(PROBING_MS);
    child.kill('SIGTERM');
    const [exitCode] = (await exited) as [number | null];
    const types = await numberOf(
      client,
      `SELECT toUInt32(uniqExact(type)) FROM results WHERE outcome = 'ok'`,
    );
    return { firstMs, stored: await storedOf(client), types, exitCode: exitCode ?? 1 };
  } finally {
    child.kill('SIGKILL');
  }
}

async function storedOf(client: ApiClient): Promise<Stored> {
  const of = (outcome: string) =>
    numberOf(client, `SELECT toUInt32(count()) FROM results WHERE outcome = '${outcome}'`);
  return { ok: await of('ok'), fail: await of('fail') };
}

async function numberOf(client: ApiClient, sql: string): Promise<number> {
  const { rows } = await client.post<{ rows: [[number]] }>('/api/v1/query', { sql });
  return Number(rows[0][0]);
}
