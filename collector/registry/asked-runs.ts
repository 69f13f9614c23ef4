/** Runs that people asked for, remembered so that their results can be collected. */
import type { Clock } from '../../probes/probe.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AskedRun } from './registry.ts';

export class AskedRuns {
  readonly #runs = new Map<string, AskedRun>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(run: AskedRun): void {
    this.#runs.set(run.requestId, run);
    for (const id of this.#runs.keys()) {
      if (this.#runs.size <= REGISTRY_LIMITS.askedRuns.value) break;
      this.#runs.delete(id);
    }
  }

  get(requestId: string): AskedRun | undefined {
    const run = this.#runs.get(requestId);
    if (run && this.#clock.wallMs() - run.askedMs > REGISTRY_LIMITS.askedRunMs.value) {
      this.#runs.delete(requestId);
      return undefined;
    }
    return run;
  }
}
