/**
 * A store as a fleet of 10,000 agents at 1,000 results a second leaves it, without its 86 million results a day. Of past days latency_1m has
 * one row for each hour and series in place of sixty, its sketch of as many values as those had together: so that every rollup by the hour,
 * which the real views fill, has the rows and the sketches that it would have. The last minutes are there minute by minute.
 */
import type { Store } from '../../../collector/store/store.ts';

const REGIONS = 30;
/** Networks of a region, and edges that answer it: more than `simulate` has. */
const ISPS = 4;
const POPS = 2;
const CHECKS = 6;
const SERIES = REGIONS * ISPS * POPS * CHECKS;
const RESULTS_PER_S = 1000;
const AGENTS = 10_000;
const METRICS = ['run_ms', 'ttfb_ms', 'first_frame_ms', 'video_startup_ms', 'upload_goodput_bps', 'dns_ms'];

const HOURS = 48;
/** More than the hour that is asked for. */
const MINUTES = 75;
/** Of hours or minutes that a statement inserts, so that none takes long. */
const STEPS_AT_ONCE = 15;
/** Different sketches; rows take turns with them. */
const SKETCHES = 1000;
/** Of the results that a day would have, so many minutes. */
export const RAW_MINUTES = 15;

const LEVELS = '0.01, 0.5, 0.75, 0.95, 0.99';

export const ROLLUP_SAMPLE = `${SERIES} series (${REGIONS} regions, ${ISPS} networks, ${POPS} edges, ${CHECKS} checks) of ${METRICS.length} metrics, ${HOURS} hours of them and ${MINUTES} minutes`;

export async function fillRollups(store: Store, nowMs: number): Promise<void> {
  const nowS = Math.floor(nowMs / 1000);
  const thisHourS = Math.floor(nowS / 3600) * 3600;
  const firstMinuteS = Math.floor(nowS / 60) * 60 - MINUTES * 60;
  for (const [table, stepS] of [
    ['bench_hours', 3600],
    ['bench_minutes', 60],
  ] as const) {
    const values = Math.round((RESULTS_PER_S * stepS) / SERIES);
    await store.command(`CREATE TABLE ${table}
      (id UInt32, quantiles AggregateFunction(quantilesDD(${LEVELS}), Float64)) ENGINE = Memory`);
    await store.command(`INSERT INTO ${table}
      SELECT number % ${SKETCHES} AS id, quantilesDDState(${LEVELS})(round(exp(10.5 + 1.5 * (id % 40) / 40 + 0.4 * randNormal(0, 1)))) AS quantiles
      FROM numbers(${SKETCHES * values}) GROUP BY id`);
  }
  const hours = { sketches: 'bench_hours', stepS: 3600, startS: thisHourS - HOURS * 3600, steps: HOURS };
  // What of the running hour lies before them has no rows.
  const minutes = { sketches: 'bench_minutes', stepS: 60, startS: firstMinuteS, steps: MINUTES };
  for (const { startS, stepS, steps, ...of } of [hours, minutes])
    for (const metric of METRICS)
      for (let at = 0; at < steps; at += STEPS_AT_ONCE) {
        const some = Math.min(STEPS_AT_ONCE, steps - at);
        await store.command(rowsSql(metric, { ...of, stepS, startS: startS + at * stepS, steps: some }));
      }
}

interface Steps {
  readonly sketches: string;
  readonly startS: number;
  readonly stepS: number;
  readonly steps: number;
}

function rowsSql(metric: string, { sketches, startS, stepS, steps }: Steps): string {
  const values = Math.round((RESULTS_PER_S * stepS) / SERIES);
  return `INSERT INTO latency_1m
    (minute, region, country, isp, target, pop, probe, type, metric, count, ok, fail, agent_fail, missed, disturbed, quantiles, value_sum, value_min, value_max)
    SELECT minute, region, country, isp, target, pop, probe, 'http', '${metric}', ${values}, ${values - 1}, 1, 0, 0, 0,
      sketches.quantiles, ${values} * 60000, 20000, 200000
    FROM (
      SELECT toDateTime(${startS} + intDiv(number, ${SERIES}) * ${stepS}, 'UTC') AS minute, number % ${SERIES} AS series,
        ${labelsSql('series')}, toUInt32(cityHash64(number, '${metric}', ${startS}) % ${SKETCHES}) AS sketch
      FROM numbers(${SERIES * steps})
    ) AS made INNER JOIN ${sketches} AS sketches ON sketches.id = made.sketch
    SETTINGS insert_deduplicate = 0`;
}

const labelsSql = (series: string): string => `
  concat('region-', toString(${series} % ${REGIONS})) AS region, concat('country-', toString(${series} % 10)) AS country,
  concat('isp-', toString(intDiv(${series}, ${REGIONS}) % ${ISPS})) AS isp,
  concat('pop-', toString(intDiv(${series}, ${REGIONS * ISPS}) % ${POPS})) AS pop,
  concat('target-', toString(intDiv(${series}, ${REGIONS * ISPS * POPS}) % 3)) AS target,
  concat('probe-', toString(intDiv(${series}, ${REGIONS * ISPS * POPS}))) AS probe`;

/** The last minutes of results, row by row, for the peer; the views are away meanwhile, as their rollups are full. */
export async function fillResults(store: Store, nowMs: number): Promise<void> {
  const views = ['latency_1m_fill', 'agent_progress_fill'];
  const rows = RESULTS_PER_S * 60 * RAW_MINUTES;
  const startMs = nowMs - RAW_MINUTES * 60_000;
  for (const view of views) await store.command(`DETACH TABLE ${view}`);
  // Of one day: a block of results is.
  const names = METRICS.slice(1).map((name) => `'${name}'`);
  await store.command(`INSERT INTO results
    (agent, boot, seq, ${['region', 'country', 'isp', 'target', 'pop', 'probe'].join(', ')}, type, scheduled_at, duration_us, trigger, outcome, metric, value)
    SELECT concat('agent-', toString(number % ${AGENTS})), 'bench', intDiv(number, ${AGENTS}),
      region, country, isp, target, pop, probe, 'http', fromUnixTimestamp64Milli(${startMs} + number), 60000, 'schedule', 'ok',
      [${names.join(', ')}], arrayMap(nth -> toInt64(round(exp(11 + 0.4 * randNormal(0, 1, number + nth)))), range(${names.length}))
    FROM (SELECT number, number % ${SERIES} AS series, ${labelsSql('series')} FROM numbers(${rows}))
    SETTINGS insert_deduplicate = 0`);
  for (const view of views) await store.command(`ATTACH TABLE ${view}`);
}
