/** The built agent for a long time at a steady rate: whether its memory and its cost of a run stay as they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSingleFile } from '../../agent/deploy/build-single-file.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { BenchFleet, type StartedAgent } from './support/bench-fleet.ts';
import { timesOf } from './support/bench-settings.ts';
import { applyHttp, runsOf, startWarmAgent } from './support/cost-stage.ts';
import {
  between,
  bytesPerHour,
  cpuShare,
  highest,
  lowest,
  ProcessSamples,
} from './support/process-samples.ts';

/** Runs a second of each agent. */
const RATES = [1, 100] as const;
const MINUTES = 30;
const MINUTE_MS = 60_000;
/** Caches fill, the heap and the database find their size. */
const WARM_UP_SHARE = 0.2;
/** 1 MB in 20 minutes: below it the noise of a heap of this size cannot be told from growth in so short a time. */
const GROWTH_GOAL = 3;
const RSS_GOALS: Readonly<Record<number, number>> = { 1: 80, 100: 120 };
const MB = 1e6;
const root = join(import.meta.dirname, '..', '..');

export const enduranceBenchmark: Benchmark = {
  name: 'endurance',
  summary: `The built agent for ${MINUTES} minutes at 1 and at 100 http runs a second: memory minute by minute (OUTRIDER_BENCH_MINUTES).`,
  run,
};

interface Soaked {
  readonly perSecond: number;
  readonly agent: StartedAgent;
  readonly watch: ProcessSamples;
  readonly minutes: Minute[];
}

interface Minute {
  /** The middle of it, Unix milliseconds. */
  readonly atMs: number;
  /** The lowest of the minute, which garbage waiting for collection does not lift. */
  readonly rssBytes: number;
  readonly highestBytes: number;
  readonly cpuShare: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const count = Math.max(4, timesOf('OUTRIDER_BENCH_MINUTES', MINUTES));
  const buildDir = mkdtempSync(join(tmpdir(), 'outrider-bench-build-'));
  let fleet: BenchFleet | undefined;
  const soaked: Soaked[] = [];
  try {
    const { path } = await buildSingleFile(root, buildDir);
    fleet = await BenchFleet.start(RATES.length);
    for (const perSecond of RATES) {
      const agent = await startWarmAgent(fleet, [path, 'run']);
      await applyHttp(fleet, `soak-${perSecond}`, perSecond, [agent]);
      soaked.push({ perSecond, agent, watch: new ProcessSamples(agent.process.pid), minutes: [] });
    }
    const fromMs = Date.now();
    for (let minute = 1; minute <= count; minute += 1) {
      await sleep(MINUTE_MS);
      for (const one of soaked) one.minutes.push(latestMinute(one.watch));
      progress(`minute ${minute}: ${soaked.map(sentence).join('; ')}`);
    }
    const rows: Row[] = [];
    for (const one of soaked) rows.push(...(await rowsOf(fleet, one, fromMs)));
    return rows;
  } finally {
    for (const { watch } of soaked) watch.stop();
    await fleet?.stop();
    rmSync(buildDir, { recursive: true, force: true });
  }
}

function latestMinute({ samples }: ProcessSamples): Minute {
  const nowMs = Date.now();
  const latest = between(samples, nowMs - MINUTE_MS, nowMs);
  return {
    atMs: nowMs - MINUTE_MS / 2,
    rssBytes: lowest(latest),
    highestBytes: highest(latest),
    cpuShare: cpuShare(latest),
  };
}

async function rowsOf(
  fleet: BenchFleet,
  { perSecond, agent, minutes }: Soaked,
  fromMs: number,
): Promise<Row[]> {
  const judged = minutes.slice(Math.ceil(minutes.length * WARM_UP_SHARE));
  const runs = await runsOf(fleet, `soak-${perSecond}`, agent.id, fromMs, Date.now());
  const [first, last] = [judged[0] as Minute, judged.at(-1) as Minute];
  return [
    row(
      `rss_highest_at_${perSecond}`,
      Math.max(...minutes.map(({ highestBytes }) => highestBytes)) / MB,
      'MB',
      {
        goal: atMost(RSS_GOALS[perSecond] as number),
      },
    ),
    row(`rss_last_at_${perSecond}`, last.rssBytes / MB, 'MB', {
      peer: { name: 'after warming up', value: first.rssBytes / MB },
    }),
    row(`rss_slope_at_${perSecond}`, bytesPerHour(judged) / MB, 'MB/h', { goal: atMost(GROWTH_GOAL) }),
    row(`cpu_last_minute_at_${perSecond}`, last.cpuShare, 'cores', {
      peer: { name: 'after warming up', value: first.cpuShare },
    }),
    row(`runs_at_${perSecond}`, runs, 'runs'),
  ];
}

function sentence({ perSecond, minutes }: Soaked): string {
  const { rssBytes, highestBytes, cpuShare: share } = minutes.at(-1) as Minute;
  const range = `${(rssBytes / MB).toFixed(1)} to ${(highestBytes / MB).toFixed(1)} MB`;
  return `at ${perSecond} runs/s ${range}, ${(share * 100).toFixed(2)} % of a core`;
}
