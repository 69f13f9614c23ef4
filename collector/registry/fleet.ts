/** The agents that the collector knows: its own, and those that are connected to others on the same store. */
import type { Clock } from '../../probes/probe.ts';
import type { Capabilities, Health, Hello } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import { RegistryError } from './errors.ts';
import { Interned } from './intern.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink } from './link.ts';
import { type AgentIdentity, Member } from './member.ts';
import type { AgentRecord } from './records.ts';
import type { RemoteAgent } from './remote-agent.ts';

/** A count of what an agent gave up, that is to be written. */
export interface DropCount {
  readonly agent: string;
  readonly reason: string;
  readonly atMs: number;
  readonly count: number;
}

export interface FleetOptions {
  readonly clock: Clock;
  /** Of this run of this collector. */
  collector(): string;
  /** The version of a row that is to be written. */
  stamp(): number;
  /** Checks that an agent is to run. */
  checks(agent: AgentIdentity): number;
}

export class Fleet {
  readonly #members = new Map<string, Member>();
  readonly #dirty = new Set<Member>();
  readonly #options: FleetOptions;
  readonly #labels = new Interned<AgentLabels>();
  readonly #capabilities = new Interned<Capabilities>();
  readonly #software = new Interned<string>();
  #drops: DropCount[] = [];
  #all: readonly Member[] | undefined;
  #changes = 0;
  #epoch = 0;

  constructor(options: FleetOptions, records: readonly AgentRecord[]) {
    this.#options = options;
    for (const record of records) this.#add(record);
  }

  get(id: string): Member | undefined {
    return this.#members.get(id);
  }

  /** The same array until an agent is added. */
  all(): readonly Member[] {
    this.#all ??= [...this.#members.values()];
    return this.#all;
  }

  /** Numbers the latest change of any member. */
  get changes(): number {
    return this.#changes;
  }

  /** Another number after every change of who the agents are, and which of them have stopped. */
  get epoch(): number {
    return this.#epoch;
  }

  // --- what its own sessions say ---

  /** Takes an agent in, with the labels and capabilities that it says it has. Throws `RegistryError('too_many')`. */
  connected(hello: Hello, link: AgentLink): Member {
    const nowMs = this.#options.clock.wallMs();
    const identity = { ...hello, id: hello.agent };
    const member = this.#introduced(identity) ?? this.#new(identity, { firstMs: nowMs, lastMs: nowMs });
    member.lastSeenMs = nowMs;
    member.heardMs = nowMs;
    member.link = link;
    member.connectedSinceMs = nowMs;
    member.collector = this.#options.collector();
    this.#mark(member);
    return member;
  }

  disconnected(id: string, link: AgentLink): void {
    const member = this.#members.get(id);
    if (member?.link !== link) return;
    member.link = undefined;
    member.connectedSinceMs = undefined;
    this.#mark(member);
  }

  heard(id: string, health?: Health): void {
    const member = this.#members.get(id);
    if (!member) return;
    const nowMs = this.#options.clock.wallMs();
    member.heardMs = nowMs;
    member.lastSeenMs = nowMs;
    if (health) this.#took(member, health, nowMs);
    if (nowMs - member.writtenSeenMs >= REGISTRY_LIMITS.lastSeenWriteMs.value) this.#write(member);
  }

  stopped(id: string, stoppedAtMs: number): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.stoppedAtMs = stoppedAtMs;
    this.#epoch += 1;
    member.lastSeenMs = this.#options.clock.wallMs();
    this.#mark(member);
  }

  // --- what the other collectors say ---

  /** What another collector says of an agent that is or was connected to it; an agent that is connected here is ours to know. */
  remote(collector: string, agent: RemoteAgent, atMs: number): void {
    const heardMs = atMs - agent.heardAgoMs;
    const known = this.#members.get(agent.id);
    if (known?.link && known.lastSeenMs >= heardMs) return;
    if (known && known.collector !== collector && known.lastSeenMs > heardMs) return;
    const member = agent.identity ? this.#met(agent.identity, known, heardMs) : known;
    if (!member) return;
    member.heardMs = heardMs;
    member.lastSeenMs = Math.max(member.lastSeenMs, heardMs);
    member.collector = collector;
    member.connectedSinceMs = agent.connectedAgoMs === undefined ? undefined : atMs - agent.connectedAgoMs;
    if (member.stoppedAtMs !== agent.stoppedAtMs) this.#epoch += 1;
    member.stoppedAtMs = agent.stoppedAtMs;
    if (agent.rivalAgoMs !== undefined) member.rivalMs = atMs - agent.rivalAgoMs;
    member.revision = agent.revision;
    member.toldMs = atMs - agent.toldAgoMs;
    if (agent.health) {
      member.health = agent.health;
      member.healthMs = atMs - (agent.healthAgoMs ?? agent.heardAgoMs);
    }
  }

  /** What the store has of agents of a collector that does not answer. */
  recorded(records: readonly AgentRecord[]): void {
    for (const record of records) {
      const member = this.#members.get(record.id);
      if (!member) this.#add(record);
      else if (member.link === undefined && record.lastSeenMs > member.lastSeenMs)
        this.#recall(member, record);
    }
  }

  /** A collector is gone: its agents are connected nowhere until they come back. */
  collectorGone(collector: string): void {
    for (const member of this.all())
      if (member.collector === collector && member.link === undefined) member.connectedSinceMs = undefined;
  }

  // --- what is to be written ---

  get unwritten(): number {
    return this.#dirty.size + this.#drops.length;
  }

  /** Agents whose row is not what they are; give them back with `putBack` when it could not be written. */
  takeDirty(): readonly Member[] {
    const taken = [...this.#dirty];
    this.#dirty.clear();
    for (const member of taken) member.writtenSeenMs = member.lastSeenMs;
    return taken;
  }

  putBack(members: readonly Member[]): void {
    for (const member of members) this.#dirty.add(member);
  }

  takeDrops(): readonly DropCount[] {
    const taken = this.#drops;
    this.#drops = [];
    return taken;
  }

  /** Beyond the limit the oldest are let go: the latest count of an agent is in its row too. */
  putBackDrops(drops: readonly DropCount[]): void {
    this.#drops = [...drops, ...this.#drops].slice(-REGISTRY_LIMITS.agents.value);
  }

  /** Something of a member changed that people and peers are to see. */
  touch(member: Member): void {
    this.#changes += 1;
    member.changed = this.#changes;
  }

  #mark(member: Member): void {
    this.touch(member);
    this.#write(member);
  }

  /** The version is that of the change: another collector may have taken the agent over before the row is written. */
  #write(member: Member): void {
    member.stamp = this.#options.stamp();
    this.#dirty.add(member);
  }

  #took(member: Member, health: Health, nowMs: number): void {
    for (const [reason, count] of Object.entries(health.dropped))
      if (member.health?.dropped[reason] !== count)
        this.#drops.push({ agent: member.id, reason, atMs: nowMs, count });
    member.health = health;
    member.healthMs = nowMs;
    this.touch(member);
  }

  /** An agent that another collector introduces; undefined when there is no room for it. */
  #met(
    identity: NonNullable<RemoteAgent['identity']>,
    known: Member | undefined,
    heardMs: number,
  ): Member | undefined {
    if (known) return this.#introduced(identity);
    return this.#room() ? this.#new(identity, { firstMs: identity.firstSeenMs, lastMs: heardMs }) : undefined;
  }

  #room(): boolean {
    return this.#members.size < REGISTRY_LIMITS.agents.value;
  }

  /** The agent, when it is known, as it introduces itself now. */
  #introduced(identity: AgentIdentity): Member | undefined {
    const member = this.#members.get(identity.id);
    if (!member) return undefined;
    member.introduce(this.#shared(identity));
    this.#introduction(member);
    return member;
  }

  #introduction(member: Member): void {
    this.#epoch += 1;
    this.touch(member);
    member.introduced = member.changed;
  }

  #new(identity: AgentIdentity, seen: { readonly firstMs: number; readonly lastMs: number }): Member {
    if (!this.#room()) {
      throw new RegistryError('too_many', `The collector already knows ${this.#members.size} agents.`, {
        hint: 'Give agents stable ids: each new id is a new agent.',
      });
    }
    const { clock, checks } = this.#options;
    const member = new Member(this.#shared(identity), clock, seen, checks);
    this.#members.set(identity.id, member);
    this.#all = undefined;
    this.#introduction(member);
    return member;
  }

  #add(record: AgentRecord): void {
    if (!this.#room()) return;
    const member = this.#new(record, { firstMs: record.firstSeenMs, lastMs: record.lastSeenMs });
    this.#recall(member, record);
    // Before this collector listened nobody can say: the agent is given the time to come back.
    member.heardMs = this.#options.clock.wallMs();
  }

  #recall(member: Member, record: AgentRecord): void {
    member.introduce(this.#shared(record));
    member.lastSeenMs = record.lastSeenMs;
    member.writtenSeenMs = record.lastSeenMs;
    member.heardMs = Math.max(member.heardMs, record.lastSeenMs);
    member.stoppedAtMs = record.stoppedAtMs;
    member.collector = record.collector;
    member.connectedSinceMs = record.connectedSinceMs;
    member.health = record.health;
    member.healthMs = record.healthMs;
  }

  #shared({ id, labels, capabilities, software, boot }: AgentIdentity): AgentIdentity {
    return {
      id,
      boot,
      labels: this.#labels.of(JSON.stringify(labels), labels),
      capabilities: this.#capabilities.of(JSON.stringify(capabilities), capabilities),
      software: this.#software.of(software, software),
    };
  }
}
