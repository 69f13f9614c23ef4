/**
 * Where runs take their turn: light ones many at once, browser ones one at a time on the whole machine; and each only when
 * the machine has what it needs, for a run that starves measures the agent.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Lane as LaneName } from '../probes/probe.ts';
import type { LaneHealth } from '../protocol/frame.ts';
import { freshFor } from './fresh-for.ts';
import type { Entry } from './lane.ts';
import { Lane } from './lane.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { MachineLock } from './machine-lock.ts';
import type { Timers } from './time.ts';

/** What the machine has left. */
export interface Machine {
  /** Memory that can be had without swapping, the limits of a container included. */
  freeBytes(): number;
  /** Runnable tasks of the last minute a core. */
  loadPerCore(): number;
}

export const systemMachine: Machine = {
  freeBytes: freshFor(AGENT_LIMITS.memoryReadMs.value, () => process.availableMemory()),
  loadPerCore: () => (loadavg()[0] ?? 0) / availableParallelism(),
};

export interface LanesOptions {
  readonly lightConcurrency: number;
  readonly lock: MachineLock;
  readonly machine: Machine;
  readonly timers: Timers;
}

export class Lanes {
  readonly #light: Lane;
  readonly #browser: Lane;
  readonly #options: LanesOptions;

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#light = new Lane(options.lightConcurrency, options.timers);
    this.#browser = new Lane(AGENT_LIMITS.browserConcurrency.value, options.timers);
  }

  /** Runs under way or waiting. */
  get busy(): number {
    return [this.#light, this.#browser].reduce((sum, lane) => sum + lane.running + lane.waiting, 0);
  }

  /** What each lane holds. */
  get load(): Readonly<Record<LaneName, LaneHealth>> {
    const loadOf = ({ running, waiting }: Lane): LaneHealth => ({ running, waiting });
    return { light: loadOf(this.#light), browser: loadOf(this.#browser) };
  }

  /** Waits for a turn, no longer than the interval `everyMs` of the check. `signal`: the agent stops. */
  enter(lane: LaneName, everyMs: number, signal: AbortSignal): Promise<Entry> {
    return lane === 'browser' ? this.#enterBrowser(everyMs, signal) : this.#enterLight(everyMs, signal);
  }

  async #enterLight(everyMs: number, signal: AbortSignal): Promise<Entry> {
    const entry = await this.#light.enter(Math.min(everyMs, AGENT_LIMITS.lightWaitMs.value), signal);
    if (!entry.entered || this.#options.machine.freeBytes() >= AGENT_LIMITS.lightFreeBytes.value)
      return entry;
    entry.release();
    return { entered: false, reason: 'shed' };
  }

  async #enterBrowser(everyMs: number, signal: AbortSignal): Promise<Entry> {
    const { lock, machine, timers } = this.#options;
    // One bound for both queues: the lane of this process, then the lock of the machine.
    const bound = new AbortController();
    const cancel = timers.after(Math.min(everyMs, AGENT_LIMITS.browserWaitMs.value), () => bound.abort());
    const missed = (): Entry => ({ entered: false, reason: signal.aborted ? 'agent_down' : 'overrun' });
    try {
      const either = AbortSignal.any([signal, bound.signal]);
      const place = await this.#browser.enter(AGENT_LIMITS.browserWaitMs.value, either);
      if (!place.entered) return place.reason === 'shed' ? place : missed();
      if (!(await this.#lock(either, place))) return missed();
      const starved =
        machine.freeBytes() < AGENT_LIMITS.browserFreeBytes.value ||
        machine.loadPerCore() > AGENT_LIMITS.browserLoadPerCore.value;
      const release = (): void => {
        lock.release();
        place.release();
      };
      if (!starved) return { entered: true, release: once(release) };
      release();
      return { entered: false, reason: 'shed' };
    } finally {
      cancel();
    }
  }

  /** The lock of the machine for a run that has its place; gives the place back when there is none. */
  async #lock(signal: AbortSignal, place: Extract<Entry, { entered: true }>): Promise<boolean> {
    try {
      if (await this.#options.lock.acquire(AGENT_LIMITS.browserWaitMs.value, signal)) return true;
    } catch (error) {
      place.release();
      throw error;
    }
    place.release();
    return false;
  }

  close(): void {
    this.#options.lock.close();
  }
}

/** A late second release must not free what another run holds by then. */
function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
