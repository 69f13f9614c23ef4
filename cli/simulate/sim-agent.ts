/** One simulated agent: the real link of an agent, over slots whose results are made up. */
import { randomUUID } from 'node:crypto';
import { ClockOffset } from '../../agent/clock-offset.ts';
import type { Identity } from '../../agent/identity.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { Link } from '../../agent/link.ts';
import { scheduleFault } from '../../agent/schedule.ts';
import type { SessionEnd } from '../../agent/session.ts';
import type { Timers } from '../../agent/time.ts';
import type { Clock } from '../../probes/probe.ts';
import type { Health, RunNow, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { AgentState, ResultRecord } from '../../protocol/record.ts';
import type { CheckTable } from './check-table.ts';
import type { FleetKeys } from './fleet-keys.ts';
import { makeRun, type Vantage } from './made-run.ts';
import { MemorySpool, type Waiting } from './memory-spool.ts';
import type { RosterEntry } from './roster.ts';
import { SlotPlan } from './slot-plan.ts';
import type { Tally } from './tally.ts';

/** What all agents of a fleet share. */
export interface Shared {
  readonly collectors: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly tally: Tally;
  readonly checks: CheckTable;
  /** The probe types that they say they can run. */
  readonly probeTypes: readonly string[];
  readonly software: string;
  /** Results that each holds at most. */
  readonly spoolMax: number;
  /** When the simulation began, Unix milliseconds. */
  readonly sinceMs: number;
  /** Where agents are asked who they are. */
  readonly keys?: Pick<FleetKeys, 'identityOf'> | undefined;
  /** Uniform in [0, 1). */
  random(): number;
}

/** What a result takes in the spool of a real agent. */
const SPOOLED_BYTES = 450;

/** How a small agent is, most of the time. */
const STATE: AgentState = {
  eventLoopDelayMs: 0.4,
  cpuRatio: 0.01,
  rssBytes: 64 * 1024 * 1024,
  clockOffsetMs: 0,
  disturbed: false,
};

export class SimAgent {
  readonly id: string;
  readonly #shared: Shared;
  readonly #vantage: Vantage;
  readonly #spool: MemorySpool;
  readonly #plan: SlotPlan;
  readonly #link: Link;
  readonly #offset: ClockOffset;
  #revision = 0;
  #welcomes = 0;
  #stopping = false;

  /** `index`: the how many-th it is, from 0. */
  constructor({ id, labels }: RosterEntry, index: number, vantage: Vantage, shared: Shared) {
    this.id = id;
    this.#shared = shared;
    this.#vantage = vantage;
    const { clock, timers, tally, checks, sinceMs } = shared;
    const boot = randomUUID();
    this.#offset = new ClockOffset(clock);
    this.#spool = new MemorySpool({
      boot,
      clock,
      tally,
      resultsMax: shared.spoolMax,
      makeRecord: (waiting, seq) => this.#record(waiting, seq),
    });
    this.#plan = new SlotPlan({
      ...{ agent: id, clock, timers, checks, sinceMs },
      durationMs: (check, slotMs) => makeRun(vantage, check, slotMs).durationMs,
      onResult: (waiting) => this.#add(waiting),
    });
    this.#link = this.#createLink(labels, shared.keys?.identityOf(id, boot, index));
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Whether it was ever welcomed. */
  get welcomed(): boolean {
    return this.#welcomes > 0;
  }

  /** How long its oldest result has waited, milliseconds; 0 when there is none. */
  get oldestMs(): number {
    return this.#spool.oldestAgeMs;
  }

  /** Dials, and goes on for as long as it takes. */
  start(): void {
    this.#link.start();
  }

  /** Cuts the connection as a failing network does. */
  interrupt(): void {
    this.#link.interrupt();
  }

  /** Ends its runs, delivers what it holds within `flushMs` and says goodbye. One that nobody knows has none to say it to. */
  async stop(flushMs: number): Promise<void> {
    const stoppedAtMs = this.#plan.stop();
    this.#stopping = true;
    const known = this.welcomed || this.#spool.pending > 0;
    await this.#link.stop(stoppedAtMs, 'the simulation ends', known ? flushMs : 0);
  }

  #createLink(labels: AgentLabels, identity: Pick<Identity, 'prove'> | undefined): Link {
    const { collectors, clock, timers, probeTypes, software, random } = this.#shared;
    return new Link({
      ...{ collectors, clock, timers, random },
      ...(identity && { identity }),
      spool: this.#spool,
      offset: this.#offset,
      hello: () => ({
        agent: this.id,
        labels,
        capabilities: { probeTypes, browser: '' },
        software,
        scheduleRevision: this.#revision,
      }),
      health: () => this.#health(),
      onWelcome: (welcome) => this.#onSchedule(welcome.schedule),
      onSchedule: (schedule) => this.#onSchedule(schedule),
      onRunNow: (run) => this.#onRunNow(run),
      onConnected: () => this.#onConnected(),
      onDisconnected: (_url, end) => this.#onDisconnected(end),
    });
  }

  #onConnected(): void {
    this.#shared.tally.connected += 1;
    if (this.#welcomes > 0) this.#shared.tally.reconnects += 1;
    this.#welcomes += 1;
  }

  #onDisconnected({ lastedMs, code, reason }: SessionEnd): void {
    if (lastedMs !== undefined) this.#shared.tally.connected -= 1;
    if (!this.#stopping) this.#shared.tally.countEnd(`${code} ${reason}`.trim());
  }

  #onSchedule(schedule: Schedule): void {
    // A collector that knows us to hold this revision need not repeat it.
    if (schedule.revision === this.#revision && schedule.assignments.length === 0) return;
    if (scheduleFault(schedule) !== undefined) return;
    this.#revision = schedule.revision;
    this.#plan.follow(schedule.assignments);
  }

  #onRunNow({ assignment, requestId, trigger }: RunNow): void {
    const check = this.#shared.checks.of(assignment);
    const slotMs = this.#shared.clock.wallMs();
    this.#add({ check, slotMs, latenessMs: 0, missed: false, asked: { trigger, requestId } });
  }

  #add(waiting: Waiting): void {
    this.#spool.add(waiting);
    this.#link.notify();
  }

  #record({ check, slotMs, latenessMs, missed, asked }: Waiting, seq: number): ResultRecord {
    const common = {
      seq,
      probe: check.probe,
      type: check.type,
      target: check.target,
      scheduledMs: slotMs,
      latenessMs,
      trigger: asked?.trigger ?? 'schedule',
      requestId: asked?.requestId ?? '',
      state: STATE,
    } as const;
    if (missed)
      return {
        ...common,
        durationMs: 0,
        outcome: 'missed',
        missedReason: 'overrun',
        metrics: {},
        attributes: {},
      };
    return { ...common, ...makeRun(this.#vantage, check, slotMs) };
  }

  #health(): Omit<Health, 'type' | 'sentMs'> {
    const { eventLoopDelayMs, cpuRatio, rssBytes } = STATE;
    const { pending, dropped, lastSeq, oldestAgeMs } = this.#spool;
    const { running } = this.#plan;
    return {
      ...{ eventLoopDelayMs, cpuRatio, rssBytes, pending, running, dropped },
      scheduleRevision: this.#revision,
      clockOffsetMs: this.#offset.offsetMs(),
      lastError: '',
      latenessMs: 0,
      light: { running, waiting: 0 },
      link: this.#link.standing,
      spool: {
        bytes: pending * SPOOLED_BYTES,
        bytesMax: this.#shared.spoolMax * SPOOLED_BYTES,
        ageMaxMs: AGENT_LIMITS.spoolAgeMs.value,
        inFlight: this.#link.inFlight,
        refusing: false,
        ...{ lastSeq, oldestAgeMs },
      },
    };
  }
}
