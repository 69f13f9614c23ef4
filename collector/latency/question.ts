/** What can be asked of a latency table: dimensions, metrics, levels, a time, and what it is held against. */
import type { MetricName } from '../../probes/metrics.ts';

/** Of the rollups. */
export const PLACE_DIMENSIONS = ['region', 'country', 'isp', 'target', 'pop', 'probe'] as const;
export type PlaceDimension = (typeof PLACE_DIMENSIONS)[number];

/** `step`: as long as lets the time have no more of them than a plot can show. */
export const TIME_DIMENSIONS = ['minute', 'hour', 'step'] as const;

export const LATENCY_DIMENSIONS = [...PLACE_DIMENSIONS, ...TIME_DIMENSIONS] as const;
export type LatencyDimension = (typeof LATENCY_DIMENSIONS)[number];

export type Filters = Readonly<Partial<Record<PlaceDimension, string>>>;

/** What a table shows when no metric is asked for: one of each thing that users do. */
export const HEADLINE_METRICS: readonly MetricName[] = [
  'video_startup_ms',
  'first_frame_ms',
  'ttfb_ms',
  'upload_goodput_bps',
];

export const isTimeDimension = (name: string): boolean =>
  (TIME_DIMENSIONS as readonly string[]).includes(name);

/** A level of a quantile, 0 to 1, under the name that it has in a row: `p50`, `p95`, `p999`. */
export interface Level {
  readonly name: string;
  readonly level: number;
}

/**
 * Reads `p95`, `p999` or `0.95`; undefined for what is no level from 1 % to 99.99 %. Two digits are percent; a third and a fourth are its
 * decimals, so that `p999` is 99.9 %.
 */
export function parseLevel(text: string): Level | undefined {
  const [, percent, part] = /^(?:p([1-9]\d{0,3})|0?\.(\d{1,4}))$/i.exec(text.trim()) ?? [];
  const digits = percent ?? part?.replace(/0+$/, '').padEnd(2, '0');
  if (digits === undefined) return undefined;
  const level = percent?.length === 1 ? Number(percent) / 100 : Number(`0.${digits}`);
  // p100 and p990 would be read as something else than they say.
  if (level < 0.01 || (digits.length > 2 && /^0|0$/.test(digits))) return undefined;
  return { name: `p${digits.length > 2 ? digits : Number(digits)}`, level };
}

export const levelOf = (name: string): Level => {
  const level = parseLevel(name);
  if (level === undefined) throw new RangeError(`${name} is no quantile`);
  return level;
};

export const DEFAULT_LEVELS: readonly Level[] = ['p50', 'p75', 'p95', 'p99'].map(levelOf);

/** What a row is held against: the same at another time, or the same of another place. */
export type Reference =
  | { readonly kind: 'earlier'; readonly shiftMs: number }
  | { readonly kind: 'place'; readonly dimension: PlaceDimension; readonly value: string };

export interface LatencyQuestion {
  readonly by: readonly LatencyDimension[];
  readonly metrics: readonly MetricName[];
  readonly levels: readonly Level[];
  /** Unix milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly filters: Filters;
  readonly reference?: Reference | undefined;
  /** Whether rows have the first level of each section of the time. */
  readonly spark?: boolean;
  /** Steps that the time is cut into at most. */
  readonly stepsMax: number;
}
