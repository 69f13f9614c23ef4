/**
 * Who runs the probes of which not every agent that could is meant (`2 per region`). Pure: the same probes and agents give the same places
 * at every collector.
 */
import type { ProbeSpec } from '../../probes/spec.ts';
import { type Candidate, capable } from './checks.ts';
import { isLimited, selectAgents } from './select-agents.ts';

/** Names of limited probes by the id of the agent that runs them, in the order of the probes. */
export type Placements = ReadonlyMap<string, readonly string[]>;

export const NO_PLACEMENTS: Placements = new Map();

/** `agents`: those that are there, each to be counted on. */
export function choosePlaces(probes: readonly ProbeSpec[], agents: readonly Candidate[]): Placements {
  const places = new Map<string, string[]>();
  for (const probe of probes) {
    if (probe.paused || !isLimited(probe.from)) continue;
    const able = agents.filter((agent) => capable(probe, agent));
    for (const { id } of selectAgents(probe.from, able, probe.name)) {
      const names = places.get(id);
      if (names) names.push(probe.name);
      else places.set(id, [probe.name]);
    }
  }
  return places;
}

export function samePlaces(a: Placements, b: Placements): boolean {
  if (a.size !== b.size) return false;
  for (const [agent, names] of a) if (b.get(agent)?.join('\n') !== names.join('\n')) return false;
  return true;
}
