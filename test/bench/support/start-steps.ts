/** The phases of a start by what they were for, so that those of two runs can be held against each other. */
import type { Phase } from '../../../probes/probe.ts';

/** Milliseconds by step, e.g. `connect`, `tls`, `media wait`, `segment read`, `decode`. */
export type Steps = ReadonlyMap<string, number>;

const NO_START = new Set(['prepare', 'watch', 'stall', 'seek']);

/** Numbers in names are dropped: the second manifest is a manifest. */
export function stepsOf(phases: readonly Phase[]): Steps {
  const steps = new Map<string, number>();
  for (const { durationMs, name } of phases) {
    if (NO_START.has(name)) continue;
    const step = stepOf(name);
    steps.set(step, (steps.get(step) ?? 0) + durationMs);
  }
  return steps;
}

/** Connections of later requests are connections. */
function stepOf(name: string): string {
  const words = name.split(' ').filter((word) => !/^\d+$/.test(word));
  const last = words.at(-1) ?? name;
  return ['dns', 'connect', 'tls'].includes(last) ? last : words.join(' ');
}

/** Milliseconds. */
export function sumOf(steps: Steps): number {
  return [...steps.values()].reduce((sum, ms) => sum + ms, 0);
}

/**
 * The steps of many runs as one: the mean of the middle half of each, 0 counted where a run had no such step. Frames come every 17 ms,
 * so that single runs differ by as much; a median would keep more of it.
 */
export function typicalSteps(runs: readonly Steps[]): Steps {
  const names = new Set(runs.flatMap((steps) => [...steps.keys()]));
  return new Map([...names].map((name) => [name, midmean(runs.map((steps) => steps.get(name) ?? 0))]));
}

/** The mean of the middle half, weighted at its ends; NaN of nothing. */
export function midmean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = sorted.length / 4;
  const weights = sorted.map((_, at) =>
    Math.max(0, Math.min(at + 1, sorted.length - cut) - Math.max(at, cut)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return sorted.reduce((sum, value, at) => sum + value * (weights[at] as number), 0) / total;
}

/** How much longer each step took, milliseconds. */
export function movedSteps(from: Steps, to: Steps): Steps {
  const names = new Set([...from.keys(), ...to.keys()]);
  return new Map([...names].map((name) => [name, (to.get(name) ?? 0) - (from.get(name) ?? 0)]));
}

/** The step other than `own` that moved most, either way. */
export function mostMoved(moved: Steps, own: string): { readonly name: string; readonly ms: number } {
  const others = [...moved].filter(([name]) => name !== own);
  others.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const [name, ms] = others[0] ?? ['none', 0];
  return { name, ms: Math.abs(ms) };
}
