/** One collector under a large fleet: its memory and processor time, how soon results are durable, and a crash. */
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { accountRows, MB } from './support/fleet-rows.ts';
import { fleetSettings } from './support/fleet-settings.ts';
import { FleetStage } from './support/fleet-stage.ts';
import { between, cpuShare, highest } from './support/process-samples.ts';

/** After the last agent connected, and after the crash, until things are as they stay. */
const SETTLE_MS = 10_000;
const STEADY_S = 60;
const BACK_MS = 180_000;
const BACK_GOAL_S = 60;
const PROGRESS_MS = 15_000;

export const fleetBenchmark: Benchmark = {
  name: 'fleet',
  summary:
    'One collector with 10,000 agents at 1000 results/s: memory, time to the ack, and a kill -9 under load.',
  run,
};

interface Steady {
  readonly rssBytes: number;
  readonly cpuShare: number;
  readonly ratePerS: number;
  readonly ackMs: { readonly p50: number; readonly p99: number };
}

async function run(progress: Progress): Promise<Row[]> {
  const settings = fleetSettings();
  const stage = await FleetStage.start({ ...settings, progress });
  try {
    const { emptyBytes } = stage;
    await sleep(SETTLE_MS);
    const steady = await measureSteady(stage, settings.seconds ?? STEADY_S, progress);
    const crash = await crashOnce(stage, settings.agents, progress);
    await sleep(SETTLE_MS);
    const summary = await stage.finish();
    const above = settings.engine === 'server' ? steady.rssBytes : steady.rssBytes - emptyBytes;
    const empty = { name: 'collector without agents', value: emptyBytes / MB };
    return [
      row('agents', summary.connected, 'agents'),
      row('connect_all', summary.connect_seconds, 's'),
      row('rate', steady.ratePerS, 'results/s'),
      row('rss_collector', steady.rssBytes / MB, 'MB', { peer: empty }),
      row('rss_above_engine', above / MB, 'MB', { goal: atMost(1000) }),
      row('rss_per_agent', (steady.rssBytes - emptyBytes) / settings.agents / 1000, 'kB'),
      row('cpu', steady.cpuShare, 'cores'),
      row('cpu_per_result', (steady.cpuShare / steady.ratePerS) * 1e6, 'us'),
      row('ack_p50', steady.ackMs.p50, 'ms'),
      row('ack_p99', steady.ackMs.p99, 'ms', { goal: atMost(2000) }),
      row('restart_serves_after', crash.servesS, 's'),
      row('all_back_after', crash.backS, 's', { goal: atMost(BACK_GOAL_S) }),
      row('all_delivered_after', crash.deliveredS, 's'),
      ...accountRows(summary),
    ];
  } finally {
    await stage.stop();
  }
}

async function measureSteady(stage: FleetStage, seconds: number, progress: Progress): Promise<Steady> {
  progress(`measuring for ${seconds} s`);
  const { fleet } = stage;
  fleet.mark();
  const from = fleet.latest;
  for (let leftMs = seconds * 1000; leftMs > 0; leftMs -= PROGRESS_MS) {
    await sleep(Math.min(PROGRESS_MS, leftMs));
    const { connected, spooled, ackMs } = fleet.latest;
    const rss = (stage.samples?.look()?.rssBytes ?? 0) / MB;
    progress(
      `${connected} connected, ${spooled} spooled, ack p99 ${ackMs?.p99.toFixed(0) ?? '–'} ms, ${rss.toFixed(0)} MB`,
    );
  }
  const until = fleet.latest;
  const samples = between(stage.samples?.samples ?? [], from.atMs, Number.POSITIVE_INFINITY);
  return {
    rssBytes: highest(samples),
    cpuShare: cpuShare(samples),
    ratePerS: ((until.acked - from.acked) * 1000) / (until.atMs - from.atMs),
    ackMs: until.ackMs ?? { p50: Number.NaN, p99: Number.NaN },
  };
}

/** Seconds, all from the kill. */
async function crashOnce(stage: FleetStage, agents: number, progress: Progress) {
  progress('killing the collector with SIGKILL, and starting it again');
  const { fleet } = stage;
  const { reconnects } = fleet.latest;
  const killedAtMs = Date.now();
  const servesMs = await stage.restartCollector();
  progress(`it serves again after ${(servesMs / 1000).toFixed(1)} s`);
  const back = await fleet.until(
    'all back',
    (now) => now.connected === agents && now.reconnects - reconnects >= agents,
    BACK_MS,
  );
  const backMs = back.atMs - killedAtMs;
  progress(`all ${agents} are back after ${(backMs / 1000).toFixed(1)} s`);
  // Every result of before that instant is acknowledged when the oldest that waits is younger.
  const delivered = await fleet.until('all delivered', (now) => now.oldestMs < now.atMs - back.atMs, BACK_MS);
  return {
    servesS: servesMs / 1000,
    backS: backMs / 1000,
    deliveredS: (delivered.atMs - killedAtMs) / 1000,
  };
}
