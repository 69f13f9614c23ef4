/** `/metrics` of a large fleet: what it costs follows from regions and checks, never from agents. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { type ParsedFamily, parsePrometheus } from './parse-prometheus.ts';
import { helloOf, type RunningApi, startApi } from './running-api.ts';

const AGENTS = 1000;
const REGIONS = 30;
const PROBES = ['page', 'clip', 'feed', 'upload', 'publish', 'api'];
const SPEC = {
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.sandbox.test/' }],
  probes: PROBES.map((name) => ({ name, type: 'http', targets: ['origin'], every: '30s', timeout: '5s' })),
};
/** Every label that there may be: each has few values, however many agents there are. */
const LABELS = [
  ...['probe', 'type', 'target', 'region', 'phase', 'state', 'outcome', 'scope', 'severity', 'code'],
  ...['version', 'node', 'engine', 'clickhouse', 'reason', 'receiver', 'result'],
];

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
});
afterAll(() => api?.close());

/** The agents of these numbers come, and each runs every check once. */
async function come(from: number, until: number): Promise<void> {
  const numbers = Array.from({ length: until - from }, (_, n) => from + n);
  const region = (n: number) => `region-${n % REGIONS}`;
  await Promise.all(
    numbers.map((n) => api.registry.connected(helloOf(`agent-${n}`, region(n)), { send: () => undefined })),
  );
  const scheduledMs = api.clock.nowMs - 5000;
  const metrics = { dns_ms: 5, connect_ms: 10, tls_ms: 20, ttfb_ms: 200, transfer_ms: 35 };
  const attributes = {
    http_status: '200',
    http_version: '2',
    tls_version: 'TLSv1.3',
    server_ip: '192.0.2.1',
  };
  const rows = numbers.flatMap((n) =>
    PROBES.map((probe, index) =>
      rowOf(
        1 + index,
        { probe, scheduledMs, metrics, attributes },
        { agent: `agent-${n}`, boot: `agent-${n}-boot`, labels: labelsOf(region(n)) },
      ),
    ),
  );
  await api.store.insertResults(resultBlock(`come-${from}`, rows), { ingestedMs: api.clock.nowMs });
}

const page = async (): Promise<string> => (await api.get('/metrics')).body;
const seriesOf = (families: ReadonlyMap<string, ParsedFamily>): string[] =>
  [...families].flatMap(([name, { samples }]) =>
    samples.map(({ labels }) => `${name} ${JSON.stringify(labels)}`),
  );

describe(`/metrics of ${AGENTS} agents in ${REGIONS} regions`, () => {
  it('has the series that it has with one agent a region, and no more', async () => {
    await come(0, REGIONS);
    const few = seriesOf(parsePrometheus(await page()));
    await come(REGIONS, AGENTS);
    const text = await page();
    const many = seriesOf(parsePrometheus(text));
    expect(many).toEqual(few);
    expect(many.length).toBeLessThan(3000);
    expect(text.length).toBeLessThan(300_000);
    expect(text).toContain('outrider_agents{region="region-7",state="connected"} 34');
  }, 120_000);

  it('has no label that grows with the fleet', async () => {
    const families = parsePrometheus(await page());
    const names = [...families.values()].flatMap(({ samples }) =>
      samples.flatMap(({ labels }) => Object.keys(labels)),
    );
    expect([...new Set(names)].filter((name) => !LABELS.includes(name))).toEqual([]);
  });

  it('goes compressed to who takes that', async () => {
    const response = await fetch(`${api.url}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(parsePrometheus(await response.text()).size).toBeGreaterThan(50);
    const plain = await fetch(`${api.url}/metrics`, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
  });
});
