/** The cells of a latency table out of the rollups: for each group and metric its counts and quantiles, and those of each section. */
import type { MetricName } from '../../probes/metrics.ts';
import { probeOf } from '../../probes/registry.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { type Filters, isTimeDimension, type LatencyDimension, type Level } from './question.ts';
import type { Window } from './window.ts';

export type Group = Readonly<Partial<Record<LatencyDimension, string>>>;

export const COUNTED = ['ok', 'fail', 'agent_fail', 'missed', 'disturbed'] as const;
export type Counts = Record<(typeof COUNTED)[number], number>;

/** Of one section of the time: `count` ok runs that measured the metric, and scheduled runs by how they ended. */
export interface CellSection {
  count: number;
  ok: number;
  fail: number;
  /** As the quantiles of the cell. */
  quantiles: readonly (number | null)[];
}

export interface Cell {
  readonly group: Group;
  readonly metric: MetricName;
  readonly counts: Counts;
  /** Ok runs that measured the metric. */
  readonly count: number;
  /** In the order of the levels, in steps of the store. */
  readonly quantiles: readonly (number | null)[];
  /** By number, from 0; empty when they were not asked for. */
  readonly sections: ReadonlyMap<number, CellSection>;
}

/** A cell, and the one that it is held against. */
export interface Pair {
  readonly cell: Cell;
  readonly reference: Cell | undefined;
}

export interface CellQuestion {
  readonly by: readonly LatencyDimension[];
  readonly metrics: readonly MetricName[];
  readonly levels: readonly Level[];
  readonly window: Window;
  readonly filters: Filters;
  readonly sections: boolean;
  /** So much later are minutes, hours and steps told: those of an earlier time under the names of now. Milliseconds. */
  readonly shiftMs: number;
  /** One more is read, so that it shows. */
  readonly groupsMax: number;
}

type Measured = Group & {
  metric: string;
  probes: string[];
  count: number;
  quantiles: (number | null)[];
  at: number[];
  section_counts: number[];
  section_quantiles: (number | null)[][];
};
type Outcomes = Group &
  Counts & {
    run_probe: string;
    run_type: string;
    at: number[];
    section_ok: number[];
    section_fail: number[];
  };

/** The cells in the order of their keys; undefined when there are more than `groupsMax` groups. */
export async function readCells(
  store: Store,
  question: CellQuestion,
): Promise<Map<string, Cell> | undefined> {
  if (question.window.parts.length === 0) return new Map();
  const params: QueryParams = {
    metrics: question.metrics,
    rows: question.groupsMax + 1,
    ...Object.fromEntries(
      Object.entries(question.filters).map(([name, value]) => [`f_${name}`, value ?? '']),
    ),
  };
  const [measured, outcomes] = await Promise.all([
    store.query<Measured>(measuredSql(question), params),
    store.query<Outcomes>(outcomesSql(question), params),
  ]);
  if (Math.max(measured.length, outcomes.length) > question.groupsMax) return undefined;
  return joinCells(question, measured, outcomes);
}

export function keyOf(by: readonly LatencyDimension[], group: Group, metric: string): string {
  return JSON.stringify([...by.map((name) => group[name]), metric]);
}

/** Times have names of their own: under that of the column of a rollup they would be taken for it. */
const columnOf = (name: LatencyDimension): string => (isTimeDimension(name) ? `start_${name}` : name);

/** The columns of the dimensions, and how they are called in the answer. */
function groupsOf({ by }: CellQuestion, more: readonly string[]) {
  const columns = [...by.map(columnOf), ...more];
  return {
    columns: columns.join(', '),
    named: [...by.map((name) => `${columnOf(name)} AS ${name}`), ...more].join(', '),
  };
}

/** The rows of the rollups, as one table; `section` is the number of their section. */
function sourceSql(question: CellQuestion, columns: readonly string[], where: string): string {
  const { by, filters, sections, shiftMs, window } = question;
  const wanted = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = {f_${name}:String}`],
  );
  return window.parts
    .map(({ table, slot, fromMs, toMs }) => {
      const stepS = window.stepMs / 1000;
      const told = `${slot} + ${shiftMs / 1000}`;
      const starts: Partial<Record<LatencyDimension, string>> = {
        minute: told,
        hour: `toStartOfHour(${told})`,
        step: `toDateTime(intDiv(toUnixTimestamp(${told}), ${stepS}) * ${stepS}, 'UTC')`,
      };
      const dimensions = by.map((name) => (starts[name] ? `${starts[name]} AS ${columnOf(name)}` : name));
      const section = sections
        ? `intDiv(toUnixTimestamp(${slot}) - ${window.fromMs / 1000}, ${window.sectionMs / 1000})`
        : '0';
      const time = [
        `${slot} >= toDateTime(${fromMs / 1000}, 'UTC')`,
        `${slot} < toDateTime(${toMs / 1000}, 'UTC')`,
      ];
      return `SELECT ${[...new Set([...dimensions, ...columns]), `${section} AS section`].join(', ')}
        FROM ${table} WHERE ${[...time, where, ...wanted].join(' AND ')}`;
    })
    .join(' UNION ALL ');
}

/** States of sections are merged first, so that the whole costs a merge of each section more, and not of each minute. */
function measuredSql(question: CellQuestion): string {
  const merge = `0.01, ${question.levels.map(({ level }) => level).join(', ')}`;
  const { columns, named } = groupsOf(question, ['metric']);
  const source = sourceSql(
    question,
    ['metric', 'probe', 'ok', 'quantiles'],
    'metric IN {metrics:Array(String)}',
  );
  return `SELECT ${named}, groupUniqArrayArray(probes) AS probes, sum(runs) AS count,
      quantilesDDMerge(${merge})(state) AS quantiles, groupArray(section) AS at, groupArray(runs) AS section_counts,
      groupArray(finalizeAggregation(state)) AS section_quantiles
    FROM (
      SELECT ${columns}, section, groupUniqArray(probe) AS probes, sum(s.ok) AS runs,
        quantilesDDMergeState(${merge})(s.quantiles) AS state
      FROM (${source}) AS s
      GROUP BY ${columns}, section
    )
    GROUP BY ${columns} LIMIT {rows:UInt32}`;
}

/** Outcomes come from the pseudo-metric `run_ms`, which every run has: a run that failed before it measured anything counts. */
function outcomesSql(question: CellQuestion): string {
  const { columns, named } = groupsOf(question, ['run_probe', 'run_type']);
  const source = sourceSql(
    question,
    ['probe AS run_probe', 'type AS run_type', ...COUNTED],
    "metric = 'run_ms'",
  );
  return `SELECT ${named}, ${COUNTED.map((name) => `sum(o.of_${name}) AS ${name}`).join(', ')},
      groupArray(section) AS at, groupArray(o.of_ok) AS section_ok, groupArray(o.of_fail) AS section_fail
    FROM (
      SELECT ${columns}, section, ${COUNTED.map((name) => `sum(s.${name}) AS of_${name}`).join(', ')}
      FROM (${source}) AS s
      GROUP BY ${columns}, section
    ) AS o
    GROUP BY ${columns} LIMIT {rows:UInt32}`;
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

interface OpenCell {
  readonly group: Group;
  readonly metric: MetricName;
  readonly counts: Counts;
  readonly sections: Map<number, CellSection>;
}

function joinCells(
  { by, metrics, sections }: CellQuestion,
  measured: readonly Measured[],
  outcomes: readonly Outcomes[],
): Map<string, Cell> {
  const belongs = belongsTo(measured);
  const cells = new Map<string, OpenCell>();
  for (const row of outcomes) {
    for (const metric of metrics) {
      if (!belongs(row, metric)) continue;
      const key = keyOf(by, row, metric);
      const cell = cells.get(key) ?? newCell(row, metric);
      cells.set(key, cell);
      for (const name of COUNTED) cell.counts[name] += row[name];
      if (sections)
        row.at.forEach((at, index) => {
          const section = sectionOf(cell, at);
          section.ok += row.section_ok[index] ?? 0;
          section.fail += row.section_fail[index] ?? 0;
        });
    }
  }
  const found = new Map(measured.map((row) => [keyOf(by, row, row.metric), row]));
  return new Map(
    [...cells]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, cell]) => [key, closed(cell, found.get(key), sections)]),
  );
}

function newCell(group: Group, metric: MetricName): OpenCell {
  const counts = { ok: 0, fail: 0, agent_fail: 0, missed: 0, disturbed: 0 };
  return { group, metric, counts, sections: new Map() };
}

function sectionOf({ sections }: OpenCell, at: number): CellSection {
  const section = sections.get(at) ?? { count: 0, ok: 0, fail: 0, quantiles: [] };
  sections.set(at, section);
  return section;
}

function closed(cell: OpenCell, row: Measured | undefined, sections: boolean): Cell {
  if (sections && row)
    row.at.forEach((at, index) => {
      const section = sectionOf(cell, at);
      section.count = row.section_counts[index] ?? 0;
      section.quantiles = section.count > 0 ? (row.section_quantiles[index] ?? []) : [];
    });
  const count = row?.count ?? 0;
  return { ...cell, count, quantiles: count > 0 ? (row?.quantiles ?? []) : [] };
}
