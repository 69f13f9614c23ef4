/** What can go wrong in a chaos run: the kinds of faults, whom each befalls, and how one is written down. */

/** A world of processes, as far as its plan goes. */
export interface Shape {
  readonly engine: 'embedded' | 'server';
  readonly agents: number;
  readonly collectors: number;
}

export const FAULT_KINDS = [
  'kill',
  'pause',
  'restart',
  'drain',
  'disconnect',
  'half-open',
  'duplicate-frames',
  'reorder-frames',
  'disk-full',
  'clock-step',
  'store-slow',
  'store-throttle',
  'store-silent',
  'store-down',
  'store-reset',
  'store-lose-answer',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** `agent-1`, `collector-2`, `clickhouse`; for faults of a link the agent, for those of the way to the store the collector. */
export type Victim = string;

export interface Fault {
  readonly kind: FaultKind;
  readonly victim: Victim;
  /** Milliseconds from the beginning of the chaos. */
  readonly startMs: number;
  /** How long it lasts; for a kill how long the process stays away. */
  readonly lengthMs: number;
  /**
   * How hard: a clock step in milliseconds (signed), a delay in milliseconds, a rate in bytes a second, or the share of frames,
   * requests or answers that are hit. 0 where the kind has no such thing.
   */
  readonly size: number;
  /**
   * Of a half-open link: which way nothing goes any more. Absent: the connections that there are have died unheard, as when a
   * NAT forgets them, and new ones are possible.
   */
  readonly way?: 'up' | 'down' | 'both';
}

export function agentNames(shape: Shape): Victim[] {
  return Array.from({ length: shape.agents }, (_, index) => `agent-${index + 1}`);
}

export function collectorNames(shape: Shape): Victim[] {
  return Array.from({ length: shape.collectors }, (_, index) => `collector-${index + 1}`);
}

/** One line of the printed plan. */
export function faultText({ kind, victim, startMs, lengthMs, size, way }: Fault): string {
  const at = `${(startMs / 1000).toFixed(1)}s`.padStart(7);
  const more = [size === 0 ? '' : String(size), way ?? ''].filter((text) => text !== '').join(' ');
  return `${at}  +${(lengthMs / 1000).toFixed(1)}s  ${kind} ${victim}${more === '' ? '' : ` (${more})`}`;
}
