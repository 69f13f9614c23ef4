/** Silence is evidence: agents of one region that stop being heard together, without a goodbye, are never health. */
import type { FleetAgent } from './observation.ts';
import type { DetectSettings } from './settings.ts';

export class SilenceWatch {
  readonly #settings: DetectSettings;
  /** Agents that were heard while we watched: what was silent before says nothing new. */
  readonly #heard = new Map<string, string>();
  readonly #ticks = new Map<string, number>();
  #silent = new Map<string, readonly string[]>();
  #sinceMs: number | undefined;

  constructor(settings: DetectSettings) {
    this.#settings = settings;
  }

  /** Agents that are known to belong to a silence that was reported before a restart. */
  remember(agents: readonly string[], region: string): void {
    if (agents.length === 0) return;
    for (const agent of agents) this.#heard.set(agent, region);
    this.#silent.set(region, agents);
  }

  /** Regions that are silent, each with its silent agents: enough of them, for long enough. */
  update(nowMs: number, agents: readonly FleetAgent[]): ReadonlyMap<string, readonly string[]> {
    this.#sinceMs ??= nowMs;
    const silent = new Map<string, string[]>();
    for (const { id, region, state } of agents) {
      if (state === 'connected') this.#heard.set(id, region);
      if (state === 'stopped') this.#heard.delete(id);
      if (state === 'silent' && this.#heard.has(id)) silent.set(region, [...(silent.get(region) ?? []), id]);
    }
    if (nowMs - this.#sinceMs < this.#settings.silenceGraceMs) return this.#silent;
    const known = new Set([...silent.keys(), ...this.#silent.keys()]);
    const next = new Map(this.#silent);
    for (const region of known) this.#settle(region, silent.get(region) ?? [], next);
    this.#silent = next;
    return next;
  }

  /** A change of state must last for some ticks: a link that comes back at once is no silence. */
  #settle(region: string, agents: readonly string[], next: Map<string, readonly string[]>): void {
    const enough = agents.length >= this.#settings.silentAgents;
    const before = this.#silent.has(region);
    if (enough === before) {
      this.#ticks.delete(region);
      if (enough) next.set(region, agents);
      return;
    }
    const ticks = (this.#ticks.get(region) ?? 0) + 1;
    this.#ticks.set(region, ticks);
    if (ticks < this.#settings.silenceHoldTicks) return;
    this.#ticks.delete(region);
    if (enough) next.set(region, agents);
    else next.delete(region);
  }

  /** Regions in which some agent was ever heard. */
  get regions(): ReadonlySet<string> {
    return new Set(this.#heard.values());
  }
}
