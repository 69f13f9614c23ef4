/**
 * A collector with the same fleet, checks, results and incidents every time: three regions of three agents, of which eu-west is slow
 * and fails since 11:48; the time is noon.
 */
import { runOf } from '../../../collector/evidence/evidence-reader.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { Evidence } from '../../../probes/evidence.ts';
import type { Health } from '../../../protocol/frame.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { type RunningApi, startApi } from '../../collector/api/running-api.ts';
import { healthOf } from '../../support/health.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import type { GoldenOptions } from './golden.ts';
import { GOLDEN_INCIDENTS } from './golden-incidents.ts';

export const GOLDEN_NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const EVERY_MS = 30_000;
const FAULT_MS = Date.UTC(2026, 10, 21, 11, 48);
const REGIONS = [
  ['ap-southeast', { country: 'SG', city: 'Singapore', isp: 'Example Telecom Singapore' }],
  ['eu-west', { country: 'DE', city: 'Frankfurt', isp: 'Example Telekom' }],
  ['us-east', { country: 'US', city: 'Ashburn', isp: 'Cable Two' }],
] as const;

export const GOLDEN_SPEC = {
  version: 1,
  targets: [{ name: 'clips', url: 'https://cdn.example.net/clips/today.mp4' }],
  probes: [
    {
      ...{ name: 'edge', type: 'http', targets: ['clips'], every: '30s', timeout: '10s' },
      slo: { objective: '99.5%', window: '7d' },
    },
  ],
};

const failure = { layer: 'http', blame: 'target', code: 'status', message: 'HTTP 503' } as const;

export interface GoldenFleet {
  readonly api: RunningApi;
  /** For every command that asks it. */
  readonly options: GoldenOptions;
  close(): Promise<void>;
}

export async function startGoldenFleet(): Promise<GoldenFleet> {
  const api = await startApi({ startMs: GOLDEN_NOW_MS - HOUR_MS });
  await api.registry.apply(GOLDEN_SPEC);
  for (const [region] of REGIONS) for (const nth of [1, 2, 3]) await api.connect(`${region}-${nth}`, region);
  api.clock.nowMs = GOLDEN_NOW_MS;
  await insertRuns(api);
  await insertEvidence(api);
  for (const [region] of REGIONS)
    for (const nth of [1, 2, 3])
      api.registry.heard(`${region}-${nth}`, goldenHealth(api, `${region}-${nth}`, nth));
  for (const incident of GOLDEN_INCIDENTS)
    api.shelf.put(incident.status === 'open' ? 'opened' : 'resolved', incident);
  return {
    api,
    options: { collector: api.url, nowMs: GOLDEN_NOW_MS },
    close: () => api.close(),
  };
}

/** An hour of each agent, in the middle of its steps. */
async function insertRuns({ store }: RunningApi): Promise<void> {
  const rows = REGIONS.flatMap(([region, labels], place) =>
    [1, 2, 3].flatMap((nth) =>
      Array.from({ length: HOUR_MS / EVERY_MS }, (_, i) => {
        const agent = `${region}-${nth}`;
        const scheduledMs = GOLDEN_NOW_MS - HOUR_MS + i * EVERY_MS + 5000 * nth;
        const row = { agent, boot: `${agent}-boot`, labels: labelsOf(region, labels) };
        return rowOf(i + 1, { ...runAt(region, place, i, scheduledMs), scheduledMs }, row);
      }),
    ),
  );
  await store.insertResults(resultBlock('golden', rows), { ingestedMs: GOLDEN_NOW_MS });
}

function runAt(region: string, place: number, i: number, scheduledMs: number): Partial<ResultRecord> {
  const isBad = region === 'eu-west' && scheduledMs >= FAULT_MS;
  const common = { probe: 'edge', target: 'clips' } as const;
  if (isBad && i % 4 === 0) return { ...common, outcome: 'fail', failure, metrics: {}, durationMs: 61 };
  const ttfb = (20 + 10 * place + ((i * 7) % 13)) * (isBad ? 12 : 1);
  return { ...common, metrics: { ttfb_ms: ttfb, run_ms: ttfb + 20 }, durationMs: ttfb + 20 };
}

const EVIDENCE: Evidence = {
  dials: [
    {
      host: 'cdn.example.net',
      port: 443,
      startMs: 0,
      address: '192.0.2.7',
      dnsMs: 4,
      connectMs: 11,
      tlsMs: 14,
    },
  ],
  requests: [
    {
      ...{ method: 'GET', url: 'https://cdn.example.net/clips/today.mp4', startMs: 29 },
      ...{ headers: { accept: 'video/mp4' }, status: 503, headMs: 60 },
      ...{
        answerHeaders: { 'retry-after': '30', server: 'edge-ams1' },
        body: 'no healthy upstream',
        bodyBytes: 19,
      },
    },
  ],
  requestsLeftOut: 0,
  phases: [
    { name: 'dns', startMs: 0, durationMs: 4 },
    { name: 'connect', startMs: 4, durationMs: 11, note: '192.0.2.7:443' },
    { name: 'tls', startMs: 15, durationMs: 14, note: 'TLSv1.3' },
    { name: 'ttfb', startMs: 29, durationMs: 31, note: '503' },
  ],
};

/** Of the newest failed run of each agent. */
async function insertEvidence({ store }: RunningApi): Promise<void> {
  const rows = [1, 2, 3].map((nth) => {
    const agent = `eu-west-${nth}`;
    const scheduled = new Date(GOLDEN_NOW_MS - 4 * EVERY_MS + 5000 * nth).toISOString();
    const key = {
      agent,
      boot: `${agent}-boot`,
      probe: 'edge',
      target: 'clips',
      scheduled_at: scheduled,
      request_id: '',
    };
    return {
      ...{ agent, run: runOf(key), probe: 'edge', target: 'clips' },
      ...{ at: scheduled.replace('T', ' ').replace('Z', ''), evidence: JSON.stringify(EVIDENCE) },
    };
  });
  await store.insertRows('evidence', rows);
}

/** As an agent that is well says it. */
const goldenHealth = ({ registry }: RunningApi, agent: string, nth: number): Health =>
  healthOf({
    ...{ sentMs: GOLDEN_NOW_MS, pending: nth - 1, scheduleRevision: registry.agent(agent)?.revision ?? 0 },
    ...{ eventLoopDelayMs: 1.2, cpuRatio: 0.013, rssBytes: 71e6 + nth * 1e6 },
  });
