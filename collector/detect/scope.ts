/** What lies within what: series, groups and narrower incidents within the scope of an incident. */
import type { GroupScope } from './group.ts';
import type { IncidentScope } from './incident.ts';
import type { Series } from './series.ts';

export function coversSeries(
  scope: IncidentScope,
  series: Pick<Series, 'agent' | 'region' | 'target'>,
): boolean {
  switch (scope.kind) {
    case 'agent':
      return series.agent === scope.agent && series.region === scope.region;
    case 'region':
      return series.region === scope.region;
    case 'target':
      return series.target === scope.target;
    case 'global':
      return true;
  }
}

/** Whether an alarm of a group adds nothing to an incident: all that it can be about lies within. */
export function coversGroup(scope: IncidentScope, group: GroupScope): boolean {
  if (scope.kind === 'global') return true;
  switch (group.kind) {
    case 'leaf':
      return scope.kind === 'target'
        ? group.cell.target === scope.target
        : scope.kind === 'region' && group.region === scope.region;
    case 'region':
    case 'agent':
    case 'target':
      return coversScope(scope, group);
    case 'global':
      return false;
  }
}

/** Whether `outer` is the same as `inner` or wider. */
export function coversScope(outer: IncidentScope, inner: IncidentScope): boolean {
  if (outer.kind === 'global') return true;
  if (outer.kind === 'region')
    return (inner.kind === 'region' || inner.kind === 'agent') && inner.region === outer.region;
  if (outer.kind === 'target') return inner.kind === 'target' && inner.target === outer.target;
  return inner.kind === 'agent' && inner.agent === outer.agent && inner.region === outer.region;
}

export const sameScope = (a: IncidentScope, b: IncidentScope): boolean =>
  coversScope(a, b) && coversScope(b, a);
