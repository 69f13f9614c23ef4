/** What the store says: the rows of `results`, what was expected, and the rollups against the rows that they are made of. */
import type { Entry } from './account.ts';

/** Runs one SELECT; the rows as objects, 64-bit integers as numbers. */
export type Ask = <T>(sql: string) => Promise<readonly T[]>;

export interface StoredResult extends Entry {
  readonly missedReason: string;
}

/** When a check was expected of an agent. */
export interface ExpectedPeriod {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly everyMs: number;
  readonly fromMs: number;
  /** Absent while it is open. */
  readonly untilMs: number | undefined;
}

/** A rollup of one region against the results of that region. */
export interface RollupBooks {
  readonly table: string;
  readonly region: string;
  /** Values that the results of the region come to, over all metrics. */
  readonly expected: number;
  /** Values short in some cell, and values too many in another: they do not make up for each other. */
  readonly lost: number;
  readonly duplicates: number;
  /** Cells with the right count and a wrong sum or outcome. */
  readonly wrongCells: number;
}

/** A boot whose progress is not what its results say. */
export interface WrongProgress {
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
  readonly results: number;
  readonly storedSeq: number;
  readonly stored: number;
}

export interface StoreBooks {
  /** By agent. */
  readonly results: ReadonlyMap<string, readonly StoredResult[]>;
  readonly periods: readonly ExpectedPeriod[];
  readonly rollups: readonly RollupBooks[];
  readonly wrongProgress: readonly WrongProgress[];
}

const MINUTES = { column: 'minute', start: 'toStartOfMinute' } as const;
const HOURS = { column: 'hour', start: 'toStartOfHour' } as const;
const OF_REGION = 'region, country, target, probe, type';

const ROLLUPS = [
  { table: 'latency_1m', ...MINUTES, cell: `${OF_REGION}, isp, pop` },
  { table: 'latency_1h', ...HOURS, cell: `${OF_REGION}, isp, pop` },
  { table: 'latency_region_1m', ...MINUTES, cell: OF_REGION },
  { table: 'latency_region_1h', ...HOURS, cell: OF_REGION },
] as const;

export async function readBooks(ask: Ask): Promise<StoreBooks> {
  return {
    results: await readResults(ask),
    periods: await readPeriods(ask),
    rollups: (await Promise.all(ROLLUPS.map((rollup) => ask<RollupBooks>(rollupSql(rollup))))).flat(),
    wrongProgress: await ask<WrongProgress>(PROGRESS),
  };
}

type ResultTuple = readonly [number, string, string, number, string, string, string];

async function readResults(ask: Ask): Promise<ReadonlyMap<string, readonly StoredResult[]>> {
  const boots = await ask<{ agent: string; boot: string; entries: readonly ResultTuple[] }>(`
SELECT toString(agent) AS agent, toString(boot) AS boot,
  groupArray((seq, toString(probe), toString(target), toUnixTimestamp64Milli(scheduled_at), toString(trigger),
    toString(outcome), toString(missed_reason))) AS entries
FROM results GROUP BY agent, boot ORDER BY agent, boot`);
  const byAgent = new Map<string, StoredResult[]>();
  for (const { agent, boot, entries } of boots) {
    const rows = byAgent.get(agent) ?? [];
    for (const [seq, probe, target, scheduledMs, trigger, outcome, missedReason] of entries)
      rows.push({ boot, seq, probe, target, scheduledMs, trigger, outcome, missedReason });
    byAgent.set(agent, rows);
  }
  return byAgent;
}

async function readPeriods(ask: Ask): Promise<readonly ExpectedPeriod[]> {
  const rows = await ask<Omit<ExpectedPeriod, 'untilMs'> & { readonly untilMs: number | null }>(`
SELECT agent, toString(probe) AS probe, toString(target) AS target, every_ms AS everyMs,
  toUnixTimestamp64Milli(effective_from) AS fromMs, toUnixTimestamp64Milli(effective_until) AS untilMs
FROM assignments FINAL ORDER BY agent, probe, target, fromMs`);
  return rows.map((row) => ({ ...row, untilMs: row.untilMs ?? undefined }));
}

/**
 * The rollup computed once more, in another way, from the results that are there; then cell by cell against what it holds. Every
 * scheduled result counts once under `run_ms` and once under each of its metrics; one that was disturbed, as that alone.
 */
function rollupSql({ cell, column, start, table }: (typeof ROLLUPS)[number]): string {
  const parts = ['count', 'ok', 'fail', 'agent_fail', 'missed', 'disturbed', 'value_sum'];
  return `
SELECT '${table}' AS table, region, sum(count_0) AS expected, sum(greatest(count_0 - count_1, 0)) AS lost,
  sum(greatest(count_1 - count_0, 0)) AS duplicates, countIf(count_0 = count_1 AND (${parts
    .slice(1)
    .map((part) => `${part}_0 != ${part}_1`)
    .join(' OR ')})) AS wrongCells
FROM
(
  SELECT ${parts.map((part) => `sumIf(${part}, held = 0) AS ${part}_0, sumIf(${part}, held = 1) AS ${part}_1`).join(', ')}, region
  FROM
  (
    SELECT 0 AS held, toString(tupleElement(item, 1)) AS name, ${start}(toDateTime(scheduled_at, 'UTC')) AS at, ${cell},
      toInt64(count()) AS count, toInt64(countIf(outcome = 'ok' AND results.disturbed = 0)) AS ok,
      toInt64(countIf(outcome = 'fail' AND blame != 'agent' AND results.disturbed = 0)) AS fail,
      toInt64(countIf(outcome = 'fail' AND blame = 'agent' AND results.disturbed = 0)) AS agent_fail,
      toInt64(countIf(outcome = 'missed')) AS missed, toInt64(countIf(outcome != 'missed' AND results.disturbed = 1)) AS disturbed,
      sumIf(toInt64(tupleElement(item, 2)), outcome = 'ok' AND results.disturbed = 0) AS value_sum
    FROM results
    ARRAY JOIN arrayPushBack(arrayFilter(pair -> pair.1 != 'run_ms', arrayZip(metric, value)), ('run_ms', toInt64(duration_us))) AS item
    WHERE trigger = 'schedule'
    GROUP BY name, at, ${cell}
    UNION ALL
    SELECT 1 AS held, toString(metric) AS name, ${column} AS at, ${cell},
      ${parts.map((part) => `toInt64(sum(${table}.${part})) AS ${part}`).join(', ')}
    FROM ${table} WHERE metric != ''
    GROUP BY name, at, ${cell}
  )
  GROUP BY name, at, ${cell}
)
GROUP BY region ORDER BY region`;
}

const PROGRESS = `
SELECT agent, boot, max(p_seq) AS seq, sum(p_results) AS results, max(r_seq) AS storedSeq, sum(r_results) AS stored
FROM
(
  SELECT toString(agent) AS agent, toString(boot) AS boot, seq AS p_seq, results AS p_results, 0 AS r_seq, 0 AS r_results
  FROM agent_progress
  UNION ALL
  SELECT toString(agent), toString(boot), 0, 0, max(results.seq), count() FROM results GROUP BY agent, boot
)
GROUP BY agent, boot
HAVING seq != storedSeq OR results != stored
ORDER BY agent, boot`;
