/** Windows in the store: each once, and what is remembered of each pair beside its last one. */
import type { Store } from '../store/store.ts';
import type { JudgedWindow } from './judges.ts';
import type { JudgeMemory } from './pair-judge.ts';
import { CALIBRATION_LIMITS } from './settings.ts';
import type { CalibrationWindow, Kind } from './window.ts';

/** From here the rows of a window count down, so that of several the first wins. */
const LAST_INSTANT = 2 ** 53 - 1;

/** A window as a row, with all that is in it. */
export interface WindowRow {
  readonly region: string;
  readonly target: string;
  readonly browser_probe: string;
  readonly twin_probe: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly format: string;
  readonly player: string;
  readonly basis: Kind['basis'];
  readonly agent_count: number;
  readonly twin_count: number;
  readonly browser_count: number;
  readonly twin_ms: number;
  readonly browser_ms: number;
  readonly error_ms: number;
  readonly uncertainty_ms: number;
  readonly browser_builds: readonly string[];
}

const WINDOW_COLUMNS = `region, target, browser_probe, twin_probe, toUnixTimestamp64Milli(window_start) AS start_ms,
  toUnixTimestamp64Milli(window_end) AS end_ms, format, player, basis, agent_count, twin_count, browser_count, twin_ms, browser_ms,
  error_ms, uncertainty_ms, browser_builds`;

/** The last of each kind of each pair. They are looked for first: what is remembered is much longer than the rest. */
const LAST_SQL = `
SELECT ${WINDOW_COLUMNS}, judge FROM calibration_windows FINAL
WHERE (region, target, browser_probe, twin_probe, window_start) IN (
  SELECT region, target, browser_probe, twin_probe, max(window_start) FROM calibration_windows
  WHERE window_start >= fromUnixTimestamp64Milli({since_ms:Int64})
  GROUP BY region, target, browser_probe, twin_probe, format, player, basis
)
ORDER BY region, target, browser_probe, twin_probe, window_start`;

/** The newest so many of a time, in the order in which they were judged. */
const HISTORY_SQL = `
SELECT * FROM (
  SELECT ${WINDOW_COLUMNS} FROM calibration_windows FINAL
  WHERE window_start >= fromUnixTimestamp64Milli({since_ms:Int64})
  ORDER BY window_end DESC, region, target, twin_probe, browser_probe LIMIT {limit:UInt32}
)
ORDER BY end_ms, region, target, twin_probe, browser_probe`;

/** Windows that were written since an instant, as they are judged again. Rejects with a `StoreError`. */
export async function writtenWindows(
  store: Pick<Store, 'query'>,
  sinceMs: number,
): Promise<{ readonly windows: CalibrationWindow[]; readonly truncated: boolean }> {
  const limit = CALIBRATION_LIMITS.replayWindows.value;
  const rows = await store.query<WindowRow>(HISTORY_SQL, { since_ms: Math.floor(sinceMs), limit: limit + 1 });
  return { windows: rows.slice(-limit).map(windowOf), truncated: rows.length > limit };
}

export class WindowTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;

  constructor(store: Pick<Store, 'query' | 'insertRows'>) {
    this.#store = store;
  }

  /** What is known of every pair. Rejects with a `StoreError`. */
  async last(nowMs: number): Promise<{ window: CalibrationWindow; memory: JudgeMemory }[]> {
    const rows = await this.#store.query<WindowRow & { judge: string }>(LAST_SQL, {
      since_ms: Math.floor(nowMs) - CALIBRATION_LIMITS.rememberedMs.value,
    });
    return rows.map((row) => ({ window: windowOf(row), memory: JSON.parse(row.judge) as JudgeMemory }));
  }

  /** Writes windows under a lease. Rejects with a `StoreError`; code `fenced` when another collector has the lease. */
  async write(windows: readonly JudgedWindow[], lease: string, nowMs: number): Promise<void> {
    await this.#store.insertRows(
      'calibration_windows',
      windows.map((judged) => rowOf(judged, lease, nowMs)),
    );
  }
}

function windowOf(row: WindowRow): CalibrationWindow {
  return {
    region: row.region,
    target: row.target,
    browser: row.browser_probe,
    twin: row.twin_probe,
    format: row.format,
    player: row.player,
    basis: row.basis,
    startMs: row.start_ms,
    endMs: row.end_ms,
    agents: row.agent_count,
    twinRuns: row.twin_count,
    browserRuns: row.browser_count,
    twinMs: row.twin_ms,
    browserMs: row.browser_ms,
    errorMs: row.error_ms,
    uncertaintyMs: row.uncertainty_ms,
    builds: row.browser_builds,
  };
}

function rowOf({ window, verdict, memory }: JudgedWindow, lease: string, nowMs: number) {
  return {
    region: window.region,
    target: window.target,
    browser_probe: window.browser,
    twin_probe: window.twin,
    window_start: window.startMs,
    window_end: window.endMs,
    format: window.format,
    player: window.player,
    basis: window.basis,
    agent_count: window.agents,
    twin_count: window.twinRuns,
    browser_count: window.browserRuns,
    twin_ms: window.twinMs,
    browser_ms: window.browserMs,
    error_ms: window.errorMs,
    uncertainty_ms: window.uncertaintyMs,
    browser_builds: window.builds,
    state: verdict.state,
    reference_ms: verdict.referenceMs,
    tolerance_ms: verdict.toleranceMs,
    evidence: verdict.evidence,
    threshold: verdict.threshold,
    alarm: verdict.alarm ?? '',
    judge: JSON.stringify(memory),
    lease,
    precedence: LAST_INSTANT - Math.floor(nowMs),
  };
}
