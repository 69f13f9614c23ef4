/** Time to detect in a running fleet: real agents, real video, faults in the way of one region, from the fault to the incident. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SANDBOX_HOST } from '../../cli/up/default-probes.ts';
import { Fleet } from '../../cli/up/fleet.ts';
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import type { Spec } from '../../probes/spec.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { median } from './support/stats.ts';

const RUNS = 3;
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const AGENTS = 3;
const EVERY_S = 5;
const TIMEOUT_S = 5;
/** On every turn, always: a first frame takes about a second, so that a third more is more than the least that counts. */
const BASE_MS = 400;
const SLOWER = 0.3;
/** Baselines are ready after twelve runs. */
const WARM_S = 90;
/** Between the end of an incident and the next fault in that region; at least, between a fault found and the next. */
const REST_S = 30;
const GAP_S = 8;
const POLL_MS = 250;
const GIVE_UP_S = 180;
const REMEMBERED_MS = 3_600_000;

const KINDS = {
  slower: { fault: `latency=${Math.round(BASE_MS * SLOWER)}ms`, goalS: 40 },
  failing: { fault: 'error=503:20%', goalS: 60 },
  blackhole: { fault: 'blackhole', goalS: TIMEOUT_S + 3 * EVERY_S },
} as const;

type Kind = keyof typeof KINDS;

export const detectLiveBenchmark: Benchmark = {
  name: 'detect-live',
  summary:
    'Time from a fault in the way of one region to its incident, in a running fleet: a first frame that takes 30 % longer, 20 % of requests failing, a blackhole.',
  run,
};

/** Light probes every five seconds. */
function spec(): Spec {
  const timing = { every: `${EVERY_S}s`, timeout: `${TIMEOUT_S}s`, params: {}, from: {}, paused: false };
  const base = `http://${SANDBOX_HOST}`;
  return {
    version: 1,
    targets: [
      { name: 'playlist', url: `${base}/hls/fmp4/master.m3u8`, labels: {} },
      { name: 'clip-mp4', url: `${base}/v/clip.mp4`, labels: {} },
      { name: 'clip-hls', url: `${base}/hls/fmp4/master.m3u8`, labels: {} },
    ],
    probes: [
      { name: 'edge-http', type: 'http', targets: ['playlist'], ...timing },
      { name: 'play-light', type: 'playback', targets: ['clip-mp4', 'clip-hls'], ...timing },
    ],
  };
}

const ALWAYS = REGIONS.map((region) => `${region}:latency=${BASE_MS}ms@0s`);

async function run(progress: Progress, print: Progress): Promise<Row[]> {
  const runs = timesOf('OUTRIDER_BENCH_RUNS', RUNS);
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
  try {
    const fleet = await Fleet.start({
      dataDir,
      port: 0,
      clickhouse: undefined,
      regions: REGIONS,
      agentsPerRegion: AGENTS,
      browserPath: undefined,
      target: undefined,
      spec: spec(),
      progress,
    });
    try {
      return await measure(fleet, runs, progress, print);
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** A fault that was in effect, and when its incident was found. */
interface Found {
  readonly kind: Kind;
  readonly region: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Undefined where it was given up. */
  readonly seconds: number | undefined;
}

async function measure(fleet: Fleet, runs: number, progress: Progress, print: Progress): Promise<Row[]> {
  fleet.inject(ALWAYS);
  const beganMs = Date.now();
  progress(`baselines for ${WARM_S} s; each request takes ${BASE_MS} ms`);
  await sleep(WARM_S * 1000);
  const found: Found[] = [];
  for (let turn = 0; turn < runs; turn += 1) {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      // Each kind comes to each region, and none to the same region twice in a row.
      const region = REGIONS[(found.length + turn) % REGIONS.length] as string;
      await rested(fleet, region);
      // Anywhere between the slots.
      await sleep(Math.random() * EVERY_S * 1000);
      const one = await timeToDetect(fleet, kind, region);
      progress(
        `${turn + 1} of ${runs}: ${kind} in ${region}: ${one.seconds === undefined ? 'not found' : `${one.seconds.toFixed(1)} s`}`,
      );
      found.push(one);
      await sleep(GAP_S * 1000);
    }
  }
  const incidents = await listed(fleet, beganMs);
  const others = incidents.filter((one) => !found.some((fault) => explains(fault, one)));
  print(
    [
      `${REGIONS.length} regions of ${AGENTS} agents, each check every ${EVERY_S} s with a timeout of ${TIMEOUT_S} s, ${runs} runs of each fault`,
      ...incidents.map(({ summary }) => summary),
    ].join('\n'),
  );
  return [
    ...(Object.keys(KINDS) as Kind[]).flatMap((kind) => kindRows(kind, found)),
    row('runs_disturbed', await disturbedShare(fleet), '1', { goal: atMost(0.2) }),
    row('incidents_beside', others.length, '1', { goal: atMost(0) }),
  ];
}

function kindRows(kind: Kind, found: readonly Found[]): Row[] {
  const all = found.filter((one) => one.kind === kind);
  const seconds = all.map((one) => one.seconds ?? GIVE_UP_S);
  return [
    row(`${kind}_detected_median`, median(seconds), 's', { goal: atMost(KINDS[kind].goalS) }),
    row(`${kind}_detected_worst`, Math.max(...seconds), 's'),
    row(`${kind}_not_detected`, all.filter((one) => one.seconds === undefined).length, '1', {
      goal: atMost(0),
    }),
  ];
}

async function timeToDetect(fleet: Fleet, kind: Kind, region: string): Promise<Found> {
  const fromMs = Date.now();
  fleet.inject([...ALWAYS, `${region}:${KINDS[kind].fault}@0s`]);
  const giveUpMs = fromMs + GIVE_UP_S * 1000;
  let incident: IncidentJson | undefined;
  while (!incident && Date.now() < giveUpMs) {
    await sleep(POLL_MS);
    const fresh = await listed(fleet, fromMs);
    incident = fresh.find((one) => one.scope === `region:${region}` && Date.parse(one.detected_at) >= fromMs);
  }
  fleet.inject(ALWAYS);
  // When people could see it, not when the detector says that it was.
  const seconds = incident && (Date.now() - fromMs) / 1000;
  return { kind, region, fromMs, untilMs: Date.now(), seconds };
}

/** Resolves when the region has been without an open incident for a while, or it takes too long. */
async function rested(fleet: Fleet, region: string): Promise<void> {
  const giveUpMs = Date.now() + GIVE_UP_S * 1000;
  while (Date.now() < giveUpMs) {
    const all = (await listed(fleet, Date.now() - REMEMBERED_MS)).filter(
      (one) => one.scope === `region:${region}`,
    );
    const calmMs = Date.now() - REST_S * 1000;
    if (all.every((one) => one.resolved_at !== null && Date.parse(one.resolved_at) <= calmMs)) return;
    await sleep(4 * POLL_MS);
  }
}

async function listed(fleet: Fleet, sinceMs: number): Promise<readonly IncidentJson[]> {
  const { data } = await fleet.client.get<{ data: IncidentJson[] }>('/api/v1/incidents', {
    since: new Date(sinceMs).toISOString(),
  });
  return data;
}

/** Runs that the agents themselves say were held up by this machine: they have no vote, and no figure here means much without them. */
async function disturbedShare(fleet: Fleet): Promise<number> {
  const sql = 'SELECT countIf(disturbed = 1) / count() FROM results';
  const { rows } = await fleet.client.post<{ rows: [[number]] }>('/api/v1/query', { sql });
  return Number(rows[0][0]);
}

/** An incident that says what was done, and when. */
function explains({ region, fromMs, untilMs }: Found, { scope, detected_at }: IncidentJson): boolean {
  const detectedMs = Date.parse(detected_at);
  return scope === `region:${region}` && detectedMs >= fromMs && detectedMs <= untilMs + GAP_S * 1000;
}
