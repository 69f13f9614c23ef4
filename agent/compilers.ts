/**
 * The compilers of V8, baseline and optimising, for agents that have much to do: they halve what a run costs and take some 10 MB, which an
 * agent with a few runs a second has no use for. They are off at the start (spawn.ts), and once there are many runs on for the life
 * of the process: V8 asks the flags each time that it could compile a function.
 */
import { setFlagsFromString } from 'node:v8';
import type { Clock } from '../probes/probe.ts';
import { AGENT_LIMITS } from './limits.ts';

/** The flags of the command line by which nothing is compiled until `Compilers` lets it. */
export const COMPILE_NOTHING = ['--no-maglev', '--no-sparkplug'] as const;
const COMPILE = ['--sparkplug', '--maglev'] as const;

export class Compilers {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #setFlag: (flag: string) => void;
  #fromMs = Number.NEGATIVE_INFINITY;
  #runs = 0;
  #areOn = false;

  constructor(clock: Pick<Clock, 'monotonicMs'>, setFlag: (flag: string) => void = setFlagsFromString) {
    this.#clock = clock;
    this.#setFlag = setFlag;
  }

  /** A run begins. */
  ran(): void {
    if (this.#areOn) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#fromMs > AGENT_LIMITS.busyWindowMs.value) {
      this.#fromMs = nowMs;
      this.#runs = 0;
    }
    this.#runs += 1;
    if (this.#runs < AGENT_LIMITS.busyRuns.value) return;
    this.#areOn = true;
    for (const flag of COMPILE) this.#setFlag(flag);
  }
}
