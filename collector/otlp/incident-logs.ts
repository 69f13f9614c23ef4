/** Incidents as log records: one when an incident opens, one when its words change, one when it is over. */
import { type IncidentEvent, scopeText } from '../detect/incident.ts';
import { attributesOf, type LogRecord, nanos } from './otlp-json.ts';

/** The numbers of the log data model: INFO, WARN and ERROR. */
const SEVERITY = { resolved: 9, warning: 13, critical: 17 } as const;

/** `observedMs`: when it is told, Unix milliseconds. */
export function incidentLog({ kind, incident }: IncidentEvent, observedMs: number): LogRecord {
  const { kind: scopeKind, ...place } = incident.scope;
  const level = incident.status === 'resolved' ? 'resolved' : incident.severity;
  return {
    timeUnixNano: nanos(momentOf({ kind, incident }, observedMs)),
    observedTimeUnixNano: nanos(observedMs),
    severityNumber: SEVERITY[level],
    severityText: level,
    eventName: `outrider.incident.${kind}`,
    body: { stringValue: incident.summary },
    attributes: attributesOf({
      'outrider.incident.id': incident.id,
      'outrider.incident.status': incident.status,
      'outrider.incident.severity': incident.severity,
      'outrider.incident.scope': scopeText(incident.scope),
      'outrider.incident.scope_kind': scopeKind,
      'outrider.incident.metric': incident.metric,
      'outrider.incident.blame': incident.blame,
      'outrider.incident.started_at': new Date(incident.startedMs).toISOString(),
      'outrider.incident.detected_at': new Date(incident.detectedMs).toISOString(),
      'outrider.incident.resolved_at':
        incident.resolvedMs === null ? null : new Date(incident.resolvedMs).toISOString(),
      'outrider.incident.merged_into': incident.mergedInto,
      'outrider.incident.before': incident.size.before,
      'outrider.incident.after': incident.size.after,
      'outrider.incident.unit': incident.size.unit,
      'outrider.probe': incident.probe,
      'outrider.target': incident.target,
      ...Object.fromEntries(Object.entries(place).map(([name, value]) => [`outrider.${name}`, value])),
    }),
  };
}

/** When it happened. */
function momentOf({ kind, incident }: IncidentEvent, observedMs: number): number {
  if (kind === 'opened') return incident.detectedMs;
  return kind === 'resolved' ? (incident.resolvedMs ?? observedMs) : observedMs;
}

/** What people read of it: an update that changes none of this is not told. */
export function wordsOf({
  blame,
  id,
  mergedInto,
  scope,
  severity,
  status,
}: IncidentEvent['incident']): string {
  return [id, status, severity, blame, scopeText(scope), mergedInto].join('\n');
}
