/** Agents that come at about the same time are asked for together: one look at the store, one request to each collector. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MembersError } from './errors.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { ReleaseState } from './membership.ts';
import type { AgentBoot } from './peer-client.ts';

interface Waiting extends AgentBoot {
  resolve(): void;
  reject(error: unknown): void;
}

/** Says of each agent, in their order, whether nobody else has anything of it any more. */
export type Settle = (agents: readonly AgentBoot[]) => Promise<readonly ReleaseState[]>;

export class TakeOverRounds {
  readonly #settle: Settle;
  #waiting: Waiting[] = [];
  #gathering = false;
  #running = 0;

  constructor(settle: Settle) {
    this.#settle = settle;
  }

  ask(agent: string, boot: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ agent, boot, resolve, reject });
    void this.#gather();
    return promise;
  }

  async #gather(): Promise<void> {
    if (this.#gathering || this.#running >= MEMBER_LIMITS.rounds.value) return;
    this.#gathering = true;
    await sleep(MEMBER_LIMITS.gatherMs.value);
    this.#gathering = false;
    const round = this.#waiting.splice(0, MEMBER_LIMITS.agentsPerRequest.value);
    if (round.length > 0) {
      this.#running += 1;
      void this.#run(round).finally(() => {
        this.#running -= 1;
        if (this.#waiting.length > 0) void this.#gather();
      });
    }
    if (this.#waiting.length > 0) void this.#gather();
  }

  async #run(round: readonly Waiting[]): Promise<void> {
    try {
      const states = await this.#settle(round.map(({ agent, boot }) => ({ agent, boot })));
      for (const [index, { resolve, reject }] of round.entries()) {
        const state = states[index] ?? 'busy';
        if (state === 'released') resolve();
        else reject(new MembersError(state));
      }
    } catch (error) {
      for (const { reject } of round) reject(error);
    }
  }
}

/** Of what several say of one agent, what holds. */
export function worst(states: readonly ReleaseState[]): ReleaseState {
  if (states.includes('in_use')) return 'in_use';
  return states.includes('busy') ? 'busy' : 'released';
}
