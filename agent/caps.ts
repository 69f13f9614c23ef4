/**
 * What the owner of an agent lets it do at most. Runs of the schedule, runs asked for by hand and confirmations count alike: nothing
 * that comes from a collector can lift a cap. A run past it is not made; its slot is `missed`: `capped`.
 */
import type { Clock, Lane } from '../probes/probe.ts';
import { AGENT_LIMITS } from './limits.ts';

/** Runs that may start within any minute; no cap where absent. */
export interface Caps {
  readonly runsPerMinute?: number | undefined;
  readonly browserRunsPerMinute?: number | undefined;
  /** Of the targets at one host and port. */
  readonly hostRunsPerMinute?: number | undefined;
}

export type CapName = keyof Caps;

const MINUTE_MS = 60_000;

/** At most so many events within any minute: the times of the last ones, each remembered until it is a minute old. */
class MinuteWindow {
  readonly #most: number;
  readonly #timesMs: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Of the last minute. */
  count(nowMs: number): number {
    const first = this.#timesMs.findIndex((timeMs) => nowMs - timeMs < MINUTE_MS);
    this.#timesMs.splice(0, first < 0 ? this.#timesMs.length : first);
    return this.#timesMs.length;
  }

  full(nowMs: number): boolean {
    return this.count(nowMs) >= this.#most;
  }

  add(nowMs: number): void {
    this.#timesMs.push(nowMs);
  }
}

export class RunCaps {
  readonly #caps: Caps;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #all: MinuteWindow | undefined;
  readonly #browser: MinuteWindow | undefined;
  readonly #hosts = new Map<string, MinuteWindow>();

  constructor(caps: Caps, clock: Pick<Clock, 'monotonicMs'>) {
    this.#caps = caps;
    this.#clock = clock;
    this.#all = windowOf(caps.runsPerMinute);
    this.#browser = windowOf(caps.browserRunsPerMinute);
  }

  /** Takes a run that is to start now; otherwise the cap that does not let it, and then nothing is counted. */
  take(url: string, lane: Lane): CapName | undefined {
    const nowMs = this.#clock.monotonicMs();
    const browser = lane === 'browser' ? this.#browser : undefined;
    if (this.#all?.full(nowMs)) return 'runsPerMinute';
    if (browser?.full(nowMs)) return 'browserRunsPerMinute';
    const host = this.#hostWindow(url, nowMs);
    if (host === 'full' || host?.full(nowMs)) return 'hostRunsPerMinute';
    for (const window of [this.#all, browser, host]) window?.add(nowMs);
    return undefined;
  }

  /** `full`: more hosts within a minute than are remembered, so that nobody could say. */
  #hostWindow(url: string, nowMs: number): MinuteWindow | 'full' | undefined {
    const most = this.#caps.hostRunsPerMinute;
    if (most === undefined) return undefined;
    const host = hostOf(url);
    const known = this.#hosts.get(host);
    if (known) return known;
    if (this.#hosts.size >= AGENT_LIMITS.cappedHosts.value) this.#forgetHosts(nowMs);
    if (this.#hosts.size >= AGENT_LIMITS.cappedHosts.value) return 'full';
    const fresh = new MinuteWindow(most);
    this.#hosts.set(host, fresh);
    return fresh;
  }

  #forgetHosts(nowMs: number): void {
    for (const [host, window] of this.#hosts) if (window.count(nowMs) === 0) this.#hosts.delete(host);
  }
}

function windowOf(most: number | undefined): MinuteWindow | undefined {
  return most === undefined ? undefined : new MinuteWindow(most);
}

/** Host and port as URLs write them: one name whatever its case, the default port left out. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
