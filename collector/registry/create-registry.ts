/** The registry over a store: in memory to be asked, in the store to outlive the collector and to be shared with others. */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { LocationQuery, ProbeSpec } from '../../probes/spec.ts';
import type { AskedTrigger, Assignment, Health, Hello, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { Store } from '../store/store.ts';
import { readHour } from './agent-facts.ts';
import { AssignmentBook } from './assignment-book.ts';
import { Attendance } from './attendance.ts';
import { byName } from './catalogue.ts';
import { everyMsOf, timeoutMsOf } from './checks.ts';
import { Fleet } from './fleet.ts';
import { makeLedger } from './ledger.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink, RegistryLink } from './link.ts';
import type { Member } from './member.ts';
import { PeerFleet } from './peer-fleet.ts';
import { type Peers, SOLITARY } from './peers.ts';
import { ProbeAgents } from './probe-agents.ts';
import { type Loaded, loadAgents, readAssignments, writeChanges } from './records.ts';
import type {
  AgentReport,
  AgentView,
  Applied,
  ApplyOptions,
  AskedRun,
  ConfirmTask,
  Declared,
  Ledger,
  ProbeView,
  Registry,
  RegistryPeers,
  TargetView,
  WatchTask,
} from './registry.ts';
import { RegistryWriter } from './registry-writer.ts';
import { type FleetAnswer, remoteAgentOf } from './remote-agent.ts';
import type { RunOrder, RunReceipt } from './run-order.ts';
import { RunOrders } from './run-orders.ts';
import { Schedules } from './schedules.ts';
import { SpecEditor } from './spec-editor.ts';
import type { SpecRecord } from './spec-log.ts';
import { Specs } from './specs.ts';
import { Stamps } from './stamps.ts';

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** The other collectors on the store; none when absent. */
  readonly peers?: Peers;
}

/** What the collector holds of the registry: people's side, the sessions' side, the other collectors', and its end. */
export interface RunningRegistry extends Registry, RegistryLink, RegistryPeers {
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** Loads what earlier and other collectors know. Rejects with a `StoreError`. */
export async function createRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const specs = new Specs(options.store);
  await specs.load();
  const registry = new StoredRegistry(options, specs, await loadAgents(options.store));
  await registry.start();
  return registry;
}

class StoredRegistry implements RunningRegistry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #peers: Peers;
  readonly #specs: Specs;
  readonly #fleet: Fleet;
  readonly #book: AssignmentBook;
  readonly #writer: RegistryWriter;
  readonly #schedules: Schedules;
  readonly #editor: SpecEditor;
  readonly #orders: RunOrders;
  readonly #peerFleet: PeerFleet;
  readonly #probeAgents: ProbeAgents;
  readonly #attendance = new Attendance<Member>();
  #maintenanceTimer: NodeJS.Timeout | undefined;
  #peersTimer: NodeJS.Timeout | undefined;
  #maintaining = false;
  #declared: Declared | undefined;

  constructor({ store, clock, log, peers = SOLITARY }: RegistryOptions, specs: Specs, loaded: Loaded) {
    const stamps = new Stamps(clock, peers, loaded.version);
    const fleet = new Fleet(
      {
        clock,
        collector: () => peers.incarnation,
        stamp: () => stamps.next(),
        checks: (agent) => specs.sets.of(agent).checks.length,
      },
      loaded.agents,
    );
    const book = new AssignmentBook(specs.table, stamps, () => peers.incarnation);
    const writer = new RegistryWriter(store, peers, fleet, book);
    const peerFleet = new PeerFleet({ peers, fleet, store, clock, log });
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#peers = peers;
    this.#specs = specs;
    this.#fleet = fleet;
    this.#book = book;
    this.#writer = writer;
    this.#peerFleet = peerFleet;
    this.#probeAgents = new ProbeAgents(fleet);
    this.#orders = new RunOrders({ specs, fleet, peers, peerFleet, clock });
    const { revision } = loaded;
    this.#schedules = new Schedules({ store, clock, log, specs, fleet, book, writer, revision });
    this.#editor = new SpecEditor({
      specs,
      clock,
      peers,
      onChanged: () => {
        this.#schedules.raiseRevision();
        this.#schedules.follow();
      },
      carriedOut: async (told) => {
        await writeChanges(store, told, clock.wallMs(), this.#schedules.revision);
        await this.#schedules.writeAndTell();
      },
    });
  }

  async start(): Promise<void> {
    await this.#peerFleet.refresh();
    this.#place();
    this.#maintenanceTimer = setInterval(() => void this.#maintain(), REGISTRY_LIMITS.maintenanceMs.value);
    this.#peersTimer = setInterval(() => void this.#peerFleet.refresh(), REGISTRY_LIMITS.peersMs.value);
    this.#maintenanceTimer.unref();
    this.#peersTimer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#maintenanceTimer);
    clearInterval(this.#peersTimer);
    await this.#editor.idle();
    await this.#writer.flush();
  }

  get revision(): number {
    return this.#schedules.revision;
  }

  // --- what people ask ---

  apply(spec: unknown, options?: ApplyOptions): Promise<Applied> {
    return this.#editor.apply(spec, options);
  }

  declared(): Declared {
    const { catalogue, revision } = this.#specs;
    this.#declared =
      this.#declared?.revision === revision ? this.#declared : { revision, language: catalogue.language() };
    return this.#declared;
  }

  placesOf(location: LocationQuery): LocationQuery {
    return this.#specs.placesOf(location);
  }

  pause(probe: string): Promise<void> {
    return this.#editor.setPaused(probe, true);
  }

  resume(probe: string): Promise<void> {
    return this.#editor.setPaused(probe, false);
  }

  deleteProbe(probe: string): Promise<void> {
    return this.#editor.deleteProbe(probe);
  }

  probes(): readonly ProbeView[] {
    return byName(this.#specs.catalogue.probe).map((record) => this.#probeView(record));
  }

  probe(name: string): ProbeView | undefined {
    const record = this.#specs.catalogue.probe.get(name);
    return record && this.#probeView(record);
  }

  targets(): readonly TargetView[] {
    return byName(this.#specs.catalogue.target);
  }

  target(name: string): TargetView | undefined {
    return this.#specs.catalogue.target.get(name);
  }

  agents(): readonly AgentView[] {
    return this.#fleet.all();
  }

  agent(id: string): AgentView | undefined {
    return this.#fleet.get(id);
  }

  assignments(agent: string): Promise<readonly Assignment[]> {
    if (this.#fleet.get(agent)?.link && this.#book.has(agent))
      return Promise.resolve(this.#book.assignments(agent));
    return readAssignments(this.#store, agent, (fingerprint) => this.#specs.table.get(fingerprint));
  }

  runNow(
    probe: string,
    from: LocationQuery = {},
    trigger: Exclude<AskedTrigger, 'publish'> = 'manual',
  ): Promise<AskedRun> {
    return this.#orders.runNow(probe, from, trigger);
  }

  watch(task: WatchTask): Promise<readonly string[]> {
    return this.#orders.watch(task);
  }

  confirm(task: ConfirmTask): Promise<readonly string[]> {
    return this.#orders.confirm(task);
  }

  askedRun(requestId: string): AskedRun | undefined {
    return this.#orders.askedRun(requestId);
  }

  async ledger(options: { readonly sinceMs?: number; readonly agent?: string } = {}): Promise<Ledger> {
    await this.#writer.flush();
    const nowMs = this.#clock.wallMs();
    const { agent } = options;
    const members =
      agent === undefined ? this.#fleet.all() : [this.#fleet.get(agent)].filter((one) => one !== undefined);
    const accountable = members.map(({ id, boot, labels, state, health, healthMs }) => ({
      id,
      boot,
      region: labels.region,
      state,
      health,
      healthMs,
    }));
    return makeLedger(this.#store, accountable, {
      sinceMs: options.sinceMs ?? nowMs - REGISTRY_LIMITS.ledgerMs.value,
      nowMs,
      ...(agent !== undefined && { agent }),
    });
  }

  async facts(id: string, options: { readonly sinceMs?: number } = {}): Promise<AgentReport | undefined> {
    const agent = this.#fleet.get(id);
    if (!agent) return undefined;
    const { sinceMs, agents } = await this.ledger({ ...options, agent: id });
    const [ledger] = agents;
    if (!ledger) return undefined;
    const checks = await this.assignments(id);
    const nowMs = this.#clock.wallMs();
    const hour = await readHour(this.#store, agent, checks, nowMs);
    return { nowMs, agent, ledger, ledgerSinceMs: sinceMs, checks, hour };
  }

  // --- what sessions say ---

  connected(hello: Hello, link: AgentLink): Promise<Schedule> {
    return this.#schedules.connected(hello, link);
  }

  disconnected(agent: string, link: AgentLink): void {
    if (this.#fleet.get(agent)?.link !== link) return;
    this.#fleet.disconnected(agent, link);
    this.#book.forget(agent);
  }

  heard(agent: string, health?: Health): void {
    this.#fleet.heard(agent, health);
  }

  async goodbye(agent: string, stoppedAtMs: number): Promise<void> {
    this.#fleet.stopped(agent, stoppedAtMs);
    this.#schedules.raiseRevision();
    this.#book.stop(agent, stoppedAtMs, this.#schedules.revision);
    try {
      await this.#writer.flush();
    } catch (error) {
      this.#cannotWrite(error);
      throw error;
    }
  }

  contested(agent: string): void {
    const member = this.#fleet.get(agent);
    if (!member) return;
    member.rivalMs = this.#clock.wallMs();
    this.#fleet.touch(member);
  }

  settled(): Promise<void> {
    return this.#writer.settled();
  }

  labelsOf(agent: string): AgentLabels {
    const member = this.#fleet.get(agent);
    if (!member) throw new Error(`agent ${agent} never connected`);
    return member.labels;
  }

  // --- what other collectors ask ---

  fleetSince(since: number): FleetAnswer {
    const nowMs = this.#clock.wallMs();
    const { incarnation } = this.#peers;
    return {
      incarnation,
      cursor: this.#fleet.changes,
      agents: this.#fleet
        .all()
        .filter((agent) => agent.changed > since && agent.collector === incarnation)
        .map((agent) => remoteAgentOf(agent, since, nowMs)),
    };
  }

  orderRuns(order: RunOrder): RunReceipt {
    return this.#orders.carryOut(order);
  }

  // --- upkeep ---

  async #maintain(): Promise<void> {
    if (this.#maintaining) return;
    this.#maintaining = true;
    try {
      const alone = this.#store.engine === 'embedded' && this.#peers.others().length === 0;
      const refreshed = !alone && (await this.#specs.refresh());
      if (this.#place() || refreshed) this.#schedules.follow();
      await this.#schedules.writeAndTell();
    } catch (error) {
      this.#cannotWrite(error);
    } finally {
      this.#maintaining = false;
    }
  }

  /** Gives the places of agents that went to others, and theirs back to those that came; true when any changed hands. */
  #place(): boolean {
    const { epoch } = this.#fleet;
    const { there, changed } = this.#attendance.look(this.#fleet.all(), epoch, this.#clock.wallMs());
    return changed && this.#specs.place(there);
  }

  #cannotWrite(error: unknown): void {
    this.#log.warn({ err: error }, 'the registry could not read or write the store; it tries again');
  }

  // --- views ---

  #probeView(record: SpecRecord<ProbeSpec>): ProbeView {
    const { spec, updatedMs } = record;
    const agentsOf = () => this.#probeAgents.of(spec.name, this.#specs.sets);
    return {
      spec,
      everyMs: everyMsOf(spec),
      timeoutMs: timeoutMsOf(spec),
      get agents() {
        return agentsOf();
      },
      updatedMs,
    };
  }
}
