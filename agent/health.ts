/** How the agent itself is, since it was last asked. */

import type { Clock, Lane } from '../probes/probe.ts';
import type { Health, LaneHealth, LinkHealth } from '../protocol/frame.ts';
import type { AgentState } from '../protocol/record.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { DelaySampler } from './delay-sampler.ts';
import { AGENT_LIMITS } from './limits.ts';
import { residentBytes } from './resident-memory.ts';
import type { Spool } from './spool.ts';

export interface HealthOptions {
  readonly clock: Clock;
  readonly sampler: DelaySampler;
  readonly offset: ClockOffset;
  readonly spool: Spool;
  /** Runs under way or waiting in a lane. */
  running(): number;
  scheduleRevision(): number;
  lanes?(): Readonly<Record<Lane, LaneHealth>>;
  link?(): LinkHealth & { readonly inFlight: number };
}

const US_PER_MS = 1000;

export class HealthReporter {
  readonly #options: HealthOptions;
  #cpu = process.cpuUsage();
  #atMs: number;
  #latestMs = 0;
  #error: { readonly message: string; readonly atMs: number } | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#atMs = options.clock.monotonicMs();
  }

  /** Something went wrong at the agent: shown with its health for a while. */
  trouble(message: string): void {
    this.#error = { message, atMs: this.#options.clock.monotonicMs() };
  }

  /** A scheduled run began so long after its slot. */
  started(latenessMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, latenessMs);
  }

  /** The state of the agent outside of any run, for slots that had none. */
  state(): AgentState {
    return {
      eventLoopDelayMs: 0,
      cpuRatio: 0,
      rssBytes: residentBytes(),
      clockOffsetMs: this.#options.offset.offsetMs(),
      disturbed: false,
    };
  }

  /** What is sent every few seconds; delays, lateness and CPU are those since the last call. */
  report(): Omit<Health, 'type' | 'sentMs'> {
    const { clock, offset, sampler, spool, running, scheduleRevision } = this.#options;
    const { inFlight = 0, ...link } = this.#options.link?.() ?? {};
    const latenessMs = this.#latestMs;
    this.#latestMs = 0;
    const nowMs = clock.monotonicMs();
    const used = process.cpuUsage(this.#cpu);
    const tookMs = nowMs - this.#atMs;
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
    if (this.#error && nowMs - this.#error.atMs > AGENT_LIMITS.errorShownMs.value) this.#error = undefined;
    return {
      pending: spool.pending,
      running: running(),
      dropped: spool.dropped,
      scheduleRevision: scheduleRevision(),
      eventLoopDelayMs: sampler.takeWorstMs(),
      cpuRatio: tookMs > 0 ? (used.user + used.system) / US_PER_MS / tookMs : 0,
      rssBytes: residentBytes(),
      clockOffsetMs: offset.offsetMs(),
      lastError: this.#error?.message ?? '',
      spool: { ...spool.fill, inFlight },
      latenessMs,
      ...this.#options.lanes?.(),
      ...('sessions' in link && { link }),
    };
  }
}
