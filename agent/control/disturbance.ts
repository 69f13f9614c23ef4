/** What an agent did to a run of its own, or its machine did to both: told from figures of the very time of the run. */
import { AGENT_LIMITS } from '../limits.ts';
import { CONTROL_LIMITS } from './limits.ts';

/**
 * `event_loop`: other work of this process kept the run waiting. `cpu_wait`: other processes had the processor. `cpu_steal`: the
 * host of the virtual machine had it. `memory`: the process waited for memory to be reclaimed.
 */
export const DISTURBANCES = ['event_loop', 'cpu_wait', 'cpu_steal', 'memory'] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

/** What a run lost, milliseconds; what the system does not tell is absent. */
export interface Losses {
  readonly eventLoopDelayMs: number;
  /** Ready to run, and not run. */
  readonly cpuWaitMs?: number;
  /** Of one core. */
  readonly stealMs?: number;
  /** Milliseconds over which `stealMs` was counted: the kernel's figures are not those of the run alone. */
  readonly stealOverMs?: number;
  readonly memoryStallMs?: number;
}

/** Beyond which a single delay shows in the figures of a run that took so long. */
export function disturbedFromMs(durationMs: number): number {
  return Math.max(AGENT_LIMITS.disturbedDelayMs.value, AGENT_LIMITS.disturbedRatio.value * durationMs);
}

/** The same for the sum of many. */
function disturbedWaitMs(durationMs: number): number {
  return Math.max(AGENT_LIMITS.disturbedDelayMs.value, AGENT_LIMITS.disturbedWaitRatio.value * durationMs);
}

/** The greatest of the losses of a run. */
export interface Lost {
  readonly ms: number;
  /** Of the time that the run took, at most 1. */
  readonly ratio: number;
}

export function lostOf(losses: Losses, durationMs: number): Lost {
  const { eventLoopDelayMs, cpuWaitMs = 0, stealMs = 0, memoryStallMs = 0 } = losses;
  const ms = Math.max(eventLoopDelayMs, cpuWaitMs, stealMs, memoryStallMs);
  return { ms, ratio: durationMs > 0 ? Math.min(1, ms / durationMs) : 0 };
}

/**
 * Everything that disturbed a run of `durationMs`; empty when nothing did. `isTimedHere`: this process takes the times of the run,
 * and not a browser of its own.
 */
export function disturbancesOf(
  losses: Losses,
  durationMs: number,
  isTimedHere = true,
): readonly Disturbance[] {
  const { eventLoopDelayMs, cpuWaitMs = 0, stealMs = 0, stealOverMs = 0, memoryStallMs = 0 } = losses;
  const fromMs = disturbedFromMs(durationMs);
  const waitMs = disturbedWaitMs(durationMs);
  const found: Readonly<Record<Disturbance, boolean>> = {
    event_loop:
      eventLoopDelayMs > (isTimedHere ? Math.min(fromMs, AGENT_LIMITS.disturbedBlockMs.value) : fromMs),
    cpu_wait: cpuWaitMs > waitMs,
    cpu_steal: stealMs > waitMs && stealMs > CONTROL_LIMITS.stealRatio.value * stealOverMs,
    memory: memoryStallMs > waitMs,
  };
  return DISTURBANCES.filter((name) => found[name]);
}
