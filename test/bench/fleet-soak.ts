/** The fleet for a long time: whether the memory of the collector stays as it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { accountRows, MB } from './support/fleet-rows.ts';
import { fleetSettings } from './support/fleet-settings.ts';
import { FleetStage } from './support/fleet-stage.ts';
import { between, bytesPerHour, cpuShare, highest, lowest } from './support/process-samples.ts';

const SOAK_S = 1200;
const MINUTE_MS = 60_000;
/**
 * Caches fill, the heap finds its size, and detection, which remembers 64 runs of a series (11 minutes at one in ten seconds), comes
 * to its full size in the first part; growth is judged on the rest.
 */
const WARM_UP_SHARE = 0.4;
/** Below this, in MB an hour, the noise of a heap of this size cannot be told from growth in so short a time. */
const GROWTH_GOAL = 60;

export const soakBenchmark: Benchmark = {
  name: 'soak',
  summary: 'The fleet for 20 minutes: resident memory of the collector, minute by minute.',
  run,
};

interface Minute {
  /** The middle of it, Unix milliseconds. */
  readonly atMs: number;
  /** The lowest of the minute, which garbage waiting for collection does not lift, and the highest. */
  readonly rssBytes: number;
  readonly highestBytes: number;
  readonly cpuShare: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const settings = fleetSettings();
  const stage = await FleetStage.start({ ...settings, progress });
  try {
    const count = Math.max(4, Math.round(((settings.seconds ?? SOAK_S) * 1000) / MINUTE_MS));
    const minutes: Minute[] = [];
    stage.fleet.mark();
    while (minutes.length < count) minutes.push(await measureMinute(stage, minutes.length + 1, progress));
    const { ackMs } = stage.fleet.latest;
    const summary = await stage.finish();
    const judged = minutes.slice(Math.ceil(minutes.length * WARM_UP_SHARE));
    return [
      ...minutes.map((minute, index) =>
        row(`rss_minute_${String(index + 1).padStart(2, '0')}`, minute.rssBytes / MB, 'MB', {
          peer: { name: 'highest of the minute', value: minute.highestBytes / MB },
        }),
      ),
      row('rss_slope', bytesPerHour(judged) / MB, 'MB/h', { goal: atMost(GROWTH_GOAL) }),
      row('cpu_first_minute', minutes[0]?.cpuShare ?? Number.NaN, 'cores'),
      row('cpu_last_minute', minutes.at(-1)?.cpuShare ?? Number.NaN, 'cores'),
      row('ack_p99', ackMs?.p99 ?? Number.NaN, 'ms', { goal: atMost(2000) }),
      ...accountRows(summary),
    ];
  } finally {
    await stage.stop();
  }
}

async function measureMinute(stage: FleetStage, number: number, progress: Progress): Promise<Minute> {
  const fromMs = Date.now();
  await sleep(MINUTE_MS);
  const samples = between(stage.samples?.samples ?? [], fromMs, Number.POSITIVE_INFINITY);
  const { connected, spooled, ackMs } = stage.fleet.latest;
  const minute = {
    atMs: fromMs + MINUTE_MS / 2,
    rssBytes: lowest(samples),
    highestBytes: highest(samples),
    cpuShare: cpuShare(samples),
  };
  progress(
    `minute ${number}: ${(minute.rssBytes / MB).toFixed(0)} to ${(minute.highestBytes / MB).toFixed(0)} MB, ${minute.cpuShare.toFixed(2)} cores, ${connected} connected, ${spooled} spooled, ack p99 ${ackMs?.p99.toFixed(0) ?? '–'} ms`,
  );
  return minute;
}
