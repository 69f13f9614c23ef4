/** A simulated fleet: connects its agents one after the other, keeps them, drops connections when asked to, and stops them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../probes/probe.ts';
import { CheckTable } from './check-table.ts';
import { hashOf } from './draws.ts';
import { FaultWindows } from './fault-window.ts';
import type { FleetKeys } from './fleet-keys.ts';
import { SIMULATE_LIMITS } from './limits.ts';
import type { SimulationPlan } from './options.ts';
import { regionProfile } from './region-profile.ts';
import { roster } from './roster.ts';
import { type Shared, SimAgent } from './sim-agent.ts';
import { Tally } from './tally.ts';
import { TimerWheel } from './timer-wheel.ts';
import { PROBE_TYPE } from './workload.ts';

export interface FleetOptions {
  readonly plan: Omit<SimulationPlan, 'forMs' | 'everyMs' | 'ratePerS'>;
  readonly clock: Clock;
  readonly software: string;
  /** When the simulation began, Unix milliseconds: earlier slots are not its own. */
  readonly sinceMs: number;
  /** For a collector that asks agents who they are. */
  readonly keys?: Pick<FleetKeys, 'identityOf'> | undefined;
  /** Uniform in [0, 1). */
  random(): number;
}

const MS_PER_S = 1000;
const POLL_MS = 50;
/** With nobody connected there is hardly anything to wait for at the end. */
const ALONE_STOP_MS = 2000;

export class SimFleet {
  readonly tally = new Tally();
  readonly #options: FleetOptions;
  readonly #wheel: TimerWheel;
  readonly #agents: readonly SimAgent[];
  readonly #faults: readonly FaultWindows[];
  #churn: NodeJS.Timeout | undefined;
  #stopping = false;

  /** Makes the agents; none dials yet. */
  constructor(options: FleetOptions) {
    this.#options = options;
    this.#wheel = new TimerWheel(options.clock);
    const { plan, clock, keys, software, sinceMs, random } = options;
    const { name, seed, agents, regions } = plan;
    const places = new Map(
      regions.map((region) => {
        const specs = plan.faults.map(({ spec }) => spec).filter((spec) => spec.region === region);
        return [region, { region: regionProfile(seed, region), faults: new FaultWindows(specs) }];
      }),
    );
    this.#faults = [...places.values()].map(({ faults }) => faults);
    const shared: Shared = {
      ...{ clock, keys, software, sinceMs, random },
      collectors: plan.collectors,
      timers: this.#wheel,
      tally: this.tally,
      checks: new CheckTable(),
      probeTypes: [PROBE_TYPE],
      spoolMax: Math.ceil(SIMULATE_LIMITS.spooledResults.value / agents),
    };
    this.#agents = roster(name, seed, agents, regions).map((entry, index) => {
      const { id, labels } = entry;
      const place = places.get(labels.region);
      if (!place) throw new RangeError(`agent ${id} is in no region of the simulation`);
      return new SimAgent(entry, index, { seed, agentHash: hashOf(id), ...place }, shared);
    });
  }

  /** Agents that were welcomed at least once. */
  get welcomed(): number {
    return this.#agents.reduce((count, agent) => count + (agent.welcomed ? 1 : 0), 0);
  }

  /** How long the oldest result of any agent has waited, milliseconds; 0 when there is none. */
  get oldestMs(): number {
    return this.#agents.reduce((oldest, agent) => Math.max(oldest, agent.oldestMs), 0);
  }

  /** Starts the agents, `plan.rampPerS` a second, each at a random instant of its time. */
  connect(): void {
    const { plan, random } = this.#options;
    this.#agents.forEach((agent, index) => {
      const delayMs = ((index + random()) / plan.rampPerS) * MS_PER_S;
      this.#wheel.after(delayMs, () => {
        if (!this.#stopping) agent.start();
      });
    });
  }

  /** Resolves with whether every agent has been welcomed; false when `withinMs` passed or `signal` aborted first. */
  async untilWelcomed(withinMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + withinMs;
    while (this.welcomed < this.#agents.length) {
      if (signal.aborted || clock.monotonicMs() >= deadlineMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /** The faults of the plan count from `zeroMs`, Unix milliseconds, and connections begin to drop. */
  begin(zeroMs: number): void {
    for (const faults of this.#faults) faults.begin(zeroMs);
    const { churnPerS } = this.#options.plan;
    if (churnPerS === 0) return;
    let due = 0;
    this.#churn = setInterval(() => {
      due += (churnPerS * POLL_MS) / MS_PER_S;
      for (; due >= 1; due -= 1) this.#interruptOne();
    }, POLL_MS);
  }

  /** Agents end their runs, deliver what they hold, and say goodbye; all at once, each within `stopMs`. */
  async stop(stopMs: number = SIMULATE_LIMITS.stopMs.value): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#churn);
    const flushMs = this.tally.connected > 0 ? stopMs : ALONE_STOP_MS;
    await Promise.all(this.#agents.map((agent) => agent.stop(flushMs)));
    this.#wheel.close();
  }

  #interruptOne(): void {
    const { random } = this.#options;
    this.#agents[Math.floor(random() * this.#agents.length)]?.interrupt();
  }
}
