/** The checks of the fleet, each once: what 10,000 agents are told alike is kept one time. */
import type { Assignment } from '../../protocol/frame.ts';
import { hashOf } from './draws.ts';
import type { RunOf } from './made-run.ts';

export interface SimCheck extends RunOf {
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly everyMs: number;
}

export class CheckTable {
  readonly #checks = new Map<string, SimCheck>();

  /** The same object for the same check. */
  of(assignment: Assignment): SimCheck {
    const { probe, type, target, everyMs, timeoutMs } = assignment;
    const key = `${probe}\n${target.name}\n${everyMs}\n${timeoutMs}\n${type}`;
    const known = this.#checks.get(key);
    if (known) return known;
    const checkHash = hashOf(`${probe}\n${target.name}`);
    const check = { probe, type, target: target.name, everyMs, timeoutMs, checkHash };
    this.#checks.set(key, check);
    return check;
  }
}
