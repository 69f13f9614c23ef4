/**
 * What is usual at each hour of the week, from the rollups of the last weeks: one season for a (region, probe, target, metric), as its
 * agents share their hours. Read once, when judging begins; a collector that has judged for months has learned the rest itself.
 */
import type { Limit } from '../../probes/limit.ts';
import type { SeasonScope } from '../detect/detector.ts';
import { type HourMedian, HourOfWeek, SEASON_LIMITS, type Season } from '../detect/hour-of-week.ts';
import type { Store } from '../store/store.ts';

const WEEK_S = 7 * 86_400;

export const SEASON_READ_LIMITS = {
  weeks: {
    value: 6,
    reason: 'A season of a quarter ago is another season.',
    past: 'Older hours are not read.',
  },
  scopes: {
    value: 5000,
    reason: 'A kilobyte each, and 168 hours of it to read at the start.',
    past: 'The scopes with the fewest runs have no season until the collector has learned it.',
  },
} as const satisfies Record<string, Limit>;

interface Row {
  readonly region: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly hours: readonly number[];
  readonly medians: readonly number[];
  readonly samples: readonly number[];
  readonly first_s: number;
}

const SELECT_SQL = `
SELECT region, probe, target, metric,
    groupArray(hour_of_week) AS hours, groupArray(median) AS medians, groupArray(toUInt32(least(runs, 65535))) AS samples,
    toUInt32(min(first)) AS first_s
FROM
(
    SELECT region, probe, target, metric,
        toUInt8((toDayOfWeek(hour) - 1) * 24 + toHour(hour)) AS hour_of_week,
        quantilesDDMerge(0.01, 0.5, 0.75, 0.95, 0.99)(quantiles)[1]
            / multiIf(endsWith(metric, '_ms'), 1000, endsWith(metric, '_ratio'), 1000000, 1) AS median,
        sum(ok) AS runs,
        min(toUnixTimestamp(hour)) AS first
    FROM latency_1h
    WHERE hour >= toDateTime({from_s: UInt32}, 'UTC') AND hour < toDateTime({now_s: UInt32}, 'UTC')
        AND metric NOT IN ('', 'run_ms')
    GROUP BY region, probe, target, metric, hour_of_week
    HAVING runs > 0
)
GROUP BY region, probe, target, metric
HAVING first_s <= {enough_s: UInt32}
ORDER BY sum(runs) DESC, region, probe, target, metric
LIMIT {scopes: UInt32}`;

/** A season for every scope that asks, begun from the store where that holds enough weeks. Rejects with a `StoreError`. */
export async function readSeasons(
  store: Pick<Store, 'query'>,
  nowMs: number,
  limits: { readonly scopes: Pick<Limit, 'value'> } = SEASON_READ_LIMITS,
): Promise<(of: SeasonScope) => Season> {
  const nowS = Math.floor(nowMs / 1000);
  const rows = await store.query<Row>(SELECT_SQL, {
    from_s: nowS - SEASON_READ_LIMITS.weeks.value * WEEK_S,
    now_s: nowS,
    // A week is full when its first hour is: the rollup begins with the hour.
    enough_s: nowS - SEASON_LIMITS.weeks.value * WEEK_S,
    scopes: limits.scopes.value,
  });
  const seasons = new Map<string, HourOfWeek>();
  for (const row of rows) seasons.set(keyOf(row), HourOfWeek.of(hoursOf(row), row.first_s * 1000, nowMs));
  return (of) => {
    const key = keyOf(of);
    const season = seasons.get(key) ?? new HourOfWeek();
    seasons.set(key, season);
    return season;
  };
}

const keyOf = ({ metric, probe, region, target }: SeasonScope): string =>
  JSON.stringify([region, probe, target, metric]);

const hoursOf = ({ hours, medians, samples }: Row): HourMedian[] =>
  hours.map((hour, i) => ({ hour, median: medians[i] ?? Number.NaN, samples: samples[i] ?? 0 }));
