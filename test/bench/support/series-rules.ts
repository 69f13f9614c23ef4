/**
 * What others do to a single series, on the same streams as the detector: a fixed threshold, EWMA, k of n, a robust CUSUM; and the
 * detector itself. Those that look both ways are let look both ways, and tell the way back as well.
 */
import { CHANGE_DEFAULTS, type ChangeSettings } from '../../../collector/detect/change-settings.ts';
import { SeriesChanges } from '../../../collector/detect/series-changes.ts';
import { ValueWindows } from '../../../collector/detect/value-windows.ts';
import type { Rule } from './change-score.ts';

/** A rule in all the settings that it may be tuned to, the usual ones first. */
export interface Method {
  readonly name: string;
  readonly settings: readonly string[];
  rule(setting: number): Rule;
}

const WINDOW = 60;

/** Median, and the deviation of noise as 1.4826 times the median distance from it, of the last values. */
class Robust {
  readonly #values = new ValueWindows(WINDOW, 1);

  get size(): number {
    return this.#values.sizeOf(0);
  }

  push(value: number): void {
    this.#values.push(0, value);
  }

  clear(): void {
    this.#values.clear(0);
  }

  get median(): number {
    return this.#values.atRank(0, (this.size - 1) >> 1);
  }

  /** By the quartiles, which need no second window: their distance is 1.349 deviations of normal noise. */
  get deviation(): number {
    const [low, high] = [Math.floor(this.size / 4), Math.floor((3 * this.size) / 4)];
    return Math.max(0.05, (this.#values.atRank(0, high) - this.#values.atRank(0, low)) / 1.349);
  }
}

/** Above a limit that is set once, by the first samples; below it again is the way back. */
function staticThreshold(factor: number): Rule {
  return () => {
    const first = new Robust();
    let index = -1;
    let over = false;
    return (value) => {
      index += 1;
      if (first.size < WINDOW) {
        if (value !== undefined) first.push(value);
        return undefined;
      }
      const exceeds = value === undefined || value > first.median * factor;
      if (exceeds === over) return undefined;
      over = exceeds;
      return { index, onset: index };
    };
  };
}

/** Beyond so many deviations of an exponentially weighted mean, which goes on learning. */
function ewma(sigmas: number, weight = 0.1): Rule {
  return () => {
    let index = -1;
    let mean: number | undefined;
    let variance = 0;
    let beyond = false;
    return (value) => {
      index += 1;
      if (value === undefined) return undefined;
      if (mean === undefined || index < 20) {
        const from: number = mean ?? value;
        variance += weight * ((value - from) ** 2 - variance);
        mean = from + weight * (value - from);
        return undefined;
      }
      const far = Math.abs(value - mean) > sigmas * Math.sqrt(Math.max(variance, 0.01));
      const alarm = far && !beyond;
      beyond = far;
      variance += weight * ((value - mean) ** 2 - variance);
      mean += weight * (value - mean);
      return alarm ? { index, onset: index } : undefined;
    };
  };
}

/** Three of the last five beyond a band around the median, either way; the band is learned anew after it. */
function kOfN(deviations: number, k = 3, n = 5): Rule {
  return () => {
    const normal = new Robust();
    const last: { readonly value: number; readonly side: number; readonly index: number }[] = [];
    let index = -1;
    return (value) => {
      index += 1;
      if (normal.size < 10) {
        if (value !== undefined) normal.push(value);
        return undefined;
      }
      const band = Math.max(1, 0.01 * normal.median, deviations * normal.deviation);
      const off = value === undefined ? band + 1 : value - normal.median;
      last.push({ value: value ?? Number.NaN, side: Math.abs(off) > band ? Math.sign(off) : 0, index });
      if (last.length > n) {
        const old = last.shift();
        if (old && old.side === 0) normal.push(old.value);
      }
      for (const side of [1, -1]) {
        const beyond = last.filter((one) => one.side === side);
        if (beyond.length < k) continue;
        normal.clear();
        for (const one of beyond) if (!Number.isNaN(one.value)) normal.push(one.value);
        last.length = 0;
        return { index, onset: beyond[0]?.index ?? index };
      }
      return undefined;
    };
  };
}

/** Sums of what is more than `slack` deviations off, each sample cut at four; learned anew from the onset after an alarm. */
function robustCusum(slack: number, limit: number): Rule {
  return () => {
    const normal = new Robust();
    let index = -1;
    let since: number[] = [];
    const sums = [0, 0];
    const onsets = [0, 0];
    return (value) => {
      index += 1;
      if (normal.size < 10) {
        if (value !== undefined) normal.push(value);
        return undefined;
      }
      const deviation = Math.max(normal.deviation, 0.5, 0.005 * normal.median);
      const z = value === undefined ? 4 : Math.max(-4, Math.min(4, (value - normal.median) / deviation));
      for (const [i, side] of [1, -1].entries()) {
        if (sums[i] === 0) onsets[i] = index;
        sums[i] = Math.max(0, (sums[i] as number) + side * z - slack);
        if ((sums[i] as number) < limit) continue;
        const onset = onsets[i] as number;
        const fresh = since.slice(onset - index - 1);
        normal.clear();
        for (const one of fresh) if (!Number.isNaN(one)) normal.push(one);
        sums.fill(0);
        since = [];
        return { index, onset };
      }
      since.push(value ?? Number.NaN);
      if (since.length > WINDOW) since.shift();
      if (value !== undefined && sums[0] === 0 && sums[1] === 0) normal.push(value);
      else if (value !== undefined && index % 8 === 0) normal.push(value);
      return undefined;
    };
  };
}

function detector(settings: ChangeSettings): Rule {
  return () => {
    const series = new SeriesChanges({ settings });
    return (value) => series.take(value);
  };
}

const method = <T>(name: string, settings: readonly T[], make: (setting: T) => Rule): Method => ({
  name,
  settings: settings.map((one) => JSON.stringify(one)),
  rule: (at) => make(settings[at] as T),
});

export const PEERS: readonly Method[] = [
  method('static threshold', [1.1, 1.02, 1.05, 1.2, 1.5], staticThreshold),
  method('EWMA', [3, 4, 6], ewma),
  method('3 of 5', [3, 4, 6, 8], kOfN),
  method(
    'robust CUSUM',
    [
      [1, 8],
      [1, 12],
      [1.5, 8],
      [1.5, 12],
      [2, 8],
    ] as const,
    ([slack, limit]) => robustCusum(slack, limit),
  ),
];

/** The frozen settings first, then others around them. */
const TUNED: readonly Partial<ChangeSettings>[] = [
  {},
  ...[100, 200].flatMap((threshold) =>
    [6, 8].flatMap((holdSamples) =>
      [15, 25].flatMap((returnSamples) =>
        [40, 80].map((windowSamples) => ({ threshold, holdSamples, returnSamples, windowSamples })),
      ),
    ),
  ),
];

export const DETECTOR: Method = method('outrider', TUNED, (changed) =>
  detector({ ...CHANGE_DEFAULTS, ...changed }),
);
