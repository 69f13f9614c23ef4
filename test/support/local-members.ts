/**
 * Collectors of one process on one store: they ask each other directly, and nobody looks whether they live. For tests of what
 * ingest does with the answers; the real membership, over HTTP and tables, has tests of its own.
 */
import type { Ingest } from '../../collector/ingest/ingest.ts';
import type { Membership } from '../../collector/members/membership.ts';

/** As long as a release may take before it counts as busy. */
const RELEASE_MS = 1500;

export class LocalMembers {
  readonly #ingests = new Map<string, () => Ingest | undefined>();
  #runs = 0;

  /** `ingest`: of the member, once it runs. */
  join(name: string, ingest: () => Ingest | undefined = () => undefined): LocalMembership {
    this.#ingests.set(name, ingest);
    return new LocalMembership(name, this);
  }

  nextIncarnation(name: string): string {
    this.#runs += 1;
    return `${name}-${this.#runs}-${process.pid}`;
  }

  async release(by: string, agent: string, boot: string): Promise<void> {
    for (const [name, ingestOf] of this.#ingests) {
      if (name === by) continue;
      const [state] = (await ingestOf()?.release([{ agent, boot }], RELEASE_MS)) ?? ['released'];
      if (state !== 'released') throw Object.assign(new Error(`${name}: ${state}`), { code: state });
    }
  }
}

export class LocalMembership implements Membership {
  readonly storeOffsetMs = 0;
  readonly #name: string;
  readonly #members: LocalMembers;
  #incarnation: string;
  /** As ingest said. */
  settledBlock = 0;
  /** Asked before a new incarnation is given. */
  beforeRenewal: () => Promise<void> = async () => undefined;

  constructor(name: string, members: LocalMembers) {
    this.#name = name;
    this.#members = members;
    this.#incarnation = members.nextIncarnation(name);
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  others(): readonly [] {
    return [];
  }

  settled(block: number): void {
    this.settledBlock = block;
  }

  takeOver(agent: string, boot: string): Promise<void> {
    return this.#members.release(this.#name, agent, boot);
  }

  async renew(): Promise<string> {
    await this.beforeRenewal();
    this.#incarnation = this.#members.nextIncarnation(this.#name);
    this.settledBlock = 0;
    return this.#incarnation;
  }

  holdsLease(): boolean {
    return true;
  }

  async close(): Promise<void> {}
}
