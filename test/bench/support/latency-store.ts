/**
 * A store as a fleet of 10,000 agents at 1,000 results a second leaves it, without its 86 million results a day. Of past days latency_1m has
 * one row for each hour and series in place of sixty, its sketch of as many values as those had together: so that every rollup by the hour,
 * which the real views fill, has the rows and the sketches that it would have. The last minutes are there minute by minute.
 */
import type { Store } from '../../../collector/store/store.ts';

export interface FleetShape {
  readonly agents: number;
  readonly resultsPerS: number;
  readonly regions: number;
  /** Networks of a region, and edges that answer it. */
  readonly isps: number;
  readonly pops: number;
  /** Probes, each with a target. */
  readonly checks: number;
  /** Of the past, and so many last minutes. */
  readonly hours: number;
  readonly minutes: number;
  /** Of results, row by row. */
  readonly rawMinutes: number;
}

/** More networks and edges than `simulate` has; more minutes than the hour that is asked for. */
export const FLEET: FleetShape = {
  ...{ agents: 10_000, resultsPerS: 1000, regions: 30, isps: 4, pops: 2, checks: 6 },
  ...{ hours: 48, minutes: 75, rawMinutes: 15 },
};

const METRICS = ['run_ms', 'ttfb_ms', 'first_frame_ms', 'video_startup_ms', 'upload_goodput_bps', 'dns_ms'];
/** Of hours or minutes that a statement inserts, so that none takes long. */
const STEPS_AT_ONCE = 15;
/** Different sketches; rows take turns with them. */
const SKETCHES = 1000;
const LEVELS = '0.01, 0.5, 0.75, 0.95, 0.99';

export const seriesOf = ({ regions, isps, pops, checks }: FleetShape): number =>
  regions * isps * pops * checks;

export function sampleText(fleet: FleetShape): string {
  const { regions, isps, pops, checks, hours, minutes } = fleet;
  return `${seriesOf(fleet)} series (${regions} regions × ${isps} networks × ${pops} edges × ${checks} checks) of ${METRICS.length} metrics, ${hours} hours and ${minutes} minutes of them`;
}

export async function fillRollups(store: Store, nowMs: number, fleet = FLEET): Promise<void> {
  const nowS = Math.floor(nowMs / 1000);
  const thisHourS = Math.floor(nowS / 3600) * 3600;
  const firstMinuteS = Math.floor(nowS / 60) * 60 - fleet.minutes * 60;
  for (const [table, stepS] of [
    ['bench_hours', 3600],
    ['bench_minutes', 60],
  ] as const) {
    const values = valuesOf(fleet, stepS);
    await store.command(`CREATE TABLE ${table}
      (id UInt32, quantiles AggregateFunction(quantilesDD(${LEVELS}), Float64)) ENGINE = Memory`);
    await store.command(`INSERT INTO ${table}
      SELECT number % ${SKETCHES} AS id, quantilesDDState(${LEVELS})(round(exp(10.5 + 1.5 * (id % 40) / 40 + 0.4 * randNormal(0, 1)))) AS quantiles
      FROM numbers(${SKETCHES * values}) GROUP BY id`);
  }
  const firstHourS = thisHourS - fleet.hours * 3600;
  const hours = { sketches: 'bench_hours', stepS: 3600, startS: firstHourS, steps: fleet.hours };
  // What of the running hour lies before them has no rows.
  const minutes = { sketches: 'bench_minutes', stepS: 60, startS: firstMinuteS, steps: fleet.minutes };
  for (const { startS, stepS, steps, ...of } of [hours, minutes])
    for (const metric of METRICS)
      for (let at = 0; at < steps; at += STEPS_AT_ONCE) {
        const some = Math.min(STEPS_AT_ONCE, steps - at);
        await store.command(
          rowsSql(fleet, metric, { ...of, stepS, startS: startS + at * stepS, steps: some }),
        );
      }
}

interface Steps {
  readonly sketches: string;
  readonly startS: number;
  readonly stepS: number;
  readonly steps: number;
}

/** Runs of one series in so many seconds. */
const valuesOf = (fleet: FleetShape, seconds: number): number =>
  Math.round((fleet.resultsPerS * seconds) / seriesOf(fleet));

function rowsSql(fleet: FleetShape, metric: string, { sketches, startS, stepS, steps }: Steps): string {
  const values = valuesOf(fleet, stepS);
  const series = seriesOf(fleet);
  return `INSERT INTO latency_1m
    (minute, region, country, isp, target, pop, probe, type, metric, count, ok, fail, agent_fail, missed, disturbed, quantiles, value_sum, value_min, value_max)
    SELECT minute, region, country, isp, target, pop, probe, 'http', '${metric}', ${values}, ${values - 1}, 1, 0, 0, 0,
      sketches.quantiles, ${values} * 60000, 20000, 200000
    FROM (
      SELECT toDateTime(${startS} + intDiv(number, ${series}) * ${stepS}, 'UTC') AS minute, number % ${series} AS series,
        ${labelsSql(fleet)}, toUInt32(cityHash64(number, '${metric}', ${startS}) % ${SKETCHES}) AS sketch
      FROM numbers(${series * steps})
    ) AS made INNER JOIN ${sketches} AS sketches ON sketches.id = made.sketch
    SETTINGS insert_deduplicate = 0`;
}

/** Out of the number of a series. */
const labelsSql = ({ regions, isps, pops }: FleetShape): string => `
  concat('region-', toString(series % ${regions})) AS region, concat('country-', toString(series % ${regions} % 10)) AS country,
  concat('isp-', toString(intDiv(series, ${regions}) % ${isps})) AS isp,
  concat('pop-', toString(intDiv(series, ${regions * isps}) % ${pops})) AS pop,
  concat('target-', toString(intDiv(series, ${regions * isps * pops}) % 3)) AS target,
  concat('probe-', toString(intDiv(series, ${regions * isps * pops}))) AS probe`;

/** The last minutes of results, row by row, for the peer; the views are away meanwhile, as their rollups are full. */
export async function fillResults(store: Store, nowMs: number, fleet = FLEET): Promise<void> {
  const { agents, rawMinutes, resultsPerS } = fleet;
  const views = ['latency_1m_fill', 'agent_progress_fill'];
  const rows = resultsPerS * 60 * rawMinutes;
  const startMs = nowMs - rawMinutes * 60_000;
  for (const view of views) await store.command(`DETACH TABLE ${view}`);
  const names = METRICS.slice(1).map((name) => `'${name}'`);
  await store.command(`INSERT INTO results
    (agent, boot, seq, ${['region', 'country', 'isp', 'target', 'pop', 'probe'].join(', ')}, type, scheduled_at, duration_us, trigger, outcome, metric, value)
    SELECT concat('agent-', toString(number % ${agents})), 'bench', intDiv(number, ${agents}),
      region, country, isp, target, pop, probe, 'http', fromUnixTimestamp64Milli(toInt64(${startMs} + number * ${1000 / resultsPerS})), 60000, 'schedule', 'ok',
      [${names.join(', ')}], arrayMap(nth -> toInt64(round(exp(11 + 0.4 * randNormal(0, 1, number + nth)))), range(${names.length}))
    FROM (SELECT number, number % ${seriesOf(fleet)} AS series, ${labelsSql(fleet)} FROM numbers(${rows}))
    SETTINGS insert_deduplicate = 0`);
  for (const view of views) await store.command(`ATTACH TABLE ${view}`);
}
