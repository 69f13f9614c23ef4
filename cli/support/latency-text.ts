/** A latency table as people read it: figures with units, heat, a spark, and what is more than noise. */
import { styleText } from 'node:util';
import type { LatencyRowJson } from '../../collector/api/answers/checks.ts';
import { isMetricName, metricDefinition } from '../../probes/metrics.ts';
import { type FitColumn, fitTable } from './fit-table.ts';
import { metricText } from './metric-text.ts';

export interface LatencyLook {
  readonly by: readonly string[];
  /** Names of the quantiles, in order. */
  readonly quantiles: readonly string[];
  /** What it is held against, as it heads a column; absent where it is held against nothing. */
  readonly vs?: string | undefined;
  readonly colours: boolean;
  readonly columns: number;
}

type Colour = 'red' | 'yellow' | 'green' | 'gray';
type Figure = number | null | undefined;

/** The text, and the columns that the screen had no room for. */
export function latencyText(rows: readonly LatencyRowJson[], look: LatencyLook) {
  return fitTable(
    look.vs === undefined ? plainColumns(rows, look) : comparedColumns(rows, look),
    look.columns,
  );
}

/** The same cells for Markdown, without colours and with every column. */
export function latencyCells(
  rows: readonly LatencyRowJson[],
  look: Omit<LatencyLook, 'colours' | 'columns'>,
) {
  const all = { ...look, colours: false, columns: Number.POSITIVE_INFINITY };
  const columns = look.vs === undefined ? plainColumns(rows, all) : comparedColumns(rows, all);
  const height = columns[0]?.cells.length ?? 0;
  return {
    headers: columns.map(({ header }) => header),
    rows: Array.from({ length: height }, (_, row) => columns.map(({ cells }) => cells[row])),
  };
}

function plainColumns(rows: readonly LatencyRowJson[], look: LatencyLook): FitColumn[] {
  const paint = painter(look);
  const counts = ['ok', 'fail', 'missed', 'disturbed'] as const;
  const spare = { ok: 4, fail: 3, missed: 5, disturbed: 6 } as const;
  return [
    ...placeColumns(rows, look),
    ...quantileColumns(rows, look),
    {
      header: 'success',
      cells: rows.map((row) => shareText(row.success_ratio)),
      paint: (text, row) => paint(text, shareHeat(rows[row]?.success_ratio)),
    },
    ...counts.map((header) => ({ header, cells: rows.map((row) => row[header]), spare: spare[header] })),
    ...sparkColumn(rows),
  ];
}

function placeColumns(rows: readonly LatencyRowJson[], { by }: LatencyLook): FitColumn[] {
  const isTime = (name: string): boolean => ['minute', 'hour', 'step'].includes(name);
  return [
    ...by.map((name) => ({
      header: isTime(name) ? `${name} (UTC)` : name,
      cells: rows.map((row) => (isTime(name) ? timeText(row[name]) : row[name])),
    })),
    { header: 'metric', cells: rows.map((row) => row.metric) },
  ];
}

const timeText = (value: unknown): string => String(value).slice(0, 16).replace('T', ' ');

/** Those behind the second can be spared. */
function quantileColumns(rows: readonly LatencyRowJson[], look: LatencyLook): FitColumn[] {
  const paint = painter(look);
  return look.quantiles.map((name, index) => {
    const heat = heatOf(rows, name);
    return {
      header: name,
      cells: rows.map((row) => figureText(row.metric, row[name] as Figure)),
      paint: (text, row) => paint(text, heat(row)),
      ...(index > 1 ? { spare: 2 } : {}),
    };
  });
}

/** A line for each quantile, and one for the share of success: what differs is read downwards. */
function comparedColumns(rows: readonly LatencyRowJson[], look: LatencyLook): FitColumn[] {
  const paint = painter(look);
  const names = [...look.quantiles, 'success_ratio'];
  const lines = rows.flatMap((row) => names.map((name) => ({ row, name, diff: row.diff?.[name] })));
  const cell = (name: string, metric: string, value: Figure): string | null =>
    name === 'success_ratio' ? shareText(value) : figureText(metric, value);
  const verdictHeat: Readonly<Record<string, Colour>> = {
    worse: 'red',
    better: 'green',
    noise: 'gray',
    few: 'gray',
  };
  return [
    ...placeColumns(
      lines.map(({ row }) => row),
      look,
    ),
    { header: 'figure', cells: lines.map(({ name }) => (name === 'success_ratio' ? 'success' : name)) },
    { header: 'now', cells: lines.map(({ name, row }) => cell(name, row.metric, row[name] as Figure)) },
    {
      header: `${look.vs}`,
      cells: lines.map(({ name, row }) => cell(name, row.metric, row.vs?.[name])),
      spare: 1,
    },
    { header: 'diff', cells: lines.map(({ diff, name, row }) => changeText(name, row.metric, diff?.value)) },
    {
      header: 'diff %',
      // A share that falls by five points falls by five per cent of itself, too: one of both is enough.
      cells: lines.map(({ diff, name }) => (name === 'success_ratio' ? null : ratioText(diff?.ratio))),
      spare: 2,
    },
    {
      header: '95% interval',
      cells: lines.map(({ diff, name, row }) =>
        diff?.low === null || diff?.low === undefined
          ? null
          : `${changeText(name, row.metric, diff.low)} to ${changeText(name, row.metric, diff.high)}`,
      ),
      spare: 3,
    },
    {
      header: 'verdict',
      cells: lines.map(({ diff }) => diff?.verdict),
      paint: (text, line) => paint(text, verdictHeat[lines[line]?.diff?.verdict ?? '']),
    },
  ];
}

function figureText(metric: string, value: Figure): string | null {
  return value === null || value === undefined ? null : metricText(metric, value);
}

function shareText(value: Figure): string | null {
  return value === null || value === undefined ? null : `${(value * 100).toFixed(1)} %`;
}

/** With its sign; of shares in percentage points. */
function changeText(name: string, metric: string, value: Figure): string | null {
  if (value === null || value === undefined) return null;
  const text =
    name === 'success_ratio'
      ? `${(Math.abs(value) * 100).toFixed(1)} pp`
      : metricText(metric, Math.abs(value));
  return `${value < 0 ? '-' : '+'}${text}`;
}

function ratioText(value: Figure): string | null {
  return value === null || value === undefined
    ? null
    : `${value < 0 ? '' : '+'}${(value * 100).toFixed(1)} %`;
}

function painter({ colours }: LatencyLook) {
  return (text: string, colour: Colour | undefined): string =>
    colours && colour ? styleText(colour, text, { validateStream: false }) : text;
}

/** Fewer rows of a metric have no usual value that one could be far from. */
const PEERS_MIN = 3;

/** How far a row is from the middle one of its metric, in the direction that users feel. */
function heatOf(rows: readonly LatencyRowJson[], name: string): (row: number) => Colour | undefined {
  const values = Map.groupBy(
    rows.filter((row) => typeof row[name] === 'number'),
    (row) => row.metric,
  );
  const middles = new Map(
    [...values].map(([metric, peers]) => {
      const sorted = peers.map((row) => row[name] as number).toSorted((a, b) => a - b);
      return [metric, sorted.length < PEERS_MIN ? undefined : sorted[sorted.length >> 1]] as const;
    }),
  );
  return (at) => {
    const row = rows[at];
    const middle = middles.get(row?.metric ?? '');
    const value = row?.[name];
    if (!row || middle === undefined || typeof value !== 'number' || !isMetricName(row.metric))
      return undefined;
    const { better } = metricDefinition(row.metric);
    if (better === 'neither' || middle <= 0 || value <= 0) return undefined;
    const worse = better === 'lower' ? value / middle : middle / value;
    return worse > 2 ? 'red' : worse > 1.25 ? 'yellow' : worse < 1.05 ? 'green' : undefined;
  };
}

function shareHeat(value: Figure): Colour | undefined {
  if (value === null || value === undefined) return undefined;
  return value < 0.95 ? 'red' : value < 0.99 ? 'yellow' : value > 0.999 ? 'green' : undefined;
}

function sparkColumn(rows: readonly LatencyRowJson[]): FitColumn[] {
  if (!rows.some((row) => row.spark)) return [];
  return [{ header: 'trend', cells: rows.map((row) => sparkText(row.spark ?? [])), spare: 1 }];
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar a section, from the least to the most of the row; a blank where nothing was measured. What hardly moves is flat. */
export function sparkText(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  // A tenth of the value is no mountain.
  const span = Math.max(high - low, Math.abs(high) / 4, Number.MIN_VALUE);
  return values
    .map((value) =>
      value === null ? ' ' : (BARS[Math.round(((value - low) / span) * (BARS.length - 1))] ?? ''),
    )
    .join('');
}
