/**
 * What the agents connected here are told to run. An agent hears only of what is in the store: when it moves on, the next
 * collector finds there what it was told. And nobody else writes of it meanwhile: what an agent that is connected nowhere was
 * told last is what it still runs, and what is expected of it.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Hello, Schedule } from '../../protocol/frame.ts';
import type { Store } from '../store/store.ts';
import type { AssignmentBook } from './assignment-book.ts';
import { Batches } from './batches.ts';
import type { Fleet } from './fleet.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink } from './link.ts';
import type { Member } from './member.ts';
import { type OpenPeriods, readOpenPeriods } from './period-reader.ts';
import type { RegistryWriter } from './registry-writer.ts';
import type { Specs } from './specs.ts';

export interface SchedulesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly specs: Specs;
  readonly fleet: Fleet;
  readonly book: AssignmentBook;
  readonly writer: RegistryWriter;
  /** The highest revision so far. */
  readonly revision: number;
}

const NEVER_TOLD: OpenPeriods = { open: [], revision: 0, lastBeginMs: 0 };

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #periods: Batches<OpenPeriods>;
  /** Agents whose schedule has changed; they hear of it once it is in the store. */
  readonly #toTell = new Set<string>();
  #revision: number;

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#revision = options.revision;
    this.#periods = new Batches({
      waitMs: REGISTRY_LIMITS.connectWaitMs.value,
      size: REGISTRY_LIMITS.readAgents.value,
      ask: (agents) => this.#read(agents),
    });
  }

  /** The highest given to any agent, or to a change of specifications. */
  get revision(): number {
    return this.#revision;
  }

  raiseRevision(): void {
    this.#revision += 1;
  }

  /** An agent introduced itself. Gives its schedule once that is in the store; rejects with a `StoreError`. */
  async connected(hello: Hello, link: AgentLink): Promise<Schedule> {
    const { book, fleet, writer } = this.#options;
    const sameProcess = fleet.get(hello.agent)?.boot === hello.boot;
    const member = fleet.connected(hello, link);
    const open = await this.#periods.of(hello.agent);
    // Another session has taken its place meanwhile: this one gets nothing to run.
    if (member.link !== link) return { type: 'schedule', revision: hello.scheduleRevision, assignments: [] };
    book.load(hello.agent, open);
    // One that knows a later revision comes from another store: its numbers go on from there.
    book.raiseRevision(hello.agent, hello.scheduleRevision);
    this.#reconcile(member);
    await writer.flush();
    const schedule = this.#tellOf(member);
    // The same process that holds this very revision has it from this store: it need not be told again.
    const held = sameProcess && schedule.revision > 0 && schedule.revision === hello.scheduleRevision;
    return held ? { ...schedule, assignments: [] } : schedule;
  }

  /** Specifications changed: what the agents connected here run follows. Those of others, others see to. */
  follow(): void {
    const { book, fleet } = this.#options;
    for (const member of fleet.all())
      if (member.link && book.has(member.id) && this.#reconcile(member)) this.#toTell.add(member.id);
  }

  /** Writes what has changed, and then tells the agents whom it concerns. Rejects with a `StoreError`; then it is still to do. */
  async writeAndTell(): Promise<void> {
    const agents = [...this.#toTell];
    this.#toTell.clear();
    try {
      await this.#options.writer.flushIfDirty();
    } catch (error) {
      for (const id of agents) this.#toTell.add(id);
      throw error;
    }
    if (agents.length > 0)
      setTimeout(() => this.#tell(agents), REGISTRY_LIMITS.announceAfterMs.value).unref();
  }

  /** What agents run, as of what holds in the store now: another collector may have changed either. */
  async #read(agents: readonly string[]): Promise<readonly OpenPeriods[]> {
    const { specs, store, writer } = this.#options;
    await writer.flushIfDirty();
    if (await specs.refresh()) this.follow();
    const known = (fingerprint: string) => specs.table.get(fingerprint) !== undefined;
    const periods = await readOpenPeriods(store, agents, known);
    return agents.map((agent) => periods.get(agent) ?? NEVER_TOLD);
  }

  /** True when what the agent runs has changed. */
  #reconcile(member: Member): boolean {
    const { book, clock, log, specs } = this.#options;
    const set = specs.sets.of(member);
    const changed = book.reconcile(member.id, set, clock.wallMs(), this.#revision);
    this.#revision = Math.max(this.#revision, book.revision(member.id));
    if (changed && set.leftOut > 0)
      log.warn(
        { agent: member.id, checks: set.checks.length, leftOut: set.leftOut },
        'an agent has too many checks: the last are left out',
      );
    return changed;
  }

  #tell(agents: readonly string[]): void {
    const { book, fleet } = this.#options;
    for (const id of agents) {
      const member = fleet.get(id);
      if (member?.link && book.has(id) && member.revision !== book.revision(id))
        member.link.send(this.#tellOf(member));
    }
  }

  /** The schedule of an agent, which is told with this. */
  #tellOf(member: Member): Schedule {
    const { book, clock, fleet } = this.#options;
    const revision = book.revision(member.id);
    if (member.revision !== revision) {
      member.revision = revision;
      member.toldMs = clock.wallMs();
      fleet.touch(member);
    }
    return { type: 'schedule', revision, assignments: book.assignments(member.id) };
  }
}
