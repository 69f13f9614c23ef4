/**
 * Which agents of a fleet a location means: a pure function, so that every collector chooses the same and a plan can be made of
 * a fleet that is only imagined. Who is chosen among equals is decided by rendezvous hashing: when an agent comes or goes, one
 * place changes hands and all others stay (with `different` of one label too; of several, a few may follow).
 */
import type { PlaceLabel } from '../../probes/location.ts';
import type { LocationQuery } from '../../probes/spec.ts';
import { type Candidate, selects } from './checks.ts';

/** Agents of one value of `per`, or of everything. */
export interface PlaceGroup<Agent extends Candidate = Candidate> {
  /** The value of `per`; empty without one. */
  readonly value: string;
  /** How many were asked for; undefined: as many as there are. */
  readonly wanted: number | undefined;
  /** How many matched the location. */
  readonly matching: number;
  readonly chosen: readonly Agent[];
}

/** A location of which not every agent that matches is meant. */
export function isLimited({ count, different }: LocationQuery): boolean {
  return count !== undefined || different !== undefined;
}

/** The agents that are meant. `seed`: the name of the probe, so that probes are spread over the agents. */
export function selectAgents<Agent extends Candidate>(
  location: LocationQuery,
  agents: readonly Agent[],
  seed: string,
): readonly Agent[] {
  return placeGroups(location, agents, seed).flatMap(({ chosen }) => chosen);
}

/** The same by the values of `per`, in their order, with what is short. */
export function placeGroups<Agent extends Candidate>(
  location: LocationQuery,
  agents: readonly Agent[],
  seed: string,
): readonly PlaceGroup<Agent>[] {
  const matching = agents.filter((agent) => selects(location, agent));
  const { per, count } = location;
  if (!isLimited(location))
    return [{ value: '', wanted: count, matching: matching.length, chosen: matching }];
  const seedHash = hashOf(seed);
  const groups = new Map<string, { readonly agent: Agent; readonly score: number }[]>();
  if (per === undefined) groups.set('', []);
  for (const agent of matching) {
    const value = per === undefined ? '' : labelValue(agent, per);
    const ranked = { agent, score: mix(hashOf(agent.id) ^ seedHash) };
    const group = groups.get(value);
    if (group) group.push(ranked);
    else groups.set(value, [ranked]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, ranked]) => {
      ranked.sort((a, b) => b.score - a.score || (a.agent.id < b.agent.id ? -1 : 1));
      const chosen = spread(
        ranked.map(({ agent }) => agent),
        location,
      );
      return { value, wanted: count, matching: ranked.length, chosen };
    });
}

/** The first `count` of which no two share a value of `different`. What is unknown counts as one value: it may be the same. */
function spread<Agent extends Candidate>(
  ranked: readonly Agent[],
  { count = ranked.length, different = [] }: LocationQuery,
): readonly Agent[] {
  const taken = different.map(() => new Set<string>());
  const chosen: Agent[] = [];
  for (const agent of ranked) {
    if (chosen.length >= count) break;
    const values = different.map((label) => labelValue(agent, label));
    if (values.some((value, index) => taken[index]?.has(value))) continue;
    for (const [index, value] of values.entries()) taken[index]?.add(value);
    chosen.push(agent);
  }
  return chosen;
}

/** The label as text, so that two agents can be compared by it; empty when it is unknown. */
function labelValue({ labels }: Candidate, label: PlaceLabel): string {
  if (label === 'asn') return labels.asn === 0 ? '' : String(labels.asn);
  return labels[label];
}

/** FNV-1a: each place is looked for among thousands of agents whenever the fleet changes, for which SHA-256 is too slow. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output. */
function mix(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
