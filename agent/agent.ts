/** An agent, put together: schedule → lanes → probes → spool → link. */
import { randomUUID } from 'node:crypto';
import { createNetwork } from '../probes/net/create-network.ts';
import type { Network } from '../probes/net/network.ts';
import type { MissedReason } from '../probes/outcome.ts';
import type { OwnRuns } from '../probes/own/own-runs.ts';
import type { Clock, Probe } from '../probes/probe.ts';
import { PROBES } from '../probes/registry.ts';
import { CLOSE_CODES } from '../protocol/errors.ts';
import type { RunNow, Schedule } from '../protocol/frame.ts';
import type { AgentDeps, AgentLog, RunningAgent } from './agent-deps.ts';
import { allowedProbes, probeTypesOf } from './capabilities.ts';
import { RunCaps } from './caps.ts';
import { ClockOffset } from './clock-offset.ts';
import { Compilers } from './compilers.ts';
import type { AgentConfig } from './config.ts';
import { ControlProbe } from './control/control-probe.ts';
import { createJudge } from './control/judge.ts';
import { MachineWatch } from './control/machine-watch.ts';
import { DelaySampler } from './delay-sampler.ts';
import { authoritiesOf } from './dial.ts';
import type { Draft, Occasion } from './draft.ts';
import { EvidenceSpool } from './evidence/evidence-spool.ts';
import { createKeeper } from './evidence/keep-evidence.ts';
import { Executor, type Job } from './executor.ts';
import { HandoverDesk, type Inherited, type OpenRun, type Successor } from './handover.ts';
import { HealthReporter } from './health.ts';
import { Identity } from './identity.ts';
import { Lanes, systemMachine } from './lanes.ts';
import { AGENT_LIMITS } from './limits.ts';
import { Link } from './link.ts';
import { browserLockFile, MachineLock } from './machine-lock.ts';
import { RunRequests } from './run-requests.ts';
import { Scheduler, scheduleFault } from './schedule.ts';
import { SealedSecrets } from './sealed-secrets.ts';
import { sealingKey } from './sealing-key.ts';
import { secretFrom } from './secrets.ts';
import type { SessionEnd } from './session.ts';
import type { Check, Ends, Unrun } from './slot-book.ts';
import { checkOf, SlotBook } from './slot-book.ts';
import { softwareVersion, userAgentOf } from './software.ts';
import { Spool } from './spool.ts';
import type { Timers } from './time.ts';
import { systemClock, systemTimers } from './time.ts';

/** How often the spool is looked after, milliseconds. */
const MAINTAIN_MS = 10_000;

const SILENT: AgentLog = { info() {}, warn() {} };

/** Starts an agent; throws `SpoolError`, `NetworkOptionsError` or `AgentConfigError`. Whether a collector can be reached does not matter. */
export async function startAgent(config: AgentConfig, deps: AgentDeps = {}): Promise<RunningAgent> {
  const own = deps.own ?? (await ownProbesOf(config, deps.timers ?? systemTimers));
  const agent = new Agent(config, own === undefined ? deps : { ...deps, own });
  agent.start();
  return agent;
}

/** Loaded for agents that have an allow-list only. */
async function ownProbesOf({ ownProbes }: AgentConfig, timers: Timers): Promise<OwnRuns | undefined> {
  if (ownProbes === undefined) return undefined;
  const { openOwnProbes } = await import('./own-probes/own-probes.ts');
  return openOwnProbes(ownProbes, timers);
}

/** The network of an agent as its configuration has it; throws `NetworkOptionsError`. */
export function agentNetwork(config: AgentConfig, clock: Clock = systemClock): Network {
  const { trustedCa, ...network } = config.network;
  return createNetwork({ ...network, ...(trustedCa === undefined ? {} : { trustedCa }) }, { clock });
}

class Agent implements RunningAgent {
  readonly id: string;
  readonly boot = randomUUID();
  readonly #config: AgentConfig;
  readonly #deps: AgentDeps;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: AgentLog;
  readonly #probes: Readonly<Record<string, Probe>>;
  readonly #spool: Spool;
  readonly #book: SlotBook;
  readonly #scheduler: Scheduler;
  readonly #executor: Executor;
  readonly #lanes: Lanes;
  readonly #machine: MachineWatch;
  readonly #evidence: EvidenceSpool;
  readonly #health: HealthReporter;
  readonly #offset: ClockOffset;
  readonly #requests: RunRequests;
  readonly #identity: Identity;
  readonly #link: Link;
  #revision = 0;
  #linkTrouble = '';
  #cancelMaintain: () => void = () => {};
  #desk: HandoverDesk | undefined;
  #successor: Successor | undefined;
  readonly #underWay = new Map<number, { readonly job: Job; readonly slot: boolean }>();
  #taken = 0;
  #stopped: Promise<void> | undefined;

  constructor(config: AgentConfig, deps: AgentDeps) {
    this.id = config.id;
    this.#config = config;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#timers = deps.timers ?? systemTimers;
    this.#log = deps.log ?? SILENT;
    this.#probes = allowedProbes(deps.probes ?? PROBES, config.probeTypes);
    const [clock, timers, random] = [this.#clock, this.#timers, deps.random ?? Math.random];
    const bootMs = deps.inherited?.stoppedAtMs ?? clock.wallMs();
    const network = deps.network ?? agentNetwork(config, clock);
    this.#spool = new Spool({
      ...config.spool,
      dataDir: config.dataDir,
      boot: this.boot,
      clock,
      timers,
      onCommitted: () => this.#link.notify(),
      onTrouble: (message, error) => this.#trouble(message, error),
    });
    const sampler = new DelaySampler(clock, timers);
    this.#machine = new MachineWatch(clock);
    this.#evidence = new EvidenceSpool({
      ...{ dataDir: config.dataDir, clock },
      onTrouble: (message, error) => this.#trouble(message, error),
    });
    this.#offset = new ClockOffset(clock);
    this.#health = new HealthReporter({
      clock,
      sampler,
      offset: this.#offset,
      spool: this.#spool,
      running: () => this.#executor.running,
      scheduleRevision: () => this.#revision,
      lanes: () => this.#lanes.load,
      link: () => ({ ...this.#link.standing, inFlight: this.#link.inFlight }),
    });
    this.#lanes = new Lanes({
      lightConcurrency: config.lightConcurrency,
      lock: new MachineLock(config.browser?.lockFile ?? browserLockFile(), timers, random),
      machine: deps.machine ?? systemMachine,
      timers,
    });
    const context = {
      clock,
      random,
      network,
      agent: { id: config.id, region: config.labels.region },
      userAgent: userAgentOf(config.id),
      ...(deps.browser ? { browser: deps.browser } : {}),
      ...(deps.own ? { own: deps.own } : {}),
    };
    const secrets = new SealedSecrets({
      own: (name) => secretFrom(process.env, name),
      key: () => sealingKey(config.dataDir),
      onTrouble: (message, error) => this.#trouble(message, error),
    });
    this.#executor = new Executor({
      clock,
      timers,
      lanes: this.#lanes,
      health: this.#health,
      caps: new RunCaps(config.caps, clock),
      compilers: new Compilers(clock),
      secret: (assignment, name) => secrets.get(assignment, name),
      runner: {
        ...{ clock, timers, sampler, context, machine: this.#machine },
        clockOffsetMs: () => this.#offset.offsetMs(),
      },
      judge: createJudge({
        control: new ControlProbe({
          ...{ anchors: config.anchors, network, clock, timers, sampler },
          hears: (signal) => this.#link.hears(signal),
        }),
        offset: this.#offset,
        clock,
      }),
      evidence: createKeeper(this.#evidence, () => this.#link.offerEvidence()),
      boot: this.boot,
      ask: (request, signal) => this.#link.ask(request, signal),
      probeOf: (type) => (Object.hasOwn(this.#probes, type) ? this.#probes[type] : undefined),
      onTrouble: (message, error) => this.#trouble(message, error),
    });
    this.#book = new SlotBook(this.#spool.loadSettled());
    this.#scheduler = new Scheduler({
      agent: config.id,
      clock,
      timers,
      book: this.#book,
      bootMs,
      continues: deps.inherited !== undefined,
      onDue: (check, slotMs) => this.#runSlot(check, slotMs),
      onUnrun: (check, unrun, reason) => this.#reportUnrun(check, unrun, reason),
    });
    this.#requests = new RunRequests(clock);
    this.#identity = new Identity({
      ...{ agent: config.id, boot: this.boot, dataDir: config.dataDir, enrolFile: config.enrol },
      env: deps.env ?? {},
    });
    this.#link = this.#createLink(random);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  start(): void {
    if (this.#spool.asideFile)
      this.#trouble(`The spool was broken and put aside as ${this.#spool.asideFile}; a new one was made.`);
    if (this.#spool.fullAtStart)
      this.#trouble('The disk of the spool is full: results are kept in memory, and the oldest dropped.');
    if (this.#deps.inherited) this.#inherit(this.#deps.inherited);
    this.#desk = new HandoverDesk(
      this.#config.dataDir,
      this.#timers,
      (successor) => this.#handOver(successor),
      (error) => this.#log.info({ err: error }, 'nobody can take over from this agent'),
    );
    const cached = this.#spool.loadSchedule();
    if (cached) this.#follow(cached, this.#spool.stoppedAtMs);
    this.#link.start();
    this.#maintainLater();
  }

  stop(reason: string): Promise<void> {
    this.#stopped ??= this.#stop(reason);
    return this.#stopped;
  }

  /** Gives the place to another process; runs under way end here and are reported there. */
  #handOver(successor: Successor): void {
    if (this.#stopped) {
      successor.refuse('it is stopping');
      return;
    }
    this.#stopped = this.#giveAway(successor);
    this.#stopped.catch((error: unknown) => this.#trouble('The hand-over failed.', error));
  }

  async #giveAway(successor: Successor): Promise<void> {
    const stoppedAtMs = this.#scheduler.stop();
    this.#desk?.close();
    this.#cancelMaintain();
    await this.#link.leave();
    this.#spool.close();
    this.#successor = successor;
    const runs = [...this.#underWay].map(([id, { job, slot }]): OpenRun => {
      const { assignment, requestId, scheduledMs, trigger } = job;
      return { id, assignment, requestId, scheduledMs, slot, trigger };
    });
    const kept = await successor.give(stoppedAtMs, runs);
    this.#log.info({ kept, runs: runs.length }, 'another process has taken over');
    if (kept) await this.#executor.finish(AGENT_LIMITS.handoverRunsMs.value);
    if (kept) await successor.end();
    await this.#deps.browser?.close();
    this.#lanes.close();
    this.#machine.close();
    this.#evidence.close();
    this.#deps.onHandedOver?.(kept);
  }

  /** Waits for what the old process still has under way; what it does not report was missed. */
  #inherit({ follow, runs }: Inherited): void {
    const open = new Map(runs.map((run) => [run.id, { run, check: checkOf(run.assignment, this.id) }]));
    for (const { run, check } of open.values()) if (run.slot) this.#book.open(check, run.scheduledMs);
    const end = (id: number, draft: Draft): void => {
      const known = open.get(id);
      if (!known || !open.delete(id)) return;
      const { check, run } = known;
      const ends = run.slot && { key: check.key, settled: this.#book.settle(check, run.scheduledMs) };
      this.#spool.add([draft], ends || undefined);
    };
    follow(end, () => {
      for (const [id, { run }] of [...open]) end(id, this.#executor.missed(run, 'agent_down'));
      this.#log.info({ runs: runs.length }, 'the old process has ended');
    });
  }

  async #stop(reason: string): Promise<void> {
    this.#desk?.close();
    const stoppedAtMs = this.#scheduler.stop();
    this.#log.info({ reason }, 'stopping');
    await this.#executor.stop(AGENT_LIMITS.stopRunsMs.value);
    this.#spool.commit();
    const limit = this.#spool.pending > 0 ? AGENT_LIMITS.stopFlushMs : AGENT_LIMITS.stopGoodbyeMs;
    const { known } = await this.#link.stop(stoppedAtMs, reason, limit.value);
    // Otherwise its slots are expected: the next start reports them as slept through.
    if (known) {
      this.#spool.saveStop(stoppedAtMs);
      this.#spool.commit();
    }
    const { pending } = this.#spool;
    if (pending > 0) this.#log.warn({ pending }, 'results stay in the spool for the next start');
    this.#cancelMaintain();
    await this.#deps.browser?.close();
    this.#lanes.close();
    this.#machine.close();
    this.#evidence.close();
    this.#spool.close();
    this.#log.info({}, 'stopped');
  }

  #createLink(random: () => number): Link {
    const { ca, labels, collectors } = this.#config;
    return new Link({
      collectors,
      identity: this.#identity,
      authorities: authoritiesOf(ca),
      clock: this.#clock,
      timers: this.#timers,
      random,
      spool: this.#spool,
      offset: this.#offset,
      evidence: this.#evidence,
      hello: () => ({
        agent: this.id,
        labels,
        capabilities: {
          probeTypes: probeTypesOf(this.#probes, this.#deps),
          browser: this.#deps.browser?.build.version ?? '',
        },
        software: softwareVersion(),
        scheduleRevision: this.#revision,
      }),
      health: () => this.#health.report(),
      onWelcome: (welcome) => this.#onSchedule(welcome.schedule),
      onSchedule: (schedule) => this.#onSchedule(schedule),
      onRunNow: (run) => this.#onRunNow(run),
      onConnected: (url) => {
        this.#linkTrouble = '';
        this.#log.info({ collector: url }, 'connected');
      },
      onDisconnected: (url, end) => this.#onDisconnected(url, end),
    });
  }

  /** Attempts go on for as long as nobody answers; what is the same each time is said once. */
  #onDisconnected(url: string, { code, reason, lastedMs }: SessionEnd): void {
    if (this.#stopped) return;
    // Once it was let in it goes on whatever comes: what it measures is kept for when it is let in again.
    const isNew = this.#link.standing.sessions === 0 && this.#identity.invited;
    if (code === CLOSE_CODES.unauthorised && isNew) this.#deps.onRefused?.(reason);
    const trouble = `The link to ${url} ended: ${code} ${reason}`;
    if (lastedMs === undefined && trouble === this.#linkTrouble) return;
    this.#linkTrouble = trouble;
    this.#log.warn({ collector: url, code, reason, lastedMs }, 'no link to the collector, trying again');
    this.#health.trouble(trouble);
  }

  #onSchedule(schedule: Schedule): void {
    // A collector that knows us to hold this revision need not repeat it.
    if (schedule.revision === this.#revision && schedule.assignments.length === 0) return;
    const fault = scheduleFault(schedule);
    if (fault !== undefined) {
      this.#trouble(`The schedule of the collector was refused, the last one stays: ${fault}.`);
      return;
    }
    this.#spool.saveSchedule(schedule);
    this.#follow(schedule);
    this.#log.info({ revision: schedule.revision, checks: schedule.assignments.length }, 'schedule');
  }

  #follow(schedule: Schedule, quietFromMs?: number): void {
    this.#revision = schedule.revision;
    // The schedule is in the time of the collector: a clock that runs ahead of it made the spool “after” the first slots.
    const knownFromMs = this.#spool.createdMs + Math.min(0, this.#offset.offsetMs());
    this.#scheduler.follow(schedule.assignments, {
      knownFromMs,
      ...(quietFromMs === undefined ? {} : { quietFromMs }),
    });
    this.#spool.forget(this.#book.prune());
  }

  #runSlot(check: Check, slotMs: number): void {
    const { assignment, key } = check;
    this.#take({ assignment, ...slotOccasion(slotMs) }, () => ({
      key,
      settled: this.#book.settle(check, slotMs),
    }));
  }

  /** Runs a job; its result goes into the spool, or to the process that has the spool by then. */
  #take(job: Job, ends?: () => Ends): void {
    this.#taken += 1;
    const id = this.#taken;
    this.#underWay.set(id, { job, slot: ends !== undefined });
    this.#executor.take(job, (draft) => {
      this.#underWay.delete(id);
      if (this.#successor) this.#successor.ended(id, draft);
      else this.#spool.add([draft], ends?.());
    });
  }

  #reportUnrun(check: Check, unrun: Unrun, reason: MissedReason): void {
    const ends = { key: check.key, settled: this.#book.settled(check) };
    this.#spool.giveUp('backfill_limit', unrun.beyond, ends);
    const drafts = unrun.slots.map((slotMs) =>
      this.#executor.missed({ assignment: check.assignment, ...slotOccasion(slotMs) }, reason),
    );
    this.#spool.add(drafts, ends);
    this.#log.warn(
      { check: check.key, slots: unrun.slots.length, dropped: unrun.beyond, reason },
      'slots were missed',
    );
  }

  #onRunNow(run: RunNow): void {
    const verdict = this.#requests.admit(run);
    if (verdict === 'duplicate' || this.#stopped) return;
    const { assignment, requestId, trigger, watch } = run;
    const job = {
      ...{ assignment, requestId, trigger, scheduledMs: this.#clock.wallMs() },
      ...(watch && { watch }),
    };
    const fault = scheduleFault({ type: 'schedule', revision: 0, assignments: [assignment] });
    if (verdict === 'too_many' || fault !== undefined) {
      this.#trouble(fault ?? 'More runs were asked for than the limit lets through.');
      this.#spool.add([this.#executor.missed(job, 'shed')]);
    } else {
      this.#take(job);
    }
  }

  #maintainLater(): void {
    this.#cancelMaintain = this.#timers.after(MAINTAIN_MS, () => {
      this.#spool.maintain(this.#executor.running === 0);
      this.#maintainLater();
    });
  }

  #trouble(message: string, error?: unknown): void {
    this.#log.warn(error === undefined ? {} : { err: error }, message);
    this.#health.trouble(message);
  }
}

function slotOccasion(slotMs: number): Omit<Occasion, 'assignment'> {
  return { scheduledMs: slotMs, trigger: 'schedule', requestId: '' };
}
