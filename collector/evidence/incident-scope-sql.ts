/** Which results an incident is about, as conditions on the table `results`. */
import type { Incident } from '../detect/incident.ts';
import type { QueryParams } from '../store/store.ts';

export interface ScopeSql {
  /** To be joined by AND; empty for everything. */
  readonly conditions: readonly string[];
  readonly params: QueryParams;
}

/** Of its place, and of the only probe and target where it has one. */
export function scopeSql({ scope, probe, target }: Pick<Incident, 'scope' | 'probe' | 'target'>): ScopeSql {
  const place: Readonly<Partial<Record<string, string>>> = { ...scope };
  const wanted = {
    agent: place.agent,
    region: place.region,
    country: place.country,
    isp: place.isp,
    pop: place.pop,
    target: place.target ?? target ?? undefined,
    probe: probe ?? undefined,
  };
  const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    conditions: given.map(([name]) => `${name} = {s_${name}:String}`),
    params: Object.fromEntries(given.map(([name, value]) => [`s_${name}`, value])),
  };
}
