/** Who sees an incident and who does not: every agent that runs its checks, wherever it is. */
import type { Case, Sources } from './evidence.ts';
import { raisedFrom, shareOf } from './group.ts';
import { DETECT_LIMITS } from './settings.ts';
import { cellKey } from './tally.ts';

/** The agents of one region, by what they say since the start. */
export interface RegionSight {
  readonly region: string;
  readonly raised: readonly string[];
  readonly well: readonly string[];
  /** Not heard any more: that is no sign of health. */
  readonly silent: readonly string[];
  /** Connected or not, nothing that counts came from them. */
  readonly noData: readonly string[];
  /** Agents that are not named here because there are too many. */
  readonly leftOut: number;
}

type State = 'raised' | 'well' | 'silent' | 'noData';

/** Regions in which somebody sees it first, then by name. */
export function whoSees(
  of: Pick<Case, 'cells' | 'startedMs' | 'untilMs' | 'silentAgents'>,
  { groups, series, settings }: Sources,
): readonly RegionSight[] {
  const checks = new Set(of.cells.map(({ cell: { probe, target } }) => JSON.stringify([probe, target])));
  const cells = new Set(of.cells.map(({ cell }) => cellKey(cell)));
  const silent = new Set(of.silentAgents);
  const states = new Map<string, Map<string, State>>();
  for (const { agent, outcomes, probe, region, target } of series) {
    if (checks.size > 0 && !checks.has(JSON.stringify([probe, target]))) continue;
    const agents = states.get(region) ?? new Map<string, State>();
    states.set(region, agents);
    const isHeard = outcomes.within(of.startedMs, of.untilMs).length > 0;
    const before = agents.get(agent);
    if (silent.has(agent)) agents.set(agent, 'silent');
    else agents.set(agent, before === 'well' || isHeard ? 'well' : 'noData');
  }
  for (const group of groups.leaves()) {
    if (group.scope.kind !== 'leaf' || !cells.has(cellKey(group.scope.cell))) continue;
    const agents = states.get(group.scope.region);
    const rounds = group.since(of.startedMs).filter(({ startMs }) => startMs < of.untilMs);
    for (const [agent, state] of agents ?? [])
      if (state === 'well' && (shareOf(rounds, 'raw', agent) ?? 0) >= raisedFrom(group, settings))
        agents?.set(agent, 'raised');
  }
  return named(states);
}

/** Each region has the same room: who sees it before who does not. */
function named(states: ReadonlyMap<string, ReadonlyMap<string, State>>): readonly RegionSight[] {
  const room = Math.max(1, Math.floor(DETECT_LIMITS.sightAgents.value / Math.max(1, states.size)));
  const regions = [...states].map(([region, agents]): RegionSight => {
    let left = room;
    const take = (wanted: State): string[] => {
      const names = [...agents].flatMap(([agent, state]) => (state === wanted ? [agent] : []));
      const shown = names.sort().slice(0, left);
      left -= shown.length;
      return shown;
    };
    const [raised, silent, noData, well] = [take('raised'), take('silent'), take('noData'), take('well')];
    return { region, raised, well, silent, noData, leftOut: Math.max(0, agents.size - room) };
  });
  return regions
    .sort((a, b) => troubled(b) - troubled(a) || a.region.localeCompare(b.region))
    .slice(0, DETECT_LIMITS.sightAgents.value);
}

const troubled = ({ raised, silent }: RegionSight): number => (raised.length + silent.length > 0 ? 1 : 0);
