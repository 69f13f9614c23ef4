/** How the metric of an incident went, in its place and elsewhere, before it, during it and after. */
import { METRICS, type MetricName, unitOf } from '../../probes/metrics.ts';
import type { Incident } from '../detect/incident.ts';
import { inUnits } from '../latency/latency-table.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { scopeSql } from './incident-scope-sql.ts';
import { INCIDENT_COPY_LIMITS } from './limits.ts';

/** Of one step: scheduled runs that nothing disturbed. */
export interface SeriesPoint {
  readonly ok: number;
  readonly fail: number;
  readonly missed: number;
  /** In the unit of the metric; null where nothing was measured, or the metric is none of the dictionary. */
  readonly p50: number | null;
  /** The bad end: 95 % of runs are better. */
  readonly tail: number | null;
}

export interface IncidentSeries {
  /** Of the dictionary; null for failures, silence and budgets. */
  readonly metric: MetricName | null;
  readonly unit: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly stepMs: number;
  readonly steps: readonly {
    readonly atMs: number;
    readonly inside: SeriesPoint;
    readonly elsewhere: SeriesPoint;
  }[];
}

const MINUTE_MS = 60_000;
const BEFORE_MIN_MS = 30 * MINUTE_MS;
const BEFORE_MAX_MS = 3 * 3_600_000;
const AFTER_MS = 15 * MINUTE_MS;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240];

/** Whole steps: as long before it as it lasted, within bounds, to a while after its end. */
export function seriesTimes(
  { startedMs, resolvedMs }: Pick<Incident, 'startedMs' | 'resolvedMs'>,
  nowMs: number,
) {
  const lastedMs = (resolvedMs ?? nowMs) - startedMs;
  const beforeMs = Math.min(BEFORE_MAX_MS, Math.max(BEFORE_MIN_MS, lastedMs));
  const fromMs = startedMs - beforeMs;
  const toMs = Math.min(nowMs, resolvedMs === null ? nowMs : resolvedMs + AFTER_MS);
  const most = INCIDENT_COPY_LIMITS.seriesSteps.value;
  const minutes = STEPS_MIN.find((step) => (toMs - fromMs) / (step * MINUTE_MS) <= most) ?? 0;
  const stepMs = (minutes || (STEPS_MIN.at(-1) as number)) * MINUTE_MS;
  const untilMs = Math.ceil(toMs / stepMs) * stepMs;
  // What goes on for weeks shows its end: the beginning stands in the timeline.
  const sinceMs = Math.max(Math.floor(fromMs / stepMs) * stepMs, untilMs - most * stepMs);
  return { sinceMs, untilMs, stepMs };
}

interface Row {
  readonly at_ms: number;
  readonly inside: number;
  readonly ok: number;
  readonly fail: number;
  readonly missed: number;
  readonly measured: number;
  readonly quantiles: readonly (number | null)[];
}

/** Rejects with a `StoreError`. */
export async function incidentSeries(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<IncidentSeries> {
  const times = seriesTimes(incident, nowMs);
  const metric = incident.metric in METRICS ? (incident.metric as MetricName) : null;
  const level = metric !== null && METRICS[metric].better === 'higher' ? 0.05 : 0.95;
  const { params, place, wanted } = placeSql(incident);
  const all: QueryParams = {
    ...{ ...params, step: times.stepMs, metric: metric ?? 'run_ms' },
    ...{ since: times.sinceMs, until: times.untilMs },
  };
  const sql = incident.scope.kind === 'agent' ? resultsSql : rollupSql;
  const rows = await store.query<Row>(sql(place, wanted, level), all);
  const found = new Map(rows.map((row) => [`${row.at_ms} ${row.inside}`, row]));
  const pointOf = (atMs: number, inside: number): SeriesPoint => {
    const row = found.get(`${atMs} ${inside}`);
    const value = (nth: number) =>
      metric === null || !row || row.measured === 0 ? null : inUnits(metric, row.quantiles[nth] ?? null);
    return {
      ...{ ok: row?.ok ?? 0, fail: row?.fail ?? 0, missed: row?.missed ?? 0 },
      ...{ p50: value(0), tail: value(1) },
    };
  };
  const { sinceMs, stepMs, untilMs } = times;
  const steps = Array.from({ length: Math.round((untilMs - sinceMs) / stepMs) }, (_, nth) => {
    const atMs = sinceMs + nth * stepMs;
    return { atMs, inside: pointOf(atMs, 1), elsewhere: pointOf(atMs, 0) };
  });
  return { metric, unit: metric === null ? '' : unitOf(metric), ...times, steps };
}

/** Where it is, and what is read at all: its checks, of an agent in its region alone, of a target beside all others. */
function placeSql(incident: Incident) {
  const { evidence, probe, scope } = incident;
  const { conditions, params } = scopeSql({ scope, probe: null, target: null });
  const checks = evidence.cells.length > 0 ? evidence.cells : [{ probe, target: incident.target }];
  const of = (values: readonly (string | null)[]) => [...new Set(values.filter((one) => one !== null))];
  const probes = of([probe ?? null, ...checks.map((one) => one.probe)]);
  const targets = scope.kind === 'target' ? [] : of(checks.map((one) => one.target));
  const wanted = [
    ...(probes.length > 0 ? ['has({probes:Array(String)}, toString(probe))'] : []),
    ...(targets.length > 0 ? ['has({targets:Array(String)}, toString(target))'] : []),
    ...(scope.kind === 'agent' ? ['region = {s_region:String}'] : []),
  ];
  return {
    place: conditions.length > 0 ? conditions.join(' AND ') : '1',
    wanted: wanted.map((one) => ` AND ${one}`).join(''),
    params: {
      ...params,
      ...(probes.length > 0 ? { probes } : {}),
      ...(targets.length > 0 ? { targets } : {}),
    },
  };
}

const rollupSql = (place: string, wanted: string, level: number): string => `
SELECT intDiv(toUnixTimestamp(minute) * 1000, {step:Int64}) * {step:Int64} AS at_ms, toUInt8(${place}) AS inside,
  sumIf(l.ok, metric = 'run_ms') AS ok, sumIf(l.fail, metric = 'run_ms') AS fail, sumIf(l.missed, metric = 'run_ms') AS missed,
  sumIf(l.ok, metric = {metric:String}) AS measured,
  quantilesDDMergeIf(0.01, 0.5, ${level})(l.quantiles, metric = {metric:String}) AS quantiles
FROM latency_1m AS l
WHERE metric IN ('run_ms', {metric:String}) AND minute >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND minute < fromUnixTimestamp64Milli({until:Int64}, 'UTC')${wanted}
GROUP BY at_ms, inside`;

/** The rollups do not know agents. */
const resultsSql = (place: string, wanted: string, level: number): string => `
SELECT intDiv(toUnixTimestamp64Milli(scheduled_at), {step:Int64}) * {step:Int64} AS at_ms, toUInt8(${place}) AS inside,
  countIf(outcome = 'ok') AS ok, countIf(outcome = 'fail' AND blame != 'agent') AS fail, countIf(outcome = 'missed') AS missed,
  countIf(outcome = 'ok' AND has(metric, {metric:String})) AS measured,
  quantilesDDIf(0.01, 0.5, ${level})(
    toFloat64(value[indexOf(metric, {metric:String})]), outcome = 'ok' AND has(metric, {metric:String})
  ) AS quantiles
FROM results
WHERE trigger = 'schedule' AND disturbed = 0 AND scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND scheduled_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')${wanted}
GROUP BY at_ms, inside`;
