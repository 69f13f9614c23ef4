/** What a benchmark is: a name, and a run that ends in rows, each with its peer and its goal where there are any. */

/** One measured figure, as it stands in results.json. */
export interface Row {
  /** e.g. `rss_idle_warm`; unique within its benchmark. */
  readonly metric: string;
  readonly value: number;
  /** e.g. `ms`, `MB` (10^6 bytes), `bytes/result`; `1` for pure numbers. */
  readonly unit: string;
  /** What did the same work, or bounds it, measured in the same run and in the same unit. */
  readonly peer?: string;
  readonly peer_value?: number;
  /** `value` by `peer_value`. */
  readonly ratio?: number;
  /** e.g. `≤ 80` or `1 ± 0.05`, in the same unit. */
  readonly goal?: string;
  /** Whether `value`, before it was rounded, meets the goal. */
  readonly holds?: boolean;
}

export interface Benchmark {
  /** As on the command line. */
  readonly name: string;
  /** One sentence for the list. */
  readonly summary: string;
  /**
   * Measures; takes seconds to minutes. `progress` takes sentences for people, `print` a result that is no row, e.g. a table of its
   * own. Rejects when it cannot measure, e.g. without a browser; a missed goal is a row.
   */
  run(progress: Progress, print: Progress): Promise<readonly Row[]>;
}

export type Progress = (text: string) => void;

export interface Goal {
  readonly text: string;
  met(value: number): boolean;
}

export const atMost = (limit: number): Goal => ({ text: `≤ ${limit}`, met: (value) => value <= limit });

export const atLeast = (limit: number): Goal => ({ text: `≥ ${limit}`, met: (value) => value >= limit });

export const within = (centre: number, tolerance: number): Goal => ({
  text: `${centre} ± ${tolerance}`,
  met: (value) => Math.abs(value - centre) <= tolerance,
});

export interface RowOptions {
  readonly peer?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

/** A row with ratio and verdict worked out. Throws a RangeError when a value is not a finite number: nothing was measured then. */
export function row(metric: string, value: number, unit: string, { peer, goal }: RowOptions = {}): Row {
  for (const number of [value, peer?.value ?? 0])
    if (!Number.isFinite(number))
      throw new RangeError(`${metric} was not measured: it came out as ${number}`);
  return {
    metric,
    value: rounded(value),
    unit,
    ...(peer ? { peer: peer.name, peer_value: rounded(peer.value) } : {}),
    ...(peer && peer.value !== 0 ? { ratio: rounded(value / peer.value) } : {}),
    ...(goal ? { goal: goal.text, holds: goal.met(value) } : {}),
  };
}

/** Four digits: more than any of these figures repeats. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
