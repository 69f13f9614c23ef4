/** Debian's Alertmanager, where it is installed, as a process of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const program = ['prometheus-alertmanager', 'alertmanager'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Why there is none here; undefined where there is. Titles of tests that are skipped for it say so. */
export const alertmanagerUnavailable = program
  ? undefined
  : 'no Alertmanager is installed: apt-get install prometheus-alertmanager';

/** As its API gives it. */
export interface AmAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL: string;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}

export interface RealAlertmanager {
  readonly url: string;
  alerts(): Promise<readonly AmAlert[]>;
  /** Keeps alerts with these labels quiet for an hour; gives its id. */
  silence(labels: Readonly<Record<string, string>>): Promise<string>;
  start(): Promise<void>;
  /** Kills it: what it has not written is gone. */
  stop(): Promise<void>;
  /** Kills it and removes what it has written. */
  close(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** It tells the webhook at `pagerUrl` of what it is told, at once. */
export async function startAlertmanager(pagerUrl: string): Promise<RealAlertmanager> {
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-alertmanager-'));
  const config = join(scratch, 'alertmanager.yml');
  const times = { group_wait: '0s', group_interval: '1s', repeat_interval: '1h' };
  writeFileSync(
    config,
    JSON.stringify({
      route: { receiver: 'pager', group_by: ['...'], ...times },
      receivers: [{ name: 'pager', webhook_configs: [{ url: pagerUrl, send_resolved: true }] }],
    }),
  );
  const url = `http://127.0.0.1:${await freePort()}`;
  const words = [
    `--config.file=${config}`,
    `--storage.path=${join(scratch, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
    '--cluster.listen-address=',
  ];
  let running: ChildProcess | undefined;
  const one: RealAlertmanager = {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as AmAlert[],
    async silence(labels) {
      const matchers = Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false }));
      const startsAt = new Date().toISOString();
      const endsAt = new Date(Date.now() + 3_600_000).toISOString();
      const response = await fetch(`${url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ matchers, startsAt, endsAt, createdBy: 'mara', comment: 'racks' }),
      });
      return ((await response.json()) as { silenceID: string }).silenceID;
    },
    async start() {
      running = spawn(program ?? '', words, { stdio: 'ignore' });
      const isReady = () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      await vi.waitUntil(isReady, { timeout: 20_000, interval: 100 });
    },
    async stop() {
      const child = running;
      running = undefined;
      if (!child || child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    async close() {
      await one.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
  await one.start();
  return one;
}
