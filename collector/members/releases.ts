/** Asks the others to release agents, and takes those out that are gone. */
import type { Logger } from 'pino';
import type { MembersCounters } from './counters.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { Membership, ReleaseState } from './membership.ts';
import { type AgentBoot, askRelease } from './peer-client.ts';
import type { SeenMember } from './roll.ts';
import type { Sightings } from './sightings.ts';
import { worst } from './take-over-rounds.ts';

export interface ReleasesOptions {
  readonly log: Logger;
  readonly counters: MembersCounters;
  readonly sightings: Pick<Sightings, 'unchangedMs'>;
  look(): Promise<readonly SeenMember[]>;
  /** Once for several that ask at the same time. */
  takeOut(member: SeenMember): Promise<void>;
  monotonicMs(): number;
  /** See `Membership`. */
  readonly peerHeaders?: Membership['peerHeaders'];
}

type States = readonly ReleaseState[];

export class Releases {
  readonly #options: ReleasesOptions;
  /** Those that do not answer, since when. */
  readonly #unansweredMs = new Map<string, number>();

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  /** Of each agent, in their order, whether none of these others has anything of it. Rejects with a `StoreError`. */
  async ask(members: readonly SeenMember[], from: string, agents: readonly AgentBoot[]): Promise<States> {
    for (const incarnation of this.#unansweredMs.keys())
      if (!members.some((member) => member.incarnation === incarnation))
        this.#unansweredMs.delete(incarnation);
    const answers = await Promise.all(members.map((member) => this.#askOne(member, from, agents)));
    return agents.map((_, index) => worst(answers.map((states) => states[index] ?? 'busy')));
  }

  async #askOne(member: SeenMember, from: string, agents: readonly AgentBoot[]): Promise<States> {
    const all = (state: ReleaseState): States => agents.map(() => state);
    if (member.fenced) return all(await this.#takeOut(member));
    const answer = await askRelease(member, from, agents, this.#options.peerHeaders?.());
    if (answer.kind === 'states') {
      this.#unansweredMs.delete(member.incarnation);
      return answer.states;
    }
    if (answer.kind === 'unanswered' && !(await this.#isSilent(member, answer.error))) return all('busy');
    return all(await this.#takeOut(member));
  }

  /** One that does not answer is taken for dead when it gives no other sign of life either, or has not answered for long. */
  async #isSilent(member: SeenMember, error: unknown): Promise<boolean> {
    const { counters, log, look, monotonicMs, sightings } = this.#options;
    const { incarnation, name } = member;
    counters.unanswered += 1;
    const nowMs = monotonicMs();
    const sinceMs = this.#unansweredMs.get(incarnation);
    if (sinceMs === undefined) {
      this.#unansweredMs.set(incarnation, nowMs);
      log.warn({ err: error, collector: name, url: member.url }, 'another collector does not answer');
    }
    await look();
    if (sightings.unchangedMs(incarnation) >= MEMBER_LIMITS.unansweredMs.value) return true;
    return nowMs - (sinceMs ?? nowMs) >= MEMBER_LIMITS.deadMs.value;
  }

  async #takeOut(member: SeenMember): Promise<ReleaseState> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'busy'>((resolve) => {
      timer = setTimeout(resolve, MEMBER_LIMITS.takeOverMs.value, 'busy');
    });
    try {
      return await Promise.race([this.#options.takeOut(member).then(() => 'released' as const), late]);
    } catch (error) {
      this.#options.log.warn({ err: error, collector: member.name }, 'a collector could not be taken out');
      return 'busy';
    } finally {
      clearTimeout(timer);
    }
  }
}
