/** What lies within what: series, groups and narrower incidents within the scope of an incident. */
import type { Group, GroupScope } from './group.ts';
import type { IncidentScope } from './incident.ts';
import type { Series } from './series.ts';

/** What tells whether a series lies within a scope. */
export type Labelled = Pick<Series, 'agent' | 'region' | 'target'> & Partial<Pick<Series, 'dims'>>;

export function coversSeries(scope: IncidentScope, { agent, region, target, dims }: Labelled): boolean {
  switch (scope.kind) {
    case 'agent':
      return agent === scope.agent && region === scope.region;
    case 'isp':
      return dims?.isp === scope.isp && (scope.region === undefined || region === scope.region);
    case 'region':
      return region === scope.region;
    case 'country':
      return dims?.country === scope.country;
    case 'pop':
      return dims?.pop === scope.pop;
    case 'route':
      return region === scope.region && dims?.pop === scope.pop;
    case 'target':
      return target === scope.target;
    case 'global':
      return true;
  }
}

/** Whether a series has a say in a group. */
export function votesIn(group: GroupScope, { agent, region, probe, target, dims }: Series): boolean {
  switch (group.kind) {
    case 'leaf':
      return region === group.region && target === group.cell.target && probe === group.cell.probe;
    case 'region':
    case 'failures':
      return region === group.region;
    case 'network':
      return dims.isp === group.isp;
    case 'agent':
      return region === group.region && agent === group.agent;
    case 'target':
      return target === group.target;
    case 'global':
      return true;
  }
}

/** Whether some series of a group lies within a scope. */
export function touchesGroup(scope: IncidentScope, group: Group, series: Iterable<Series>): boolean {
  for (const one of series) if (votesIn(group.scope, one) && coversSeries(scope, one)) return true;
  return false;
}

/** Whether all of `inner` lies within `outer`: the same, wider by what it is, or by the series that there are. */
export function coversScope(outer: IncidentScope, inner: IncidentScope, series: Iterable<Series>): boolean {
  if (outer.kind === 'global' || sameScope(outer, inner)) return true;
  if (inner.kind === 'global') return false;
  if (outer.kind === 'region' && 'region' in inner && inner.region !== undefined)
    return inner.region === outer.region;
  let some = false;
  for (const one of series) {
    if (!coversSeries(inner, one)) continue;
    if (!coversSeries(outer, one)) return false;
    some = true;
  }
  return some;
}

const LABELS = ['kind', 'agent', 'isp', 'region', 'country', 'pop', 'target'] as const;

export function sameScope(a: IncidentScope, b: IncidentScope): boolean {
  const [left, right]: readonly Partial<Record<string, string>>[] = [a, b];
  return LABELS.every((label) => left?.[label] === right?.[label]);
}

/** Tells the agents of a region that lie within a scope: those whose series do. */
export function agentsWithin(
  scope: IncidentScope,
  series: Iterable<Series>,
): (region: string, agent: string) => boolean {
  if (scope.kind === 'global' || scope.kind === 'target') return () => true;
  if (scope.kind === 'region') return (region) => region === scope.region;
  const within = new Set<string>();
  for (const one of series) if (coversSeries(scope, one)) within.add(JSON.stringify([one.region, one.agent]));
  if (scope.kind === 'agent') within.add(JSON.stringify([scope.region, scope.agent]));
  return (region, agent) => within.has(JSON.stringify([region, agent]));
}
