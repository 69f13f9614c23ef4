/** Which agent watches from where: one for each selector, alive, never the uploader, the least busy. Pure. */
import type { MissedReason } from '../../probes/outcome.ts';
import type { ProbeSpec, Selector } from '../../probes/spec.ts';
import { capable, selects } from '../registry/checks.ts';
import type { AgentView } from '../registry/registry.ts';
import { PUBLICATION_LIMITS } from './limits.ts';

/** Where one watcher stands, or why there is none. */
export type Place =
  | { readonly region: string; readonly agent: AgentView }
  | { readonly region: string; readonly refused: MissedReason };

export interface Choice {
  readonly agents: readonly AgentView[];
  readonly probe: ProbeSpec;
  /** Its id: it sees for itself. */
  readonly uploader: string;
  /** Orders that an agent is at. */
  readonly busyWith: (agent: string) => number;
  /** Uniform in [0, 1): which of equally busy agents is taken. */
  readonly random: () => number;
}

/** A place for each selector, in their order. No agent has two of them. */
export function chooseWatchers(from: readonly Selector[], choice: Choice): readonly Place[] {
  const { agents, probe, uploader, busyWith, random } = choice;
  const able = agents.filter((agent) => agent.id !== uploader && isThere(agent) && capable(probe, agent));
  const taken = new Set<string>();
  return from.map((selector) => {
    const selected = able.filter((agent) => !taken.has(agent.id) && selects(selector, agent));
    const free = selected.filter(({ id }) => busyWith(id) < PUBLICATION_LIMITS.watchesPerAgent.value);
    const least = Math.min(...free.map(({ id }) => busyWith(id)));
    const equal = free.filter(({ id }) => busyWith(id) === least);
    const agent = equal[Math.floor(random() * equal.length)];
    if (!agent) return { region: regionOf(selector), refused: selected.length > 0 ? 'shed' : 'agent_down' };
    taken.add(agent.id);
    return { region: agent.labels.region, agent };
  });
}

/** As it was asked for; empty where no region was. */
export function regionOf({ region }: Selector): string {
  return region?.join(',') ?? '';
}

function isThere({ state, connectedSinceMs }: AgentView): boolean {
  return state === 'connected' && connectedSinceMs !== undefined;
}
