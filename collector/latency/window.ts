/** Which rows of which rollup a time is read from, and the sections that it is cut into. Pure. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Times longer than this are read by the hour, sixty times fewer rows: they begin at the whole hour. */
const BY_THE_MINUTE_MAX_MS = 6 * HOUR_MS;

/** Enough sections for their spread to say something, few enough that each has runs; also what fits beside a table as a spark. */
const SECTIONS_MAX = 16;
const MINUTES = [1, 2, 5, 10, 15, 30, 60];
const HOURS = [1, 2, 3, 4, 6, 12, 24, 48, 168];

/** Each rollup, and the one that has the same without network and edge. */
const OF_REGIONS = { latency_1m: 'latency_region_1m', latency_1h: 'latency_region_1h' } as const;

/** Rows of one rollup, of slots in [fromMs, toMs). */
export interface Part {
  readonly table: keyof typeof OF_REGIONS | (typeof OF_REGIONS)[keyof typeof OF_REGIONS];
  readonly slot: 'minute' | 'hour';
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Window {
  /** Whole minutes, or a whole hour at the beginning; Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly sectionMs: number;
  /** Of `by=step`; steps begin at its whole multiples. */
  readonly stepMs: number;
  readonly parts: readonly Part[];
}

export interface WindowQuestion {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  /** Start of the first hour that the rollup by the hour has, which it may have only the end of; undefined while it has none. */
  readonly firstHourMs: number | undefined;
  /** The whole hour from which on the rollups of regions have everything; undefined where the question needs more than they have. */
  readonly regionsFromMs?: number | undefined;
  /** Rows are asked for minute by minute. */
  readonly minutes?: boolean;
  readonly stepsMax: number;
}

/**
 * The time as it is read. The running hour is read from the hours as well: they are filled together with the minutes. An end
 * within a past hour, and what was before the first hour, is read from the minutes. What needs neither network nor edge is read from
 * the rollups of regions, as far back as they go.
 */
export function windowOf(question: WindowQuestion): Window {
  const { sinceMs, untilMs, nowMs, firstHourMs, stepsMax } = question;
  const toMs = ceil(untilMs, MINUTE_MS);
  const isLong = untilMs - sinceMs > BY_THE_MINUTE_MAX_MS;
  const fromMs = floor(sinceMs, isLong ? HOUR_MS : MINUTE_MS);
  const sectionMs = sectionOf(toMs - fromMs, isLong, SECTIONS_MAX);
  const stepMs = sectionOf(toMs - fromMs, isLong, stepsMax);
  const times = { fromMs, toMs, sectionMs, stepMs };
  const minutes = (from: number, to: number): Part[] =>
    from < to ? [{ table: 'latency_1m', slot: 'minute', fromMs: from, toMs: to }] : [];
  if (!isLong || question.minutes || firstHourMs === undefined)
    return { ...times, parts: ofRegions(minutes(fromMs, toMs), question) };
  const isRunning = toMs >= floor(nowMs, MINUTE_MS);
  const hoursFrom = Math.min(toMs, Math.max(fromMs, firstHourMs + HOUR_MS));
  const hoursTo = Math.max(hoursFrom, isRunning ? ceil(toMs, HOUR_MS) : floor(toMs, HOUR_MS));
  // A first hour that has only begun is in the minutes whole.
  const hours: Part[] =
    floor(hoursFrom, HOUR_MS) === hoursFrom && hoursFrom < hoursTo
      ? [{ table: 'latency_1h', slot: 'hour', fromMs: hoursFrom, toMs: hoursTo }]
      : [];
  const minutesFrom = hours.length > 0 ? hoursTo : hoursFrom;
  return {
    ...times,
    parts: ofRegions([...minutes(fromMs, hoursFrom), ...hours, ...minutes(minutesFrom, toMs)], question),
  };
}

function ofRegions(parts: readonly Part[], { regionsFromMs }: WindowQuestion): Part[] {
  if (regionsFromMs === undefined) return [...parts];
  return parts.flatMap(({ fromMs, table, toMs, ...part }) => {
    const cutMs = Math.min(toMs, Math.max(fromMs, regionsFromMs));
    const narrow = OF_REGIONS[table as keyof typeof OF_REGIONS];
    return [
      { ...part, table, fromMs, toMs: cutMs },
      { ...part, table: narrow, fromMs: cutMs, toMs },
    ].filter((one) => one.fromMs < one.toMs);
  });
}

function sectionOf(lengthMs: number, isLong: boolean, most: number): number {
  const steps = isLong
    ? HOURS.map((hours) => hours * HOUR_MS)
    : MINUTES.map((minutes) => minutes * MINUTE_MS);
  return steps.find((step) => lengthMs / step <= most) ?? (steps.at(-1) as number);
}

const floor = (ms: number, step: number): number => Math.floor(ms / step) * step;
const ceil = (ms: number, step: number): number => Math.ceil(ms / step) * step;
