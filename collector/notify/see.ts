/** Incidents as notifications see them: with what routes go by, what keeps them quiet, who sees to them and who measures them. Pure. */
import type { Incident } from '../detect/incident.ts';
import type { TargetView } from '../registry/registry.ts';
import { type HeardAgent, isHeard } from './heard.ts';
import { facetsOf } from './matchers.ts';
import { type NotifyPlan, type Quiet, quietBy, routesFor } from './plan.ts';
import type { Ack, Sight } from './thread.ts';

export interface Surroundings {
  readonly agents: readonly HeardAgent[];
  readonly targets: readonly Pick<TargetView, 'spec'>[];
  readonly quiets: readonly Quiet[];
  readonly acks: ReadonlyMap<string, Ack>;
}

/** By id. */
export function sightsOf(
  incidents: readonly Incident[],
  { acks, agents, quiets, targets }: Surroundings,
): ReadonlyMap<string, Sight> {
  const labels = new Map(targets.map(({ spec }) => [spec.name, spec.labels]));
  return new Map(
    incidents.map((incident): [string, Sight] => {
      const facets = facetsOf(incident, (target) => labels.get(target));
      const quiet = quietBy(facets, quiets);
      const heard = isHeard(incident, agents);
      return [incident.id, { incident, facets, heard, quiet, ack: acks.get(incident.id) ?? null }];
    }),
  );
}

/** Ids of the open incidents that each route takes. */
export function wantedBy(
  plan: Pick<NotifyPlan, 'routes'>,
  sights: ReadonlyMap<string, Sight>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { facets, incident } of sights.values()) {
    if (incident.status !== 'open') continue;
    for (const route of routesFor(plan, facets))
      wanted.set(route, (wanted.get(route) ?? new Set()).add(incident.id));
  }
  return wanted;
}

/** Open incidents that no route takes. */
export function unroutedOf(
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  sights: ReadonlyMap<string, Sight>,
): number {
  const taken = new Set([...wanted.values()].flatMap((ids) => [...ids]));
  return [...sights.values()].filter(({ incident: { id, status } }) => status === 'open' && !taken.has(id))
    .length;
}
