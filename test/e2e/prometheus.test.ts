/**
 * What an SRE has already: a real Prometheus scrapes a real collector under the rules that we ship, and a real Alertmanager, which
 * the collector tells by itself too, gets the alerts of an incident that is going on, and pages somebody. A receiver of OTLP hears of it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../collector/collector.ts';
import { syntheticFleet } from '../../collector/detect/synthetic.ts';
import { notifySchema } from '../../collector/notify/settings.ts';
import { openStore } from '../../collector/store/open-store.ts';
import { counter, insert } from '../collector/incidents/running-detection.ts';
import { type HttpReceiver, startReceiver } from '../collector/notify/http-receiver.ts';
import {
  alertmanagerUnavailable,
  type RealAlertmanager,
  startAlertmanager,
} from '../collector/notify/real-alertmanager.ts';
import { type Receiver, startReceiver as startOtlpReceiver } from '../collector/otlp/receiver.ts';
import { logsOf } from '../collector/otlp/sent.ts';
import { findProgram, programMissing } from '../support/programs.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

const SHIPPED = join(import.meta.dirname, '../../collector/prometheus');
const missing = programMissing('prometheus') ?? programMissing('promtool') ?? alertmanagerUnavailable;

describe.skipIf(missing)(`Prometheus and Alertmanager${missing ? ` (${missing})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-prometheus-'));
  let child: ChildProcess | undefined;
  let collector: Collector;
  let prometheus: string;
  let alertmanager: RealAlertmanager;
  let pager: HttpReceiver;
  let otlp: Receiver;

  beforeAll(async () => {
    const dataDir = join(folder, 'collector');
    mkdirSync(dataDir);
    await faultyFleet(dataDir);
    pager = await startReceiver();
    alertmanager = await startAlertmanager(pager.url);
    const notify = notifySchema.parse({
      version: 1,
      receivers: [{ name: 'alerts', type: 'alertmanager', url: alertmanager.url }],
      routes: [{ name: 'all', receivers: ['alerts'] }],
    });
    otlp = await startOtlpReceiver();
    collector = await startCollector({
      ...{ port: 0, dataDir, log: SILENT_LOG, version: '0.0.0', notify },
      otlp: { url: otlp.url, headers: {} },
    });
    const port = await freePort();
    prometheus = `http://127.0.0.1:${port}`;
    copyFileSync(join(SHIPPED, 'outrider.rules.yml'), join(folder, 'outrider.rules.yml'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
        rule_files: ['outrider.rules.yml'],
        alerting: {
          alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }],
        },
        scrape_configs: [
          { job_name: 'outrider', static_configs: [{ targets: [`127.0.0.1:${collector.port}`] }] },
        ],
      }),
    );
    child = spawn(
      findProgram('prometheus') ?? '',
      [
        '--config.file=prometheus.yml',
        `--storage.tsdb.path=${join(folder, 'series')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { cwd: folder, stdio: 'ignore' },
    );
  }, 120_000);

  afterAll(async () => {
    child?.kill('SIGKILL');
    await collector?.close();
    await alertmanager?.close();
    await pager?.close();
    await otlp?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Results of two minutes, of which the second half is slow in one region: the collector finds the incident when it starts. */
  async function faultyFleet(dataDir: string): Promise<void> {
    const { observations } = syntheticFleet({
      seed: 1,
      startMs: Date.now() - 120_000,
      lengthMs: 118_000,
      faults: [{ kind: 'latency', value: 400, atMs: 60_000, lengthMs: 1e9, region: 'eu-west' }],
    });
    const store = await openStore({ dataDir });
    await insert(store, observations, counter());
    await store.close();
  }

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

  it('tell of an incident that is going on: by the rules, and by the collector itself', async () => {
    const named = (name: string) => (list: Awaited<ReturnType<RealAlertmanager['alerts']>>) =>
      list.find(({ labels }) => labels.alertname === name);
    const [byRule, byCollector] = [named('OutriderIncidentOpen'), named('OutriderIncident')];
    const told = await until(alertmanager.alerts, (list) => Boolean(byRule(list) && byCollector(list)));
    expect(byRule(told)).toMatchObject({
      labels: { scope: 'region:eu-west', severity: expect.stringMatching(/^(warning|critical)$/) },
      annotations: { summary: 'Outrider: incident at region:eu-west' },
    });
    expect(byCollector(told)).toMatchObject({
      labels: { scope: 'region:eu-west', region: 'eu-west', metric: expect.stringMatching(/_ms$/) },
      annotations: { summary: expect.stringContaining('region:eu-west') },
    });
  });

  it('page somebody of both', async () => {
    const paged = async () =>
      pager
        .json<{ alerts: { labels: Record<string, string> }[] }>()
        .flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname));
    const names = await until(
      paged,
      (list) => list.includes('OutriderIncidentOpen') && list.includes('OutriderIncident'),
    );
    expect(names).not.toContain('OutriderCollectorDown');
  });

  it('are not alone: a receiver of OTLP has the incident as a log record', async () => {
    const logs = await until(
      async () => logsOf(otlp),
      (list) => list.length > 0,
    );
    expect(logs[0]).toMatchObject({
      eventName: 'outrider.incident.opened',
      attributes: { 'outrider.incident.scope': 'region:eu-west' },
    });
    const page = await (await fetch(`http://127.0.0.1:${collector.port}/metrics`)).text();
    expect(page).toMatch(/^outrider_otlp_logs_sent_total [1-9]/m);
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
