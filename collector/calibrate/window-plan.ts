/**
 * Where the windows of a pair are: a function of how many runs each minute had, and of nothing else. So whoever asks, live or
 * later, and however often, finds the same windows. Pure.
 */
import type { CalibrationSettings } from './settings.ts';

export const MINUTE_MS = 60_000;

/** Runs of one probe by the minute: start of the minute and count, in the order of time. */
export type Minutes = readonly (readonly [atMs: number, runs: number])[];

/** Where the plan of a pair stands. */
export interface OpenWindow {
  /** No window begins earlier. */
  readonly afterMs: number;
  /** A window that turned out to have too few runs that count: it needs so many in all. */
  readonly need?: { readonly startMs: number; readonly twin: number; readonly browser: number };
}

/** A window with enough runs, as far as one can tell by counting. */
export interface DueWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly twinRuns: number;
  readonly browserRuns: number;
}

type Plan = Pick<CalibrationSettings, 'minRuns' | 'minWindowMs' | 'maxWindowMs' | 'gapMs'>;

/** The minutes of both from an instant on, merged. */
function merged(
  twin: Minutes,
  browser: Minutes,
  afterMs: number,
): [number, { twin: number; browser: number }][] {
  const counts = new Map<number, { twin: number; browser: number }>();
  const at = (atMs: number) => {
    const known = counts.get(atMs) ?? { twin: 0, browser: 0 };
    counts.set(atMs, known);
    return known;
  };
  for (const [atMs, runs] of twin) if (atMs >= afterMs) at(atMs).twin += runs;
  for (const [atMs, runs] of browser) if (atMs >= afterMs) at(atMs).browser += runs;
  return [...counts].sort(([a], [b]) => a - b);
}

/**
 * The next window that has enough runs; while none has, where the one that gathers them began. A window begins with a minute in
 * which the browser ran: runs of the twin alone have nothing to be compared with.
 */
export function nextWindow(
  runs: { readonly twin: Minutes; readonly browser: Minutes },
  open: OpenWindow,
  plan: Plan,
): { readonly due: DueWindow | undefined; readonly startMs: number | undefined } {
  let startMs: number | undefined;
  let lastBrowserMs = Number.NEGATIVE_INFINITY;
  let count = { twin: 0, browser: 0 };
  for (const [atMs, { twin, browser }] of merged(runs.twin, runs.browser, open.afterMs)) {
    const endMs = atMs + MINUTE_MS;
    if (browser > 0) {
      const tooLong = startMs !== undefined && endMs - startMs > plan.maxWindowMs;
      if (startMs === undefined || tooLong || atMs - lastBrowserMs > plan.gapMs) {
        startMs = atMs;
        count = { twin: 0, browser: 0 };
      }
      lastBrowserMs = atMs;
    }
    if (startMs === undefined) continue;
    count = { twin: count.twin + twin, browser: count.browser + browser };
    const lengthMs = endMs - startMs;
    if (lengthMs < plan.minWindowMs || lengthMs > plan.maxWindowMs) continue;
    const need = open.need?.startMs === startMs ? open.need : { twin: plan.minRuns, browser: plan.minRuns };
    if (count.twin >= need.twin && count.browser >= need.browser)
      return { startMs, due: { startMs, endMs, twinRuns: count.twin, browserRuns: count.browser } };
  }
  return { startMs, due: undefined };
}

/** After a window of which `counted` runs count, too few: when to look at it again. */
export function extended(
  open: OpenWindow,
  due: DueWindow,
  counted: { readonly twin: number; readonly browser: number },
  { minRuns }: Pick<Plan, 'minRuns'>,
): OpenWindow {
  return {
    afterMs: open.afterMs,
    need: {
      startMs: due.startMs,
      twin: due.twinRuns + Math.max(0, minRuns - counted.twin),
      browser: due.browserRuns + Math.max(0, minRuns - counted.browser),
    },
  };
}
