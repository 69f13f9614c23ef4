/** The registry over a store: in memory to be asked, in the store to outlive the collector and to be shared with others. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { type ProbeSpec, type Selector, SPEC_LIMITS } from '../../probes/spec.ts';
import type { Assignment, Health, Hello, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { Store } from '../store/store.ts';
import { AskedRuns } from './asked-runs.ts';
import { AssignmentBook } from './assignment-book.ts';
import { Batches } from './batches.ts';
import { byName, type Plan } from './catalogue.ts';
import { capable, checksOf, everyMsOf, selects, timeoutMsOf } from './checks.ts';
import { RegistryError } from './errors.ts';
import { Fleet } from './fleet.ts';
import { makeLedger } from './ledger.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink, RegistryLink } from './link.ts';
import type { Member } from './member.ts';
import { PeerFleet } from './peer-fleet.ts';
import { type Peers, SOLITARY } from './peers.ts';
import { type OpenPeriods, readOpenPeriods } from './period-reader.ts';
import { ProbeAgents } from './probe-agents.ts';
import { type Change, type Loaded, loadAgents, readAssignments, writeChanges } from './records.ts';
import type {
  AgentView,
  AppliedChange,
  AskedRun,
  Ledger,
  ProbeView,
  Registry,
  RegistryPeers,
  TargetView,
} from './registry.ts';
import { RegistryWriter } from './registry-writer.ts';
import { type FleetAnswer, remoteAgentOf } from './remote-agent.ts';
import type { RunOrder, RunReceipt } from './run-order.ts';
import { checkSpec } from './spec-check.ts';
import type { NewSpecChange, SpecRecord } from './spec-log.ts';
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

/** What a change of specifications does: to them, and as people will read of it. */
interface SpecEdit {
  readonly changes: readonly NewSpecChange[];
  readonly told: readonly Change[];
}

const NEVER_TOLD: OpenPeriods = { open: [], revision: 0, lastBeginMs: 0 };

class StoredRegistry implements RunningRegistry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #peers: Peers;
  readonly #specs: Specs;
  readonly #fleet: Fleet;
  readonly #book: AssignmentBook;
  readonly #probeAgents: ProbeAgents;
  readonly #peerFleet: PeerFleet;
  readonly #periods: Batches<OpenPeriods>;
  readonly #asked: AskedRuns;
  readonly #writer: RegistryWriter;
  /** Agents whose schedule has changed; they hear of it once it is in the store. */
  readonly #toTell = new Set<string>();
  /** Changes of specifications happen one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #revision: number;
  #maintenanceTimer: NodeJS.Timeout | undefined;
  #peersTimer: NodeJS.Timeout | undefined;
  #maintaining = false;

  constructor({ store, clock, log, peers = SOLITARY }: RegistryOptions, specs: Specs, loaded: Loaded) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#peers = peers;
    this.#specs = specs;
    const stamps = new Stamps(clock, peers, loaded.version);
    this.#fleet = new Fleet(
      {
        clock,
        collector: () => peers.incarnation,
        stamp: () => stamps.next(),
        checks: (agent) => specs.sets.of(agent).checks.length,
      },
      loaded.agents,
    );
    this.#book = new AssignmentBook(specs.table, stamps);
    this.#probeAgents = new ProbeAgents(this.#fleet);
    this.#peerFleet = new PeerFleet({ peers, fleet: this.#fleet, store, clock, log });
    this.#periods = new Batches({
      waitMs: REGISTRY_LIMITS.connectWaitMs.value,
      size: REGISTRY_LIMITS.readAgents.value,
      ask: (agents) => this.#readPeriods(agents),
    });
    this.#asked = new AskedRuns(clock);
    this.#revision = loaded.revision;
    this.#writer = new RegistryWriter(store, peers, this.#fleet, this.#book);
  }

  async start(): Promise<void> {
    await this.#peerFleet.refresh();
    this.#maintenanceTimer = setInterval(() => void this.#maintain(), REGISTRY_LIMITS.maintenanceMs.value);
    this.#peersTimer = setInterval(() => void this.#peerFleet.refresh(), REGISTRY_LIMITS.peersMs.value);
    this.#maintenanceTimer.unref();
    this.#peersTimer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#maintenanceTimer);
    clearInterval(this.#peersTimer);
    await this.#changing;
    await this.#writer.flush();
  }

  get revision(): number {
    return this.#revision;
  }

  // --- what people ask ---

  async apply(spec: unknown, options: { readonly dryRun?: boolean } = {}): Promise<readonly AppliedChange[]> {
    let applied: readonly AppliedChange[] = [];
    await this.#change(() => {
      const { catalogue } = this.#specs;
      const plan = catalogue.plan(checkSpec(spec, new Set(catalogue.targets.keys())));
      applied = [...plan.targets, ...plan.probes].map((change) => change.applied);
      this.#checkLimits(plan);
      return options.dryRun ? NO_EDIT : this.#editOf(plan);
    });
    return applied;
  }

  pause(probe: string): Promise<void> {
    return this.#setPaused(probe, true);
  }

  resume(probe: string): Promise<void> {
    return this.#setPaused(probe, false);
  }

  deleteProbe(name: string): Promise<void> {
    return this.#change(() => {
      const { spec } = this.#specs.known(name);
      return {
        changes: [{ kind: 'probe', spec, deleted: true, updatedMs: this.#clock.wallMs() }],
        told: [{ kind: 'probe', name, action: 'delete', detail: null }],
      };
    });
  }

  probes(): readonly ProbeView[] {
    return byName(this.#specs.catalogue.probes).map((record) => this.#probeView(record));
  }

  probe(name: string): ProbeView | undefined {
    const record = this.#specs.catalogue.probes.get(name);
    return record && this.#probeView(record);
  }

  targets(): readonly TargetView[] {
    return byName(this.#specs.catalogue.targets);
  }

  target(name: string): TargetView | undefined {
    return this.#specs.catalogue.targets.get(name);
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

  async runNow(
    name: string,
    from: Selector = {},
    trigger: 'manual' | 'confirm' | 'retest' = 'manual',
  ): Promise<AskedRun> {
    const { spec } = this.#specs.known(name);
    const checks = checksOf(spec, this.#specs.catalogue.targetSpecs());
    const able = this.#fleet
      .all()
      .filter((agent) => agent.connectedSinceMs !== undefined && agent.stoppedAtMs === undefined)
      .filter((agent) => capable(spec, agent) && selects(spec.from, agent) && selects(from, agent));
    const askedMs = this.#clock.wallMs();
    const agents = able.map(({ id }) => id);
    const run = {
      requestId: randomUUID(),
      probe: name,
      askedMs,
      agents,
      expected: agents.length * checks.length,
    };
    const assignments = checks.map(({ assignment }) => ({ ...assignment, effectiveFromMs: askedMs }));
    const told = checks.length === 0 ? [] : await this.#order(able, { run, trigger, assignments });
    if (told.length === 0) {
      throw new RegistryError('no_agents', `No connected agent runs ${name} with this selection.`, {
        hint: 'See `outrider agents list`, and `from` of the probe.',
      });
    }
    const asked = { ...run, agents: told, expected: told.length * checks.length };
    this.#asked.add(asked);
    return asked;
  }

  askedRun(requestId: string): AskedRun | undefined {
    return this.#asked.get(requestId);
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

  // --- what sessions say ---

  async connected(hello: Hello, link: AgentLink): Promise<Schedule> {
    const sameProcess = this.#fleet.get(hello.agent)?.boot === hello.boot;
    const member = this.#fleet.connected(hello, link);
    const open = await this.#periods.of(hello.agent);
    // Another session has taken its place meanwhile: this one gets nothing to run.
    if (member.link !== link) return { type: 'schedule', revision: hello.scheduleRevision, assignments: [] };
    this.#book.load(hello.agent, open);
    this.#reconcile(member);
    await this.#writer.flush();
    return this.#welcome(hello, member, sameProcess);
  }

  disconnected(agent: string, link: AgentLink): void {
    const mine = this.#fleet.get(agent)?.link === link;
    this.#fleet.disconnected(agent, link);
    if (mine) this.#book.forget(agent);
  }

  heard(agent: string, health?: Health): void {
    this.#fleet.heard(agent, health);
  }

  goodbye(agent: string, stoppedAtMs: number): void {
    this.#fleet.stopped(agent, stoppedAtMs);
    this.#book.stop(agent, stoppedAtMs, this.#revision);
    this.#revision += 1;
    this.#flushLater();
  }

  contested(agent: string): void {
    const member = this.#fleet.get(agent);
    if (!member) return;
    member.rivalMs = this.#clock.wallMs();
    this.#fleet.touch(member);
  }

  settled(): Promise<void> {
    return this.#writer.flush();
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

  orderRuns({ run, trigger, assignments, tell }: RunOrder): RunReceipt {
    this.#asked.add(run);
    const agents = tell.filter((id) => {
      const link = this.#fleet.get(id)?.link;
      for (const assignment of assignments)
        link?.send({ type: 'run_now', requestId: run.requestId, trigger, assignment });
      return link !== undefined;
    });
    return { agents };
  }

  /** Tells agents here, and has others tell theirs; gives those that were told. */
  async #order(able: readonly Member[], order: Omit<RunOrder, 'tell'>): Promise<readonly string[]> {
    const idsOf = (agents: readonly Member[]) => agents.map(({ id }) => id);
    const here = this.orderRuns({ ...order, tell: idsOf(able.filter(({ link }) => link)) });
    const elsewhere = able.filter(({ link }) => !link);
    const answers = this.#peers.others().map((collector) => {
      const tell = idsOf(elsewhere.filter((agent) => agent.collector === collector.incarnation));
      return this.#peerFleet.runNow(collector, { ...order, tell });
    });
    return [...here.agents, ...(await Promise.all(answers)).flat()];
  }

  // --- changes ---

  /** Makes an edit against what holds in the store, again and again until no other collector has come between. */
  #change(edit: () => SpecEdit): Promise<void> {
    const turn = this.#changing.then(async () => {
      for (let tries = 0; tries < REGISTRY_LIMITS.specTries.value; tries += 1) {
        if (await this.#specs.refresh()) this.#followSpecs();
        const { changes, told } = edit();
        if (changes.length === 0) return;
        if (!(await this.#specs.append(changes, this.#peers.incarnation))) continue;
        this.#revision += 1;
        this.#followSpecs();
        await writeChanges(this.#store, told, this.#clock.wallMs(), this.#revision);
        await this.#writeAndTell();
        return;
      }
      throw new RegistryError('conflict', 'Other collectors keep changing specifications.', {
        hint: 'Try again.',
      });
    });
    this.#changing = turn.catch(() => undefined);
    return turn;
  }

  #setPaused(name: string, paused: boolean): Promise<void> {
    return this.#change(() => {
      const { spec } = this.#specs.known(name);
      if (spec.paused === paused) return NO_EDIT;
      return {
        changes: [
          { kind: 'probe', spec: { ...spec, paused }, deleted: false, updatedMs: this.#clock.wallMs() },
        ],
        told: [{ kind: 'probe', name, action: paused ? 'pause' : 'resume', detail: null }],
      };
    });
  }

  #editOf(plan: Plan): SpecEdit {
    const updatedMs = this.#clock.wallMs();
    const targets = plan.targets.filter(({ applied }) => applied.action !== 'unchanged');
    const probes = plan.probes.filter(({ applied }) => applied.action !== 'unchanged');
    return {
      changes: [
        ...targets.map(({ spec }) => ({ kind: 'target', spec, deleted: false, updatedMs }) as const),
        ...probes.map(({ spec }) => ({ kind: 'probe', spec, deleted: false, updatedMs }) as const),
      ],
      told: [...targets, ...probes].map(({ applied, spec }) => ({ ...applied, detail: spec })),
    };
  }

  #checkLimits(plan: Plan): void {
    const total = (known: ReadonlyMap<string, unknown>, changes: Plan['targets'] | Plan['probes']) =>
      known.size + changes.filter(({ applied }) => applied.action === 'create').length;
    const { targets, probes } = this.#specs.catalogue;
    const over = [
      ['targets', total(targets, plan.targets), SPEC_LIMITS.targets.value],
      ['probes', total(probes, plan.probes), SPEC_LIMITS.probes.value],
    ].find(([, count, most]) => Number(count) > Number(most));
    if (!over) return;
    throw new RegistryError('too_many', `There would be ${over[1]} ${over[0]}; ${over[2]} is the limit.`, {
      hint: 'Delete probes that nobody needs, or run a collector with a store of its own.',
    });
  }

  // --- who runs what ---

  /** Specifications changed: what the agents connected here run follows. Those of others, others see to. */
  #followSpecs(): void {
    for (const member of this.#fleet.all())
      if (member.link && this.#book.has(member.id) && this.#reconcile(member)) this.#toTell.add(member.id);
  }

  /** True when what the agent runs has changed. */
  #reconcile(member: Member): boolean {
    const set = this.#specs.sets.of(member);
    if (set.leftOut > 0)
      this.#log.warn(
        { agent: member.id, checks: set.checks.length, leftOut: set.leftOut },
        'an agent has too many checks: the last are left out',
      );
    const changed = this.#book.reconcile(member.id, set, this.#clock.wallMs(), this.#revision);
    this.#revision = Math.max(this.#revision, this.#book.revision(member.id));
    return changed;
  }

  /** What agents run, as of what holds in the store now: another collector may have changed either. */
  async #readPeriods(agents: readonly string[]): Promise<readonly OpenPeriods[]> {
    await this.#writer.flushIfDirty();
    if (await this.#specs.refresh()) this.#followSpecs();
    const known = (fingerprint: string) => this.#specs.table.get(fingerprint) !== undefined;
    const periods = await readOpenPeriods(this.#store, agents, known);
    return agents.map((agent) => periods.get(agent) ?? NEVER_TOLD);
  }

  /** The first schedule of a session: nothing, when the same process says that it holds the very one. */
  #welcome(hello: Hello, member: Member, sameProcess: boolean): Schedule {
    // One that knows a later revision comes from another store: its numbers go on from there.
    this.#book.raiseRevision(hello.agent, hello.scheduleRevision);
    this.#revision = Math.max(this.#revision, this.#book.revision(hello.agent));
    const schedule = this.#scheduleOf(member);
    const held = sameProcess && schedule.revision > 0 && hello.scheduleRevision === schedule.revision;
    return held ? { ...schedule, assignments: [] } : schedule;
  }

  #scheduleOf(member: Member): Schedule {
    const revision = this.#book.revision(member.id);
    member.revision = revision;
    member.toldMs = this.#clock.wallMs();
    return { type: 'schedule', revision, assignments: this.#book.assignments(member.id) };
  }

  /** An agent hears only of what is in the store: if it moves on, the next collector finds there what it was told. */
  async #writeAndTell(): Promise<void> {
    const agents = [...this.#toTell];
    this.#toTell.clear();
    try {
      await this.#writer.flush();
    } catch (error) {
      for (const id of agents) this.#toTell.add(id);
      throw error;
    }
    if (agents.length > 0)
      setTimeout(() => this.#tell(agents), REGISTRY_LIMITS.announceAfterMs.value).unref();
  }

  #tell(agents: readonly string[]): void {
    for (const id of agents) {
      const member = this.#fleet.get(id);
      if (member?.link && this.#book.has(id) && member.revision !== this.#book.revision(id))
        member.link.send(this.#scheduleOf(member));
    }
  }

  // --- upkeep ---

  async #maintain(): Promise<void> {
    if (this.#maintaining) return;
    this.#maintaining = true;
    try {
      if (this.#store.engine === 'server' && (await this.#specs.refresh())) this.#followSpecs();
      if (this.#toTell.size > 0) await this.#writeAndTell();
      await this.#writer.flushIfDirty();
    } catch (error) {
      this.#log.warn({ err: error }, 'the registry could not read or write the store; it tries again');
    } finally {
      this.#maintaining = false;
    }
  }

  #flushLater(): void {
    this.#writer.flush().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the registry could not be written; it is tried again');
    });
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

const NO_EDIT: SpecEdit = { changes: [], told: [] };
