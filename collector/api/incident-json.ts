/** An incident as the API gives it: snake_case, times as ISO text. */
import type { Incident } from '../detect/incident.ts';
import { scopeText } from '../detect/incident.ts';
import type { DetectedIncidentJson } from './answers/incidents.ts';
import { iso, isoOrNull } from './instant.ts';

type SnakeKey<Key> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeKey<Rest>}`
  : Key;

/** By it the compiler holds what the detector says against the schema of the answer. */
type SnakeKeys<T> = T extends readonly (infer Item)[]
  ? readonly SnakeKeys<Item>[]
  : T extends object
    ? { readonly [Key in keyof T as SnakeKey<Key> & PropertyKey]: SnakeKeys<T[Key]> }
    : T;

/** JSON value with the keys of objects in snake_case. */
function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeKeys(item),
    ]),
  );
}

export function incidentJson(incident: Incident): DetectedIncidentJson {
  return {
    id: incident.id,
    scope: scopeText(incident.scope),
    scope_kind: incident.scope.kind,
    status: incident.status,
    metric: incident.metric,
    probe: incident.probe,
    target: incident.target,
    severity: incident.severity,
    blame: incident.blame,
    started_at: iso(incident.startedMs),
    detected_at: iso(incident.detectedMs),
    resolved_at: isoOrNull(incident.resolvedMs),
    merged_into: incident.mergedInto,
    summary: incident.summary,
    size: incident.size,
    evidence: snakeKeys(incident.evidence) as SnakeKeys<Incident['evidence']>,
  };
}
