/**
 * What an SRE has already: a real Prometheus scrapes a real collector under the rules that we ship, and a real Alertmanager gets
 * the alert of an open incident.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../collector/collector.ts';
import { incidentRow } from '../../collector/incidents/incident-table.ts';
import { openStore } from '../../collector/store/open-store.ts';
import { incidentOf } from '../collector/api/running-api.ts';
import { findProgram, programMissing } from '../support/programs.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

const SHIPPED = join(import.meta.dirname, '../../collector/prometheus');
const ALERTMANAGER = ['alertmanager', 'prometheus-alertmanager'];
const missing = programMissing('prometheus') ?? programMissing('promtool') ?? programMissing(...ALERTMANAGER);

describe.skipIf(missing)(`Prometheus and Alertmanager${missing ? ` (${missing})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-prometheus-'));
  const children: ChildProcess[] = [];
  let collector: Collector;
  let prometheus: string;
  let alertmanager: string;

  beforeAll(async () => {
    const dataDir = join(folder, 'collector');
    mkdirSync(dataDir);
    const store = await openStore({ dataDir });
    const startedMs = Date.now() - 60_000;
    const incident = incidentOf({ startedMs, detectedMs: startedMs + 10_000 });
    await store.insertRows('incidents', [incidentRow(incident, Date.now())]);
    await store.close();
    collector = await startCollector({ port: 0, dataDir, log: SILENT_LOG, version: '0.0.0' });
    const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
    prometheus = `http://127.0.0.1:${prometheusPort}`;
    alertmanager = `http://127.0.0.1:${alertmanagerPort}`;
    copyFileSync(join(SHIPPED, 'outrider.rules.yml'), join(folder, 'outrider.rules.yml'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: ['outrider.rules.yml'],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
        scrape_configs: [
          { job_name: 'outrider', static_configs: [{ targets: [`127.0.0.1:${collector.port}`] }] },
        ],
      }),
    );
    writeFileSync(
      join(folder, 'alertmanager.yml'),
      JSON.stringify({ route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] }),
    );
    children.push(
      start(
        findProgram(...ALERTMANAGER),
        '--config.file=alertmanager.yml',
        `--storage.path=${join(folder, 'alerts')}`,
        `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
        '--cluster.listen-address=',
      ),
      start(
        findProgram('prometheus'),
        '--config.file=prometheus.yml',
        `--storage.tsdb.path=${join(folder, 'series')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
      ),
    );
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await collector?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (program: string | undefined, ...args: string[]): ChildProcess =>
    spawn(program ?? '', args, { cwd: folder, stdio: 'ignore' });

  it('take the configuration and the rules that we ship', () => {
    const promtool = findProgram('promtool') ?? '';
    for (const args of [
      ['check', 'config', '--syntax-only', join(SHIPPED, 'prometheus.yml')],
      ['check', 'rules', join(SHIPPED, 'outrider.rules.yml')],
    ]) {
      const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' });
      expect(`${status} ${stdout}${stderr}`).toMatch(/^0 /);
    }
  });

  it('scrape the collector without a complaint, none of its samples refused', async () => {
    const health = () =>
      series<{ activeTargets: { health: string; lastError: string }[] }>('/api/v1/targets');
    const { activeTargets } = await until(health, (data) => data.activeTargets[0]?.health === 'up');
    expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
    const build = await until(
      () => query('outrider_build_info'),
      (rows) => rows.length > 0,
    );
    expect(build).toMatchObject([{ metric: { job: 'outrider', version: '0.0.0' } }]);
    const [scraped, kept] = await Promise.all([
      query('scrape_samples_scraped'),
      query('scrape_samples_post_metric_relabeling'),
    ]);
    expect(Number(scraped[0]?.value[1])).toBeGreaterThan(50);
    expect(kept[0]?.value[1]).toBe(scraped[0]?.value[1]);
  });

  it('tell of an open incident: the alert reaches the Alertmanager with its scope and severity', async () => {
    const alerts = () =>
      json<{ labels: Record<string, string>; annotations: object }[]>(`${alertmanager}/api/v2/alerts`);
    const told = await until(alerts, (list) =>
      list.some(({ labels }) => labels.alertname === 'OutriderIncidentOpen'),
    );
    expect(told.find(({ labels }) => labels.alertname === 'OutriderIncidentOpen')).toMatchObject({
      labels: { scope: 'region:eu-west', severity: 'critical' },
      annotations: { summary: 'Outrider: incident at region:eu-west' },
    });
  });

  async function series<T>(path: string): Promise<T> {
    return (await json<{ data: T }>(`${prometheus}${path}`)).data;
  }

  async function query(expression: string) {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    return (await series<{ result: { metric: object; value: [number, string] }[] }>(path)).result;
  }
});

async function json<T>(url: string): Promise<T> {
  return (await fetch(url, { signal: AbortSignal.timeout(5000) })).json() as Promise<T>;
}

const WITHIN_MS = 120_000;

/** Asks until the answer is as wanted; what is not up yet is asked again. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    const answer = await ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined && wanted(answer)) return answer;
    last = answer ?? last;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`not within ${WITHIN_MS} ms: ${JSON.stringify(last) ?? last}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
