/** Whether publishing is told as it was: first playable, all renditions, visible in each region; also when an agent dies midway. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SANDBOX_HOST } from '../../cli/up/default-probes.ts';
import { atLeast, atMost, type Goal, type Progress, type Row, row, within } from './benchmark.ts';
import { BenchFleet, type StartedAgent } from './support/bench-fleet.ts';

const UPLOADER = 'eu-west';
/** How much later than the uploader’s each region sees an upload, milliseconds. */
const PROPAGATION_MS = { 'us-east': 500, 'sa-east': 1500, 'ap-south': 3000 } as const;
const WATCHERS = Object.keys(PROPAGATION_MS) as (keyof typeof PROPAGATION_MS)[];
/** From the end of the upload until each rendition plays. */
const RENDITIONS_MS = { '360p': 1000, '720p': 2500 } as const;
const POLL_MS = 500;
/** What is found plays first: a start by the twin, 15 ms of it for a decoder, is part of every time. */
const START_MS = 50;
const WITHIN_POLL: Goal = {
  text: `0 to ${POLL_MS} + ${START_MS}`,
  met: (ms) => ms >= 0 && ms <= POLL_MS + START_MS,
};
/** The watcher that is killed would have to wait for longer than it lives. */
const KILLED = { region: 'ap-south', propagationMs: 8000, afterMs: 2500 } as const;
const VISIBLE_WITHIN_MS = 12_000;
const TIMEOUT_MS = 40_000;
const LOOK_MS = 500;
const PROBE = 'bench-publish';
const SIZE_BYTES = 400_000;

/** The row of the uploader. */
interface Published {
  readonly outcome: string;
  readonly metrics: Readonly<Record<string, number | undefined>>;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  /** From the order to the row. */
  readonly tookMs: number;
}

/** What a region has of it. */
interface Visible {
  readonly region: string;
  readonly visibleMs: number | null;
  readonly missedReason: string;
  /** One, or something was told twice. */
  readonly rows: number;
}

interface Publication {
  readonly published: Published;
  readonly visible: readonly Visible[];
}

export async function publishRows(rounds: number, progress: Progress): Promise<Row[]> {
  const fleet = await BenchFleet.start(1, [UPLOADER, ...WATCHERS]);
  try {
    const cacheDir = join(fleet.dataDir, 'cache');
    mkdirSync(cacheDir);
    const agents = new Map<string, StartedAgent>();
    for (const region of [UPLOADER, ...WATCHERS]) agents.set(region, await fleet.startAgent(cacheDir));
    await apply(fleet, PROPAGATION_MS);
    const publications: Publication[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`publish, round ${round} of ${rounds}`);
      publications.push(await publishOnce(fleet));
    }
    progress(`publish: the agent of ${KILLED.region} is killed midway`);
    await apply(fleet, { ...PROPAGATION_MS, [KILLED.region]: KILLED.propagationMs });
    const bereaved = await publishOnce(fleet, () => {
      process.kill(agents.get(KILLED.region)?.process.pid ?? 0, 'SIGKILL');
    });
    const left = readdirSync(join(fleet.dataDir, 'sandbox', 'uploads')).length;
    return [
      ...timeRows(publications),
      ...bereavedRows(bereaved),
      row('publish_objects_left', left, 'files', { goal: atMost(0) }),
    ];
  } finally {
    await fleet.stop();
  }
}

async function apply(fleet: BenchFleet, propagationMs: Readonly<Record<string, number>>): Promise<void> {
  const listed = (delays: Readonly<Record<string, number>>): string =>
    Object.entries(delays)
      .map(([name, ms]) => `${name}:${ms}`)
      .join(',');
  const query = `renditions=${listed(RENDITIONS_MS)}&propagate=${listed(propagationMs)}`;
  const target = { name: PROBE, url: `http://${SANDBOX_HOST}/upload/?${query}`, labels: {} };
  const probe = {
    name: PROBE,
    type: 'publish',
    targets: [target.name],
    every: '1h',
    timeout: `${TIMEOUT_MS}ms`,
    from: { region: [UPLOADER] },
    params: {
      upload: { protocol: 'put', sizeBytes: SIZE_BYTES },
      status: { request: { url: '{/status_url}' }, fields: { renditions: '/renditions' } },
      pollMs: POLL_MS,
      visibleFrom: WATCHERS.map((region) => ({ region: [region] })),
      visibleWithinMs: VISIBLE_WITHIN_MS,
    },
  };
  await fleet.client.post('/api/v1/probes/apply', {
    spec: { version: 1, targets: [target], probes: [probe] },
    dry_run: false,
  });
}

/** `midway` is called some time after the order, while regions are watched from. */
async function publishOnce(fleet: BenchFleet, midway?: () => void): Promise<Publication> {
  const startMs = performance.now();
  const asked = await fleet.client.post<{ request_id: string }>(`/api/v1/probes/${PROBE}/run`, { from: {} });
  if (midway) {
    await sleep(KILLED.afterMs);
    midway();
  }
  const published = await publishedBy(fleet, asked.request_id, startMs);
  return { published, visible: await visibleOf(fleet, published.attributes.publish_run ?? '') };
}

async function publishedBy(fleet: BenchFleet, requestId: string, startMs: number): Promise<Published> {
  const sql = `SELECT toString(outcome), metrics, attributes FROM runs WHERE request_id = '${requestId}' AND trigger = 'manual'`;
  while (performance.now() - startMs < 2 * TIMEOUT_MS) {
    await sleep(LOOK_MS);
    const { rows } = await fleet.client.post<{
      rows: [string, Published['metrics'], Published['attributes']][];
    }>('/api/v1/query', { sql });
    const [first] = rows;
    if (first) {
      const [outcome, metrics, attributes] = first;
      return { outcome, metrics, attributes, tookMs: performance.now() - startMs };
    }
  }
  throw new Error('the uploader left no row');
}

async function visibleOf(fleet: BenchFleet, publishRun: string): Promise<Visible[]> {
  const sql = `SELECT region, any(metrics['publish_visible_ms']), any(toString(missed_reason)), toUInt32(count()) FROM runs
    WHERE request_id = '${publishRun}' AND trigger = 'publish' GROUP BY region`;
  const { rows } = await fleet.client.post<{ rows: [string, number | null, string, number][] }>(
    '/api/v1/query',
    { sql },
  );
  return rows.map(([region, visibleMs, missedReason, count]) => ({
    region,
    visibleMs,
    missedReason,
    rows: count,
  }));
}

/** Each is late by no more than the interval of polling, and a start of the clip, which is what plays. */
function timeRows(publications: readonly Publication[]): Row[] {
  const whole = publications.filter(({ published }) => published.outcome === 'ok').length;
  const firstMs = Math.min(...Object.values(RENDITIONS_MS));
  const lastMs = Math.max(...Object.values(RENDITIONS_MS));
  const own = (name: string, injectedMs: number): Row =>
    lateRow(
      name,
      injectedMs,
      publications.map(({ published }) => published.metrics[`publish_${name}_ms`] ?? Number.NaN),
    );
  return [
    row('publish_ok', (whole / publications.length) * 100, '%', { goal: atLeast(100) }),
    own('playable', firstMs),
    own('all_renditions', lastMs),
    ...WATCHERS.map((region) => {
      const seen = publications.map(
        ({ visible }) => visible.find((one) => one.region === region)?.visibleMs ?? Number.NaN,
      );
      return lateRow(`visible_${region}`, firstMs + PROPAGATION_MS[region], seen);
    }),
  ];
}

function lateRow(name: string, injectedMs: number, seenMs: readonly number[]): Row {
  const farthest = seenMs.map((ms) => ms - injectedMs).toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  return row(`publish_${name}_late`, farthest ?? Number.NaN, 'ms', {
    peer: { name: 'injected', value: injectedMs },
    goal: WITHIN_POLL,
  });
}

function bereavedRows({ published, visible }: Publication): Row[] {
  const killed = visible.filter(({ region }) => region === KILLED.region);
  const missed = killed.filter(({ missedReason, rows }) => missedReason === 'agent_down' && rows === 1);
  const others = visible.filter(({ region, visibleMs }) => region !== KILLED.region && visibleMs !== null);
  return [
    row('publish_killed_missed', missed.length, 'rows', { goal: within(1, 0) }),
    row('publish_killed_others_visible', others.length, 'regions', { goal: atLeast(WATCHERS.length - 1) }),
    row('publish_killed_took', published.tookMs, 'ms', { goal: atMost(TIMEOUT_MS) }),
  ];
}
