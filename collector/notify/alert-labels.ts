/** Labels by which a system that keeps alerts, such as Alertmanager, tells them apart and routes them. Pure. */
import { type Incident, scopeText } from '../detect/incident.ts';
import type { Facets } from './matchers.ts';

/** Of one thread: the first incident names it, so that what re-opens is the same alert. */
export function alertLabels(thread: string, incident: Incident, facets: Facets): Record<string, string> {
  const one = (values: readonly string[]): string => (values.length === 1 ? (values[0] ?? '') : '');
  const labels: Record<string, string> = {
    alertname: 'OutriderIncident',
    incident: thread.split('/').slice(2).join('/'),
    severity: incident.severity,
    scope: scopeText(incident.scope),
    scope_kind: incident.scope.kind,
    metric: incident.metric,
    blame: incident.blame,
    region: one(facets.region),
    country: one(facets.country),
    isp: one(facets.isp),
    pop: one(facets.pop),
    target: one(facets.target),
    probe: one(facets.probe),
  };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}
