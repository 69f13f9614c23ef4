/** ClickHouse away under load, killed and stopped: the collector does not grow, agents spool, and all of it is stored afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { accountRows, MB } from './support/fleet-rows.ts';
import { fleetSettings } from './support/fleet-settings.ts';
import { FleetStage } from './support/fleet-stage.ts';
import { between, highest } from './support/process-samples.ts';

const SETTLE_MS = 30_000;
/** What came before is measured over this. */
const BEFORE_MS = 20_000;
const OUTAGE_S = 300;
const RECOVERY_MS = 600_000;
const RECOVERY_GOAL_S = 120;
const PROGRESS_MS = 15_000;

export const outageBenchmark: Benchmark = {
  name: 'outage',
  summary:
    'ClickHouse away for 5 minutes under load, once killed and once stopped: growth, and the time to catch up.',
  run,
};

/** How the server goes away, and how it comes back. */
const KINDS = {
  killed: {
    leave: (stage: FleetStage) => stage.killServer(),
    return: (stage: FleetStage) => stage.restartServer(),
  },
  /** It takes connections and never answers, which is the harder half: nothing fails at once. */
  stopped: {
    leave: async (stage: FleetStage) => void process.kill(stage.server.pid, 'SIGSTOP'),
    return: async (stage: FleetStage) => void process.kill(stage.server.pid, 'SIGCONT'),
  },
} as const;

async function run(progress: Progress): Promise<Row[]> {
  const settings = fleetSettings();
  const stage = await FleetStage.start({ ...settings, engine: 'server', progress });
  try {
    await sleep(SETTLE_MS);
    const rows: Row[] = [];
    for (const kind of ['killed', 'stopped'] as const)
      rows.push(...(await outage(stage, kind, settings.seconds ?? OUTAGE_S, progress)));
    const summary = await stage.finish();
    return [...rows, ...accountRows(summary)];
  } finally {
    await stage.stop();
  }
}

async function outage(
  stage: FleetStage,
  kind: keyof typeof KINDS,
  seconds: number,
  progress: Progress,
): Promise<Row[]> {
  const { fleet } = stage;
  await sleep(BEFORE_MS);
  const leftMs = Date.now();
  const before = highest(between(stage.samples?.samples ?? [], leftMs - BEFORE_MS, leftMs));
  progress(`ClickHouse is ${kind} for ${seconds} s; the collector has ${(before / MB).toFixed(0)} MB`);
  await KINDS[kind].leave(stage);
  for (let waitMs = seconds * 1000; waitMs > 0; waitMs -= PROGRESS_MS) {
    await sleep(Math.min(PROGRESS_MS, waitMs));
    const { connected, spooled, dropped } = fleet.latest;
    const rss = (stage.samples?.look()?.rssBytes ?? 0) / MB;
    progress(`${connected} connected, ${spooled} spooled, ${dropped} dropped, ${rss.toFixed(0)} MB`);
  }
  const connected = fleet.latest.connected;
  await KINDS[kind].return(stage);
  const returnedMs = Date.now();
  const spooled = fleet.latest.spooled;
  progress(`ClickHouse is back; agents hold ${spooled} results`);
  const caughtUp = await fleet.until(
    'caught up',
    (now) => now.atMs > returnedMs && now.oldestMs < now.atMs - returnedMs,
    RECOVERY_MS,
  );
  const tookS = (caughtUp.atMs - returnedMs) / 1000;
  progress(`everything is stored ${tookS.toFixed(1)} s after its return`);
  const during = highest(between(stage.samples?.samples ?? [], leftMs, returnedMs));
  const after = highest(between(stage.samples?.samples ?? [], returnedMs, Number.POSITIVE_INFINITY));
  return [
    row(`${kind}_for`, seconds, 's'),
    row(`${kind}_rss_before`, before / MB, 'MB'),
    row(`${kind}_rss_growth`, Math.max(0, during - before) / MB, 'MB', { goal: atMost(100) }),
    row(`${kind}_rss_growth_catching_up`, Math.max(0, after - before) / MB, 'MB'),
    row(`${kind}_connected_at_end`, connected, 'agents'),
    row(`${kind}_spooled_at_end`, spooled, 'results'),
    row(`${kind}_all_stored_after`, tookS, 's', { goal: atMost(RECOVERY_GOAL_S) }),
  ];
}
