/** A latency table: rows by any dimensions of the rollups, and what each differs by from another time or place. */
import { type MetricName, scaleOf, unitOf } from '../../probes/metrics.ts';
import type { Store } from '../store/store.ts';
import { type Cell, type Counts, type Group, keyOf, type Pair, readCells } from './cells.ts';
import { compareCells, type LatencyDifference } from './compare.ts';
import { isTimeDimension, type LatencyDimension, type LatencyQuestion } from './question.ts';
import { rollupBegins } from './rollup-begins.ts';
import { type Window, windowOf } from './window.ts';

/**
 * A row: the dimensions asked for, and for one metric its quantiles in its own unit (`p50`, `p95`, … as asked), over `count` ok runs
 * that measured it. `ok`, `fail` and `missed` count the scheduled runs of the probes that measure it: where all fail, `count` is 0, the
 * quantiles are null and the row is still there. `agent_fail`, what agents did to themselves, is no failure of the region; `disturbed`
 * runs are in no other count and in no quantile.
 */
export type LatencyRow = Group &
  Counts & {
    readonly metric: MetricName;
    readonly unit: string;
    readonly count: number;
    readonly success_ratio: number | null;
    /** Of each section of the time the first quantile that was asked for; null where nothing was measured. */
    readonly spark?: readonly (number | null)[];
    /** What the same was at the other time, or in the other place; null where there was nothing. */
    readonly vs?: Readonly<Record<string, number | null>> | null;
    /** By the names of quantiles, and `success_ratio`. */
    readonly diff?: Readonly<Record<string, LatencyDifference>> | null;
    readonly [quantile: `p${number}`]: number | null;
  };

export interface LatencyTable {
  readonly rows: readonly LatencyRow[];
  readonly window: Window;
  /** The time that it is held against; that of the table itself where it is held against a place. */
  readonly reference?: Window;
}

/** Undefined when it would have more than `groupsMax` groups. */
export async function readLatency(
  store: Store,
  question: LatencyQuestion,
  groupsMax: number,
): Promise<LatencyTable | undefined> {
  const { reference } = question;
  const { firstHourMs, regionsFromMs } = await rollupBegins(store, question.nowMs);
  const windowAt = (shiftMs: number, untilMs: number) =>
    windowOf({
      sinceMs: question.sinceMs - shiftMs,
      untilMs,
      nowMs: question.nowMs,
      firstHourMs,
      regionsFromMs: isOfRegions(question) ? regionsFromMs : undefined,
      minutes: question.by.includes('minute'),
      stepsMax: question.stepsMax,
    });
  const window = windowAt(0, question.untilMs);
  const sections = reference !== undefined || question.spark === true;
  const asked = { ...question, groupsMax, sections, shiftMs: 0 };
  if (!reference) {
    const cells = await readCells(store, { ...asked, window });
    return cells && { window, rows: [...cells.values()].map((cell) => rowOf(question, window, cell)) };
  }
  const other =
    reference.kind === 'earlier'
      ? windowAt(reference.shiftMs, earlierEnd(question, window, reference.shiftMs))
      : window;
  const filters =
    reference.kind === 'place'
      ? { ...question.filters, [reference.dimension]: reference.value }
      : question.filters;
  const [now, then] = await Promise.all([
    readCells(store, { ...asked, window }),
    readCells(store, {
      ...asked,
      window: other,
      filters,
      shiftMs: reference.kind === 'earlier' ? reference.shiftMs : 0,
    }),
  ]);
  if (!now || !then) return undefined;
  const pairs = reference.kind === 'earlier' ? sameCells(now, then) : placeCells(question, now, then);
  const differences = compareCells(question.levels, pairs);
  const rows = pairs.map(({ cell, reference: before }, index) => ({
    ...rowOf(question, window, cell),
    vs: before ? figures(question, before) : null,
    diff: differences[index] ?? null,
  }));
  return { window, reference: other, rows };
}

/**
 * Where the time before ends. Whole minutes and hours make both times longer than they were asked for: of two that follow each other
 * the earlier gives way, so that nothing is held against itself.
 */
function earlierEnd({ sinceMs, untilMs }: LatencyQuestion, { fromMs }: Window, shiftMs: number): number {
  const follows = untilMs - shiftMs <= sinceMs;
  return follows ? Math.min(untilMs - shiftMs, fromMs) : untilMs - shiftMs;
}

/** Whether neither network nor edge is asked for. */
function isOfRegions({ by, filters, reference }: LatencyQuestion): boolean {
  const place = reference?.kind === 'place' ? reference.dimension : undefined;
  return (['isp', 'pop'] as const).every(
    (name) => !by.includes(name) && filters[name] === undefined && place !== name,
  );
}

/** What was there then and is gone now is a row, too. */
function sameCells(now: ReadonlyMap<string, Cell>, then: ReadonlyMap<string, Cell>): Pair[] {
  const gone = [...then].filter(([key]) => !now.has(key)).map(([key, cell]) => [key, nothing(cell)] as const);
  return [...now, ...gone]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, cell]) => ({ cell, reference: then.get(key) }));
}

function nothing(cell: Cell): Cell {
  const counts = { ok: 0, fail: 0, agent_fail: 0, missed: 0, disturbed: 0 };
  return { ...cell, counts, count: 0, quantiles: [], sections: new Map() };
}

/** Each is held against the cell that differs from it in the place alone; that one is held against nothing. */
function placeCells(
  { by, reference }: LatencyQuestion,
  now: ReadonlyMap<string, Cell>,
  then: ReadonlyMap<string, Cell>,
): Pair[] {
  if (reference?.kind !== 'place') return [];
  const { dimension, value } = reference;
  return [...now.values()].map((cell) => ({
    cell,
    reference:
      cell.group[dimension] === value
        ? undefined
        : then.get(keyOf(by, { ...cell.group, [dimension]: value }, cell.metric)),
  }));
}

function rowOf(question: LatencyQuestion, window: Window, cell: Cell): LatencyRow {
  const { by, spark } = question;
  const { counts, metric } = cell;
  const dimensions = by.map((name) => [name, dimensionText(name, cell.group[name] ?? '')]);
  return {
    ...(Object.fromEntries(dimensions) as Group),
    metric,
    unit: unitOf(metric),
    ...counts,
    ...figures(question, cell),
    ...(spark ? { spark: sparkOf(window, cell) } : {}),
  } as LatencyRow;
}

function figures({ levels }: LatencyQuestion, cell: Cell) {
  const { ok, fail } = cell.counts;
  return {
    count: cell.count,
    success_ratio: ok + fail === 0 ? null : ok / (ok + fail),
    ...Object.fromEntries(levels.map(({ name }, i) => [name, inUnits(cell.metric, cell.quantiles[i])])),
  };
}

function sparkOf({ fromMs, toMs, sectionMs }: Window, cell: Cell): (number | null)[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / sectionMs) }, (_, at) =>
    inUnits(cell.metric, cell.sections.get(at)?.quantiles[0]),
  );
}

/** A time comes from the store without its milliseconds. */
function dimensionText(name: LatencyDimension, value: string): string {
  return isTimeDimension(name) ? new Date(Date.parse(value)).toISOString() : value;
}

/** A stored integer as a number of the metric's own unit, at the three digits that a sketch of 1 % can carry, and one more. */
export function inUnits(metric: string, stored: number | null | undefined): number | null {
  if (stored === null || stored === undefined || !Number.isFinite(stored)) return null;
  return Number((stored / scaleOf(metric)).toPrecision(4));
}
