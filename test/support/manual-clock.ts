/** A clock that goes only when it is told to. */
import type { Clock } from '../../probes/probe.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
