/** Whether anybody measures what an incident is about. Pure. */
import type { Incident } from '../detect/incident.ts';
import type { AgentView } from '../registry/registry.ts';

/** What of an agent counts. */
export type HeardAgent = Pick<AgentView, 'id' | 'labels' | 'state'>;

/** An agent within the scope is connected: by its id, or by every label that the scope names; for wider scopes any agent at all. */
export function isHeard(incident: Incident, agents: readonly HeardAgent[]): boolean {
  const scope: Readonly<Record<string, unknown>> = { ...incident.scope };
  return agents.some(({ id, labels, state }) => {
    if (state !== 'connected') return false;
    if (typeof scope.agent === 'string') return id === scope.agent;
    return Object.entries(labels).every(
      ([label, value]) => scope[label] === undefined || scope[label] === value,
    );
  });
}
