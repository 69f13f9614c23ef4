/**
 * Which agents are there to be given a place. One that restarts, or whose line is cut for a moment, keeps its places; one that stays
 * away for longer has them taken over by others until it is back.
 */
import { REGISTRY_LIMITS } from './limits.ts';
import type { Member } from './member.ts';

type Attendee = Pick<Member, 'heardMs' | 'stoppedAtMs'>;

export function isThere({ heardMs, stoppedAtMs }: Attendee, nowMs: number): boolean {
  return nowMs - (stoppedAtMs ?? heardMs) < REGISTRY_LIMITS.rebalanceAfterMs.value;
}

/** Those that are there, and whether they are others than at the last look, or have changed since. */
export class Attendance<Agent extends Attendee> {
  #there: readonly Agent[] = [];
  #epoch = -1;

  /** `epoch`: another number after every change of who the agents are. */
  look(
    agents: readonly Agent[],
    epoch: number,
    nowMs: number,
  ): { there: readonly Agent[]; changed: boolean } {
    const there = agents.filter((agent) => isThere(agent, nowMs));
    const before = this.#there;
    const changed =
      epoch !== this.#epoch ||
      there.length !== before.length ||
      there.some((agent, index) => agent !== before[index]);
    this.#there = there;
    this.#epoch = epoch;
    return { there, changed };
  }
}
