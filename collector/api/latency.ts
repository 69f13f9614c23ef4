/** `GET /latency`: quantiles and outcomes by any of the rollup's dimensions, out of `latency_1m`. */
import { Hono } from 'hono';
import { z } from 'zod';
import { isMetricName, METRIC_NAMES, type MetricName, scaleOf, unitOf } from '../../probes/metrics.ts';
import type { Clock } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { latencyAnswer } from './answers/checks.ts';
import { ApiError } from './errors.ts';
import { iso } from './instant.ts';
import { API_LIMITS } from './limits.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, listParam, parseQuery, sinceMs } from './params.ts';

export const LATENCY_DIMENSIONS = ['region', 'country', 'isp', 'target', 'pop', 'probe', 'minute'] as const;
export type LatencyDimension = (typeof LATENCY_DIMENSIONS)[number];
const FILTERS = ['region', 'country', 'isp', 'target', 'pop', 'probe'] as const;

/** What a table shows when no metric is asked for: one of each thing that users do. */
export const HEADLINE_METRICS: readonly MetricName[] = [
  'video_startup_ms',
  'first_frame_ms',
  'ttfb_ms',
  'upload_goodput_bps',
];

/**
 * A row: the dimensions asked for, and for one metric its quantiles in its own unit, over `count` ok runs that measured it.
 * `ok`, `fail` and `missed` count the scheduled runs of the probes that measure it: where all fail, `count` is 0, the quantiles
 * are null and the row is still there. `agent_fail`, what agents did to themselves, is no failure of the region; `disturbed` runs are
 * in no other count and in no quantile.
 */
export type LatencyRow = Partial<Record<LatencyDimension, string>> & {
  readonly metric: MetricName;
  readonly unit: string;
  readonly count: number;
  readonly ok: number;
  readonly fail: number;
  readonly agent_fail: number;
  readonly missed: number;
  readonly disturbed: number;
  readonly success_ratio: number | null;
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

export interface LatencyQuestion {
  readonly by: readonly LatencyDimension[];
  readonly metrics: readonly MetricName[];
  /** Unix milliseconds; the answer covers whole minutes from the one that holds this instant, and the running one. */
  readonly sinceMs: number;
  readonly filters: Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;
}

type Group = Readonly<Partial<Record<LatencyDimension, string>>>;
type Measured = Group & { metric: MetricName; probes: string[]; count: number; quantiles: (number | null)[] };
interface Counts {
  ok: number;
  fail: number;
  agent_fail: number;
  missed: number;
  disturbed: number;
}
type Outcomes = Group & Counts & { run_probe: string; run_type: string };

/** Accuracy and levels of the sketches in `latency_1m`. */
const QUANTILES = '0.01, 0.5, 0.75, 0.95, 0.99';
const COUNTED = ['ok', 'fail', 'agent_fail', 'missed', 'disturbed'] as const;

/**
 * The rows of a latency table, in the order of their dimensions and metrics. Rejects with ApiError too_many_groups past the limit.
 * Outcomes come from the pseudo-metric `run_ms`, which every run has: a run that failed before it measured anything counts.
 */
export async function readLatency(store: Store, question: LatencyQuestion): Promise<LatencyRow[]> {
  const { by, metrics, filters } = question;
  const wanted = Object.entries(filters).filter(([, value]) => value !== undefined) as [string, string][];
  const where = [
    "minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))",
    ...wanted.map(([name]) => `${name} = {f_${name}:String}`),
  ].join(' AND ');
  const limit = API_LIMITS.latencyGroups.value;
  const params: QueryParams = {
    since: question.sinceMs,
    metrics,
    rows: limit + 1,
    ...Object.fromEntries(wanted.map(([name, value]) => [`f_${name}`, value])),
  };
  const columns = (extra: string) => [...by, extra].join(', ');
  const [measured, outcomes] = await Promise.all([
    store.query<Measured>(
      `SELECT ${columns('metric')}, groupUniqArray(probe) AS probes, sum(l.ok) AS count,
        quantilesDDMerge(${QUANTILES})(l.quantiles) AS quantiles
      FROM latency_1m AS l WHERE ${where} AND metric IN {metrics:Array(String)}
      GROUP BY ${columns('metric')} LIMIT {rows:UInt32}`,
      params,
    ),
    store.query<Outcomes>(
      `SELECT ${columns('probe AS run_probe, type AS run_type')}, sum(l.ok) AS ok, sum(l.fail) AS fail,
        sum(l.agent_fail) AS agent_fail, sum(l.missed) AS missed, sum(l.disturbed) AS disturbed
      FROM latency_1m AS l WHERE ${where} AND metric = 'run_ms'
      GROUP BY ${columns('run_probe, run_type')} LIMIT {rows:UInt32}`,
      params,
    ),
  ]);
  if (Math.max(measured.length, outcomes.length) > limit) {
    throw new ApiError(
      'too_many_groups',
      `The table would have more than ${limit} rows.`,
      'Ask for fewer dimensions, a shorter time, or filter by region, target or probe.',
    );
  }
  return joinRows(question, measured, outcomes);
}

/**
 * Whether a run belongs to the table of a metric: its probe type says that it measures it, or its probe did, where the type
 * is one that only a newer version knows.
 */
function belongsTo(measured: readonly Measured[]): (row: Outcomes, metric: MetricName) => boolean {
  const seen = new Set(measured.flatMap((row) => row.probes.map((probe) => `${row.metric} ${probe}`)));
  return (row, metric) =>
    metric === 'run_ms' ||
    seen.has(`${metric} ${row.run_probe}`) ||
    (probeOf(row.run_type)?.metrics.includes(metric) ?? false);
}

function joinRows(
  { by, metrics }: LatencyQuestion,
  measured: readonly Measured[],
  outcomes: readonly Outcomes[],
): LatencyRow[] {
  const belongs = belongsTo(measured);
  const keyOf = (group: Group, metric: string) => JSON.stringify([...by.map((name) => group[name]), metric]);
  const found = new Map(measured.map((row) => [keyOf(row, row.metric), row]));
  const sums = new Map<string, { group: Group; metric: MetricName; counts: Counts }>();
  for (const row of outcomes) {
    for (const metric of metrics) {
      if (!belongs(row, metric)) continue;
      const key = keyOf(row, metric);
      const sum = sums.get(key) ?? {
        group: row,
        metric,
        counts: { ok: 0, fail: 0, agent_fail: 0, missed: 0, disturbed: 0 },
      };
      sums.set(key, sum);
      for (const name of COUNTED) sum.counts[name] += row[name];
    }
  }
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { group, metric, counts }]) => ({
      ...(Object.fromEntries(by.map((name) => [name, dimensionText(name, group[name] ?? '')])) as Group),
      metric,
      unit: unitOf(metric),
      ...figures(metric, counts, found.get(key)),
    }));
}

/** A minute comes from the store without its milliseconds. */
function dimensionText(name: LatencyDimension, value: string): string {
  return name === 'minute' ? iso(Date.parse(value)) : value;
}

function figures(metric: MetricName, counts: Counts, measured: Measured | undefined) {
  const { ok, fail } = counts;
  const count = measured?.count ?? 0;
  const quantile = (index: number) => inUnits(metric, count === 0 ? null : measured?.quantiles[index]);
  return {
    count,
    ...counts,
    success_ratio: ok + fail === 0 ? null : ok / (ok + fail),
    p50: quantile(0),
    p75: quantile(1),
    p95: quantile(2),
    p99: quantile(3),
  };
}

/** A stored integer as a number of the metric's own unit, at the three digits that a sketch of 1 % can carry, and one more. */
export function inUnits(metric: string, stored: number | null | undefined): number | null {
  if (stored === null || stored === undefined || !Number.isFinite(stored)) return null;
  return Number((stored / scaleOf(metric)).toPrecision(4));
}

const querySchema = z.strictObject({
  by: listParam.pipe(z.array(z.enum([...LATENCY_DIMENSIONS, 'metric'])).default(['region'])),
  metric: listParam.pipe(
    z
      .array(
        z.string().refine((name) => name === 'all' || isMetricName(name), {
          error: (issue) => `there is no metric ${String(issue.input)}`,
        }),
      )
      .optional(),
  ),
  since: z.string().default('1h'),
  limit: limitParam(1000),
  after: z.string().optional(),
  region: z.string().optional(),
  country: z.string().optional(),
  isp: z.string().optional(),
  target: z.string().optional(),
  pop: z.string().optional(),
  probe: z.string().optional(),
});

export function latencyRoutes(store: Store, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'Quantiles and outcomes by any dimensions, out of the rollups.',
      query: querySchema,
      answer: latencyAnswer,
    }),
    async (context) => {
      const { by, metric, since, limit, after, ...filters } = parseQuery(context, querySchema);
      const from = sinceMs(since, clock.wallMs());
      const metrics = metric?.includes('all')
        ? METRIC_NAMES
        : ((metric as MetricName[] | undefined) ?? HEADLINE_METRICS);
      const rows = await readLatency(store, {
        // A row is always of one metric: naming that as a dimension changes nothing.
        by: [...new Set(by)].filter((name) => name !== 'metric'),
        metrics: [...new Set(metrics)],
        sinceMs: from,
        filters: filters as LatencyQuestion['filters'],
      });
      return context.json({ ...pageOf(rows, limit, after), since: iso(Math.floor(from / 60_000) * 60_000) });
    },
  );
  return app;
}
