/** The agents that the collector knows: who they are, whether they live, and over which session they are reached. */
import type { Clock } from '../../probes/probe.ts';
import type { Health, Hello } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { RegistryError } from './errors.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink } from './link.ts';
import type { AgentRecord } from './records.ts';
import type { AgentConnection } from './registry.ts';

/** An agent that was not heard for this long, and never said goodbye, is silent. */
const SILENT_AFTER_MS = 3 * LINK_LIMITS.healthEveryMs.value;

export interface Member {
  record: AgentRecord;
  /** Unix milliseconds of the last sign of life, or of the start of this collector: before it nobody listened. */
  heardMs: number;
  link?: AgentLink | undefined;
  connectedSinceMs?: number | undefined;
  health?: Health | undefined;
  /** `lastSeenMs` of the record as the store has it. */
  writtenSeenMs: number;
}

export class Fleet {
  readonly #members = new Map<string, Member>();
  readonly #dirty = new Set<string>();
  readonly #clock: Clock;

  constructor(clock: Clock, records: readonly AgentRecord[]) {
    this.#clock = clock;
    for (const record of records)
      this.#members.set(record.id, { record, heardMs: clock.wallMs(), writtenSeenMs: record.lastSeenMs });
  }

  get(id: string): Member | undefined {
    return this.#members.get(id);
  }

  all(): readonly Member[] {
    return [...this.#members.values()];
  }

  stateOf(member: Member): AgentConnection {
    if (member.record.stoppedAtMs !== undefined) return 'stopped';
    return this.#clock.wallMs() - member.heardMs > SILENT_AFTER_MS ? 'silent' : 'connected';
  }

  /** Takes an agent in, with the labels and capabilities that it says it has. Throws `RegistryError('too_many')`. */
  connected(hello: Hello, link: AgentLink): Member {
    const nowMs = this.#clock.wallMs();
    const known = this.#members.get(hello.agent);
    if (!known && this.#members.size >= REGISTRY_LIMITS.agents.value) {
      throw new RegistryError('too_many', `The collector already knows ${this.#members.size} agents.`, {
        hint: 'Give agents stable ids: each new id is a new agent.',
      });
    }
    const record: AgentRecord = {
      id: hello.agent,
      labels: hello.labels,
      capabilities: hello.capabilities,
      software: hello.software,
      boot: hello.boot,
      firstSeenMs: known?.record.firstSeenMs ?? nowMs,
      lastSeenMs: nowMs,
    };
    const sameBoot = known?.record.boot === hello.boot;
    const member: Member = {
      record,
      heardMs: nowMs,
      link,
      connectedSinceMs: nowMs,
      health: sameBoot ? known?.health : undefined,
      writtenSeenMs: nowMs,
    };
    this.#members.set(hello.agent, member);
    this.#dirty.add(hello.agent);
    return member;
  }

  disconnected(id: string, link: AgentLink): void {
    const member = this.#members.get(id);
    if (member?.link !== link) return;
    member.link = undefined;
    member.connectedSinceMs = undefined;
    this.#dirty.add(id);
  }

  heard(id: string, health?: Health): void {
    const member = this.#members.get(id);
    if (!member) return;
    const nowMs = this.#clock.wallMs();
    member.heardMs = nowMs;
    member.record = { ...member.record, lastSeenMs: nowMs };
    if (health) member.health = health;
    if (nowMs - member.writtenSeenMs < REGISTRY_LIMITS.lastSeenWriteMs.value) return;
    member.writtenSeenMs = nowMs;
    this.#dirty.add(id);
  }

  stopped(id: string, stoppedAtMs: number): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.record = { ...member.record, stoppedAtMs, lastSeenMs: this.#clock.wallMs() };
    this.#dirty.add(id);
  }

  /** Records that are not in the store yet; give the ids back with `putBack` when they could not be written. */
  takeDirty(): readonly AgentRecord[] {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    return ids.flatMap((id) => this.#members.get(id)?.record ?? []);
  }

  putBack(records: readonly AgentRecord[]): void {
    for (const { id } of records) this.#dirty.add(id);
  }
}
