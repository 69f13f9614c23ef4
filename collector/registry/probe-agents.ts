/** Which agents run a probe, for all probes at the price of one look at the fleet. */
import type { CheckSet, CheckSets } from './check-sets.ts';
import type { Fleet } from './fleet.ts';

export class ProbeAgents {
  readonly #fleet: Fleet;
  #bySet: ReadonlyMap<CheckSet, readonly string[]> = new Map();
  #sets: CheckSets | undefined;
  #epoch = -1;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Ids of the agents that are to run it now, stopped ones left out. */
  of(probe: string, sets: CheckSets): readonly string[] {
    if (this.#sets !== sets || this.#epoch !== this.#fleet.epoch) {
      this.#bySet = this.#group(sets);
      this.#sets = sets;
      this.#epoch = this.#fleet.epoch;
    }
    return [...this.#bySet].flatMap(([set, agents]) => (set.runs(probe) ? agents : []));
  }

  #group(sets: CheckSets): ReadonlyMap<CheckSet, readonly string[]> {
    const bySet = new Map<CheckSet, string[]>();
    for (const agent of this.#fleet.all()) {
      if (agent.stoppedAtMs !== undefined) continue;
      const set = sets.of(agent);
      const agents = bySet.get(set);
      if (agents) agents.push(agent.id);
      else bySet.set(set, [agent.id]);
    }
    return bySet;
  }
}
