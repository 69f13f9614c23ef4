/** The faults of one region as they act on a made-up run: the counterpart of the sandbox's proxy, without packets. */
import type { FaultKind, FaultSpec } from '../../sandbox/fault.ts';
import type { Draws } from './draws.ts';

/** What the faults of the moment do to one run. */
export interface Disturbance {
  /** Added before the first byte, milliseconds. */
  readonly delayMs: number;
  /** Of the transfer; `Infinity` without a limit. */
  readonly bitsPerSecond: number;
  /** How the run ends because of them, if it does. */
  readonly end: 'blackhole' | 'reset' | 'truncate' | { readonly status: number } | undefined;
}

const NONE: Disturbance = { delayMs: 0, bitsPerSecond: Number.POSITIVE_INFINITY, end: undefined };

type SpecOf<Kind extends FaultKind> = Extract<FaultSpec, { kind: Kind }>;

export class FaultWindows {
  readonly #specs: readonly FaultSpec[];
  #zeroMs = Number.POSITIVE_INFINITY;

  /** Those of one region. None acts before `begin`. */
  constructor(specs: readonly FaultSpec[]) {
    this.#specs = specs;
  }

  /** From which instant the windows count, Unix milliseconds. */
  begin(zeroMs: number): void {
    this.#zeroMs = zeroMs;
  }

  /** What acts on a run that starts at `startMs`, Unix milliseconds. Faults of one kind add up; of rates the lowest counts. */
  at(startMs: number, draws: Draws): Disturbance {
    if (this.#specs.length === 0) return NONE;
    const sinceMs = startMs - this.#zeroMs;
    const active = this.#specs.filter(
      ({ afterMs, lengthMs = Number.POSITIVE_INFINITY }) =>
        sinceMs >= afterMs && sinceMs < afterMs + lengthMs,
    );
    if (active.length === 0) return NONE;
    const of = <Kind extends FaultKind>(kind: Kind) =>
      active.filter((spec): spec is SpecOf<Kind> => spec.kind === kind);
    let delayMs = 0;
    for (const { value } of of('latency')) delayMs += value.delayMs;
    for (const { value } of of('jitter')) delayMs += value.delayMs * draws.next();
    const rates = of('bandwidth').map(({ value }) => value.bitsPerSecond);
    return {
      delayMs,
      bitsPerSecond: Math.min(Number.POSITIVE_INFINITY, ...rates),
      end: endOf(of, draws),
    };
  }
}

function endOf(
  of: <Kind extends FaultKind>(kind: Kind) => readonly SpecOf<Kind>[],
  draws: Draws,
): Disturbance['end'] {
  if (of('blackhole').length > 0) return 'blackhole';
  if (of('reset').some(({ value }) => draws.next() < value.share)) return 'reset';
  const error = of('error').find(({ value }) => draws.next() < value.share);
  if (error) return { status: error.value.status };
  if (of('truncate').some(({ value }) => draws.next() < value.share)) return 'truncate';
  return undefined;
}
