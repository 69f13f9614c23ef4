/** A collector with the same fleet, checks and results every time: three regions, of which eu-west is slow and fails since 11:48. */
import type { Health } from '../../../protocol/frame.ts';
import { type RunningApi, startApi } from '../../collector/api/running-api.ts';
import type { GoldenOptions } from './golden.ts';

export const GOLDEN_NOW_MS = Date.UTC(2026, 10, 21, 12);
const REGIONS = ['ap-southeast', 'eu-west', 'us-east'] as const;
const FAULT_MS = Date.UTC(2026, 10, 21, 11, 48);

const SPEC = {
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

/** As an agent that is well says it. */
function healthOf({ registry }: RunningApi, agent: string, nth: number): Health {
  return {
    ...{ type: 'health', sentMs: GOLDEN_NOW_MS, pending: nth, running: 0, dropped: {}, lastError: '' },
    ...{ scheduleRevision: registry.agent(agent)?.revision ?? 0, eventLoopDelayMs: 1.2, cpuRatio: 0.013 },
    ...{ rssBytes: 71e6 + nth * 1e6, clockOffsetMs: 0.4, latenessMs: 2 },
    ...{ light: { running: 0, waiting: 0 }, browser: { running: 0, waiting: 0 } },
    ...{ link: { sessions: 1, collector: 1, collectors: 1 } },
    spool: {
      ...{ bytes: 500, bytesMax: 64e6, oldestAgeMs: 100, ageMaxMs: 86_400_000 },
      ...{ inFlight: 0, lastSeq: 10, refusing: false },
    },
  };
}

export async function startGoldenFleet(options: { readonly notify?: unknown } = {}): Promise<GoldenFleet> {
  const api = await startApi({ startMs: GOLDEN_NOW_MS - 3_600_000, ...options });
  await api.registry.apply(SPEC);
  for (const region of REGIONS) await api.connect(`${region}-1`, region);
  api.clock.nowMs = GOLDEN_NOW_MS;
  for (const [nth, region] of REGIONS.entries())
    await api.insert(
      region,
      Array.from({ length: 120 }, (_, i) => {
        const scheduledMs = GOLDEN_NOW_MS - 3_600_000 + i * 30_000;
        const isBad = region === 'eu-west' && scheduledMs >= FAULT_MS;
        const common = { probe: 'edge', target: 'clips', scheduledMs } as const;
        return isBad && i % 4 === 0
          ? ({ ...common, outcome: 'fail', failure, metrics: {} } as const)
          : { ...common, metrics: { ttfb_ms: (20 + 10 * nth + ((i * 7) % 13)) * (isBad ? 12 : 1) } };
      }),
    );
  for (const [nth, region] of REGIONS.entries())
    api.registry.heard(`${region}-1`, healthOf(api, `${region}-1`, nth));
  return {
    api,
    options: { collector: api.url, nowMs: GOLDEN_NOW_MS },
    close: () => api.close(),
  };
}
