/** An incident as the API gives it: snake_case, times as ISO text. */
import type { Incident, Size } from '../detect/incident.ts';
import { scopeText } from '../detect/incident.ts';
import { iso, isoOrNull } from './instant.ts';

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

export interface IncidentJson {
  readonly id: string;
  /** `region:eu-west`, `agent:eu-west-1`, `target:clip`, `global`. */
  readonly scope: string;
  readonly scope_kind: Incident['scope']['kind'];
  readonly status: Incident['status'];
  /** A metric of the dictionary, `failure_ratio` or `silence`. */
  readonly metric: string;
  readonly probe: string | null;
  readonly target: string | null;
  readonly severity: Incident['severity'];
  readonly blame: Incident['blame'];
  readonly started_at: string;
  readonly detected_at: string;
  readonly resolved_at: string | null;
  /** Id of the wider incident that took this one over. */
  readonly merged_into: string | null;
  readonly summary: string;
  readonly size: Size;
  /** As `Evidence` of collector/detect/incident.ts, in snake_case. */
  readonly evidence: unknown;
}

export function incidentJson(incident: Incident): IncidentJson {
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
    evidence: snakeKeys(incident.evidence),
  };
}
