/** Silence is evidence: agents of one region that stop being heard together, without a goodbye, are never health. */
import type { FleetAgent } from './observation.ts';
import type { DetectSettings } from './settings.ts';

export class SilenceWatch {
  readonly #settings: DetectSettings;
  /** Agents that were heard while we watched: what was silent before says nothing new. */
  readonly #heard = new Map<string, string>();
  readonly #ticks = new Map<string, number>();
  /** When each silent agent was first found so. */
  readonly #fellMs = new Map<string, number>();
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
      if (state !== 'silent' || !this.#heard.has(id)) this.#fellMs.delete(id);
      else {
        silent.set(region, [...(silent.get(region) ?? []), id]);
        if (!this.#fellMs.has(id)) this.#fellMs.set(id, nowMs);
      }
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
    const before = this.#silent.has(region);
    const enough = before ? agents.length >= this.#settings.silentAgents : this.#isEvidence(region, agents);
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

  /** In a large region some agent is always down by itself: what is shared takes many at once, or most of them. */
  #isEvidence(region: string, agents: readonly string[]): boolean {
    const { silentAgents, silentShare, silentTogetherMs, silentTogetherShare } = this.#settings;
    let all = 0;
    for (const home of this.#heard.values()) if (home === region) all += 1;
    if (agents.length >= Math.max(silentAgents, silentShare * all)) return true;
    const needed = Math.ceil(Math.max(silentAgents, silentTogetherShare * all));
    const fell = agents.map((agent) => this.#fellMs.get(agent) ?? 0).sort((a, b) => a - b);
    return fell.some(
      (atMs, i) => (fell[i + needed - 1] ?? Number.POSITIVE_INFINITY) - atMs <= silentTogetherMs,
    );
  }

  /** Regions in which some agent was ever heard. */
  get regions(): ReadonlySet<string> {
    return new Set(this.#heard.values());
  }
}
