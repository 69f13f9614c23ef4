/** The registry over a store: in memory to be asked, in the store to outlive the collector. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { type ProbeSpec, type Selector, SPEC_LIMITS, type TargetSpec } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import type { Assignment, Health, Hello, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { Store } from '../store/store.ts';
import { AskedRuns } from './asked-runs.ts';
import { AssignmentBook } from './assignment-book.ts';
import { byName, Catalogue, type Plan } from './catalogue.ts';
import { type Check, capable, checksOf, everyMsOf, selects, timeoutMsOf } from './checks.ts';
import { RegistryError } from './errors.ts';
import { Fleet, type Member } from './fleet.ts';
import { makeLedger } from './ledger.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentLink, RegistryLink } from './link.ts';
import {
  type Change,
  type Loaded,
  loadRegistry,
  type SpecRecord,
  writeChanges,
  writeProbes,
  writeTargets,
} from './records.ts';
import type {
  AgentView,
  AppliedChange,
  AskedRun,
  Ledger,
  ProbeView,
  Registry,
  TargetView,
} from './registry.ts';
import { RegistryWriter } from './registry-writer.ts';
import { checkSpec } from './spec-check.ts';

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the collector holds of the registry: people's side, the sessions' side, and its end. */
export interface RunningRegistry extends Registry, RegistryLink {
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** Loads what an earlier collector knew. Rejects with a `StoreError`. */
export async function createRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const sinceMs = options.clock.wallMs() - REGISTRY_LIMITS.closedAssignmentsMs.value;
  const registry = new StoredRegistry(options, await loadRegistry(options.store, sinceMs));
  await registry.start();
  return registry;
}

class StoredRegistry implements RunningRegistry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #fleet: Fleet;
  readonly #catalogue: Catalogue;
  readonly #book = new AssignmentBook();
  readonly #asked: AskedRuns;
  readonly #writer: RegistryWriter;
  readonly #toAnnounce = new Set<string>();
  /** Changes of specifications happen one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #revision: number;
  #announceTimer: NodeJS.Timeout | undefined;
  #maintenanceTimer: NodeJS.Timeout | undefined;

  constructor({ store, clock, log }: RegistryOptions, loaded: Loaded) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#fleet = new Fleet(clock, loaded.agents);
    this.#catalogue = new Catalogue(loaded.targets, loaded.probes);
    this.#asked = new AskedRuns(clock);
    this.#book.load(loaded.periods);
    this.#revision = loaded.revision;
    this.#writer = new RegistryWriter(store, clock, this.#fleet, this.#book, loaded.version);
  }

  async start(): Promise<void> {
    for (const member of this.#fleet.all()) this.#reconcile(member);
    await this.#writer.flush();
    this.#maintenanceTimer = setInterval(() => this.#maintain(), REGISTRY_LIMITS.maintenanceMs.value);
    this.#maintenanceTimer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#maintenanceTimer);
    clearTimeout(this.#announceTimer);
    await this.#changing;
    await this.#writer.flush();
  }

  get revision(): number {
    return this.#revision;
  }

  // --- what people ask ---

  apply(spec: unknown, options: { readonly dryRun?: boolean } = {}): Promise<readonly AppliedChange[]> {
    return this.#exclusively(async () => {
      const plan = this.#catalogue.plan(checkSpec(spec, new Set(this.#catalogue.targets.keys())));
      const applied = [...plan.targets, ...plan.probes].map((change) => change.applied);
      this.#checkLimits(plan);
      if (!options.dryRun) await this.#carryOut(plan);
      return applied;
    });
  }

  pause(probe: string): Promise<void> {
    return this.#setPaused(probe, true);
  }

  resume(probe: string): Promise<void> {
    return this.#setPaused(probe, false);
  }

  deleteProbe(name: string): Promise<void> {
    return this.#exclusively(async () => {
      const record = { ...this.#known(name), updatedMs: this.#clock.wallMs() };
      await writeProbes(this.#store, [record], this.#writer.nextVersion(), true);
      this.#catalogue.probes.delete(name);
      await this.#changed([{ kind: 'probe', name, action: 'delete', detail: null }]);
    });
  }

  probes(): readonly ProbeView[] {
    return byName(this.#catalogue.probes).map((record) => this.#probeView(record));
  }

  probe(name: string): ProbeView | undefined {
    const record = this.#catalogue.probes.get(name);
    return record && this.#probeView(record);
  }

  targets(): readonly TargetView[] {
    return byName(this.#catalogue.targets);
  }

  target(name: string): TargetView | undefined {
    return this.#catalogue.targets.get(name);
  }

  agents(): readonly AgentView[] {
    return this.#fleet.all().map((member) => this.#agentView(member));
  }

  agent(id: string): AgentView | undefined {
    const member = this.#fleet.get(id);
    return member && this.#agentView(member);
  }

  assignments(agent: string): readonly Assignment[] {
    return this.#book.assignments(agent);
  }

  async runNow(
    name: string,
    from: Selector = {},
    trigger: 'manual' | 'confirm' | 'retest' = 'manual',
  ): Promise<AskedRun> {
    const { spec } = this.#known(name);
    const checks = checksOf(spec, this.#catalogue.targetSpecs());
    const able = this.#fleet
      .all()
      .filter(({ record, link }) => link && record.stoppedAtMs === undefined)
      .filter(({ record }) => this.#runs(spec, record) && selects(from, record));
    if (able.length === 0 || checks.length === 0) {
      throw new RegistryError('no_agents', `No connected agent runs ${name} with this selection.`, {
        hint: 'See `outrider agents list`, and `from` of the probe.',
      });
    }
    const askedMs = this.#clock.wallMs();
    const requestId = randomUUID();
    for (const { link } of able)
      for (const { assignment } of checks)
        link?.send({
          type: 'run_now',
          requestId,
          trigger,
          assignment: { ...assignment, effectiveFromMs: askedMs },
        });
    const agents = able.map(({ record }) => record.id);
    const run = { requestId, probe: name, askedMs, agents, expected: agents.length * checks.length };
    this.#asked.add(run);
    return run;
  }

  askedRun(requestId: string): AskedRun | undefined {
    return this.#asked.get(requestId);
  }

  async ledger(options: { readonly sinceMs?: number; readonly agent?: string } = {}): Promise<Ledger> {
    await this.#writer.flush();
    const nowMs = this.#clock.wallMs();
    const members = this.#fleet
      .all()
      .filter(({ record }) => options.agent === undefined || record.id === options.agent);
    const accountable = members.map((member) => ({
      id: member.record.id,
      region: member.record.labels.region,
      state: this.#fleet.stateOf(member),
      ...(member.health && { health: member.health }),
      periods: this.#book.periods(member.record.id),
    }));
    return makeLedger(this.#store, accountable, {
      sinceMs: options.sinceMs ?? nowMs - REGISTRY_LIMITS.ledgerMs.value,
      nowMs,
      ...(options.agent !== undefined && { agent: options.agent }),
    });
  }

  // --- what sessions say ---

  async connected(hello: Hello, link: AgentLink): Promise<Schedule> {
    // An agent that knows a later revision comes from another store: ours goes on from there.
    if (hello.scheduleRevision > this.#revision) this.#revision = hello.scheduleRevision + 1;
    this.#reconcile(this.#fleet.connected(hello, link));
    await this.#writer.flush();
    return this.#schedule(hello.agent);
  }

  disconnected(agent: string, link: AgentLink): void {
    this.#fleet.disconnected(agent, link);
  }

  heard(agent: string, health?: Health): void {
    this.#fleet.heard(agent, health);
  }

  goodbye(agent: string, stoppedAtMs: number): void {
    this.#fleet.stopped(agent, stoppedAtMs);
    this.#book.stop(agent, stoppedAtMs);
    this.#revision += 1;
    this.#flushLater();
  }

  labelsOf(agent: string): AgentLabels {
    const member = this.#fleet.get(agent);
    if (!member) throw new Error(`agent ${agent} never connected`);
    return member.record.labels;
  }

  // --- changes ---

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work);
    this.#changing = turn.catch(() => undefined);
    return turn;
  }

  #setPaused(name: string, paused: boolean): Promise<void> {
    return this.#exclusively(async () => {
      const { spec } = this.#known(name);
      if (spec.paused === paused) return;
      const record = { spec: { ...spec, paused }, updatedMs: this.#clock.wallMs() };
      await writeProbes(this.#store, [record], this.#writer.nextVersion());
      this.#catalogue.probes.set(name, record);
      await this.#changed([{ kind: 'probe', name, action: paused ? 'pause' : 'resume', detail: null }]);
    });
  }

  async #carryOut(plan: Plan): Promise<void> {
    const updatedMs = this.#clock.wallMs();
    const recordsOf = <Spec>(changes: readonly { readonly applied: AppliedChange; readonly spec: Spec }[]) =>
      changes
        .filter(({ applied }) => applied.action !== 'unchanged')
        .map(({ spec }): SpecRecord<Spec> => ({ spec, updatedMs }));
    const targets = recordsOf<TargetSpec>(plan.targets);
    const probes = recordsOf<ProbeSpec>(plan.probes);
    if (targets.length + probes.length === 0) return;
    const version = this.#writer.nextVersion();
    await writeTargets(this.#store, targets, version);
    await writeProbes(this.#store, probes, version);
    for (const record of targets) this.#catalogue.targets.set(record.spec.name, record);
    for (const record of probes) this.#catalogue.probes.set(record.spec.name, record);
    await this.#changed(
      [...plan.targets, ...plan.probes]
        .filter(({ applied }) => applied.action !== 'unchanged')
        .map(({ applied, spec }) => ({ ...applied, detail: spec })),
    );
  }

  /** Specifications changed: who runs what follows, is written, and agents are told. */
  async #changed(changes: readonly Change[]): Promise<void> {
    this.#revision += 1;
    for (const member of this.#fleet.all()) if (this.#reconcile(member)) this.#announce(member.record.id);
    await writeChanges(this.#store, changes, this.#clock.wallMs(), this.#revision);
    await this.#writer.flush();
  }

  #checkLimits(plan: Plan): void {
    const total = (known: ReadonlyMap<string, unknown>, changes: Plan['targets'] | Plan['probes']) =>
      known.size + changes.filter(({ applied }) => applied.action === 'create').length;
    const over = [
      ['targets', total(this.#catalogue.targets, plan.targets), SPEC_LIMITS.targets.value],
      ['probes', total(this.#catalogue.probes, plan.probes), SPEC_LIMITS.probes.value],
    ].find(([, count, most]) => Number(count) > Number(most));
    if (!over) return;
    throw new RegistryError('too_many', `There would be ${over[1]} ${over[0]}; ${over[2]} is the limit.`, {
      hint: 'Delete probes that nobody needs, or run a second collector.',
    });
  }

  // --- who runs what ---

  #runs(probe: ProbeSpec, agent: Member['record']): boolean {
    return capable(probe, agent) && selects(probe.from, agent);
  }

  #checksFor(agent: Member['record']): readonly Check[] {
    const targets = this.#catalogue.targetSpecs();
    const checks = byName(this.#catalogue.probes)
      .filter(({ spec }) => !spec.paused && this.#runs(spec, agent))
      .flatMap(({ spec }) => checksOf(spec, targets));
    const most = LINK_LIMITS.assignments.value;
    if (checks.length > most)
      this.#log.warn(
        { agent: agent.id, checks: checks.length, most },
        'an agent has too many checks: the last are left out',
      );
    return checks.slice(0, most);
  }

  /** True when what the agent runs has changed. A stopped agent runs nothing. */
  #reconcile({ record }: Member): boolean {
    if (record.stoppedAtMs !== undefined) return false;
    const nowMs = this.#clock.wallMs();
    const changed = this.#book.reconcile(record.id, this.#checksFor(record), nowMs, this.#revision + 1);
    if (changed) this.#revision += 1;
    return changed;
  }

  #schedule(agent: string): Schedule {
    return { type: 'schedule', revision: this.#revision, assignments: this.#book.assignments(agent) };
  }

  #announce(agent: string): void {
    this.#toAnnounce.add(agent);
    this.#announceTimer ??= setTimeout(() => {
      this.#announceTimer = undefined;
      const agents = [...this.#toAnnounce];
      this.#toAnnounce.clear();
      for (const id of agents) this.#fleet.get(id)?.link?.send(this.#schedule(id));
    }, REGISTRY_LIMITS.announceAfterMs.value);
  }

  // --- upkeep ---

  #maintain(): void {
    this.#book.forget(this.#clock.wallMs() - REGISTRY_LIMITS.closedAssignmentsMs.value);
    this.#flushLater();
  }

  #flushLater(): void {
    this.#writer.flush().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the registry could not be written; it is tried again');
    });
  }

  // --- views ---

  #known(name: string): SpecRecord<ProbeSpec> {
    const record = this.#catalogue.probes.get(name);
    if (record) return record;
    const near = suggest(name, [...this.#catalogue.probes.keys()]);
    throw new RegistryError('not_found', `There is no probe ${name}.`, {
      hint: near ? `Did you mean ${near}?` : 'See `outrider probes list`.',
    });
  }

  #probeView({ spec, updatedMs }: SpecRecord<ProbeSpec>): ProbeView {
    const agents = this.#fleet
      .all()
      .map(({ record }) => record.id)
      .filter((id) => this.#book.runs(id, spec.name));
    return { spec, everyMs: everyMsOf(spec), timeoutMs: timeoutMsOf(spec), agents, updatedMs };
  }

  #agentView(member: Member): AgentView {
    const { record, connectedSinceMs, health } = member;
    return {
      ...record,
      state: this.#fleet.stateOf(member),
      ...(connectedSinceMs !== undefined && { connectedSinceMs }),
      ...(health && { health }),
      assignments: this.#book.count(record.id),
    };
  }
}
