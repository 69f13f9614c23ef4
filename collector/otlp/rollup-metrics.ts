/** The rollup of a minute as metrics: runs by outcome as sums of that minute, quantiles as gauges. */
import { METRICS, type MetricName, scaleOf } from '../../probes/metrics.ts';
import type { Store } from '../store/store.ts';
import { attributesOf, type KeyValue, type Metric, type NumberDataPoint, nanos } from './otlp-json.ts';

const OUTCOMES = ['ok', 'fail', 'agent_fail', 'missed', 'disturbed'] as const;
const LEVELS = [0.5, 0.75, 0.95, 0.99] as const;
const DIMENSIONS = ['region', 'country', 'isp', 'target', 'pop', 'probe'] as const;

/** A minute, a place, a check and a metric. */
export type RollupRow = Readonly<Record<(typeof DIMENSIONS)[number], string>> &
  Readonly<Record<(typeof OUTCOMES)[number], number>> & {
    readonly metric: string;
    /** In stored steps; null where nothing was measured. */
    readonly quantiles: readonly (number | null)[];
  };

/** The rows of the minute that begins then; at most `rows`, the busiest first. */
export function readRollup(
  store: Pick<Store, 'query'>,
  minuteMs: number,
  rows: number,
): Promise<RollupRow[]> {
  const names = DIMENSIONS.join(', ');
  return store.query<RollupRow>(
    `SELECT ${names}, metric, ${OUTCOMES.map((name) => `sum(l.${name}) AS ${name}`).join(', ')},
      quantilesDDMerge(0.01, ${LEVELS.join(', ')})(l.quantiles) AS quantiles
    FROM latency_1m AS l
    WHERE minute = toDateTime({minute:UInt32}, 'UTC') AND metric != ''
    GROUP BY ${names}, metric
    ORDER BY metric = 'run_ms' DESC, sum(l.count) DESC, ${names}, metric
    LIMIT {rows:UInt32}`,
    { minute: Math.floor(minuteMs / 1000), rows },
  );
}

/** UCUM units of the endings of names. */
const UNITS: Readonly<Record<string, string>> = {
  ms: 'ms',
  s: 's',
  bps: 'bit/s',
  bytes: 'By',
  ratio: '1',
  count: '1',
  px: '{pixel}',
};

const MINUTE_MS = 60_000;

/** Of one minute: `outrider.runs` by outcome, and `outrider.<metric>` by quantile, each in its own unit. */
export function rollupMetrics(rows: readonly RollupRow[], minuteMs: number): Metric[] {
  const times = { startTimeUnixNano: nanos(minuteMs), timeUnixNano: nanos(minuteMs + MINUTE_MS) };
  const runs = rows
    .filter(({ metric }) => metric === 'run_ms')
    .flatMap((row) =>
      OUTCOMES.filter((outcome) => row[outcome] > 0).map(
        (outcome): NumberDataPoint => ({
          ...{ attributes: placeOf(row, { 'outrider.outcome': outcome }), ...times },
          asInt: String(row[outcome]),
        }),
      ),
    );
  const measured = Map.groupBy(
    rows.filter(({ ok }) => ok > 0),
    ({ metric }) => metric,
  );
  return [
    ...(runs.length === 0
      ? []
      : [
          {
            name: 'outrider.runs',
            description: 'Results of scheduled runs in the minute, by outcome.',
            unit: '{run}',
            sum: { dataPoints: runs, aggregationTemporality: 1, isMonotonic: true } as const,
          },
        ]),
    ...[...measured].map(
      ([name, some]): Metric => ({
        name: `outrider.${name}`,
        description: descriptionOf(name),
        unit: UNITS[name.slice(name.lastIndexOf('_') + 1)] ?? '1',
        gauge: { dataPoints: some.flatMap((row) => quantilePoints(row, times)) },
      }),
    ),
  ];
}

function quantilePoints(
  row: RollupRow,
  times: Pick<NumberDataPoint, 'startTimeUnixNano' | 'timeUnixNano'>,
): NumberDataPoint[] {
  return LEVELS.flatMap((level, at) => {
    const stored = row.quantiles[at];
    if (stored === null || stored === undefined || !Number.isFinite(stored)) return [];
    const attributes = placeOf(row, { 'outrider.quantile': String(level) });
    return [{ attributes, ...times, asDouble: Number((stored / scaleOf(row.metric)).toPrecision(4)) }];
  });
}

function placeOf(row: RollupRow, more: Readonly<Record<string, string>>): KeyValue[] {
  const place = Object.fromEntries(DIMENSIONS.map((name) => [`outrider.${name}`, row[name]]));
  return attributesOf({ ...place, ...more });
}

/** Probes of the owner bring metrics that the dictionary does not have. */
const descriptionOf = (name: string): string =>
  (Object.hasOwn(METRICS, name) ? METRICS[name as MetricName].description : '') || `Quantiles of ${name}.`;

/** In parts of at most `most` points, each with some of the metrics, or some of the points of one. */
export function inParts(metrics: readonly Metric[], most: number): Metric[][] {
  const parts: Metric[][] = [];
  let room = 0;
  for (const metric of metrics) {
    const points = metric.gauge?.dataPoints ?? metric.sum?.dataPoints ?? [];
    for (let from = 0; from < points.length; ) {
      if (room === 0) {
        parts.push([]);
        room = most;
      }
      const some = points.slice(from, from + room);
      parts.at(-1)?.push(withPoints(metric, some));
      from += some.length;
      room -= some.length;
    }
  }
  return parts;
}

function withPoints(metric: Metric, dataPoints: readonly NumberDataPoint[]): Metric {
  if (metric.sum) return { ...metric, sum: { ...metric.sum, dataPoints } };
  return { ...metric, gauge: { dataPoints } };
}
