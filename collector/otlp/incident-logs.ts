/** Incidents as log records: one when an incident opens, one when its words change, one when it is over. Pure. */
import { type Incident, type IncidentEvent, scopeText } from '../detect/incident.ts';
import { attributesOf, type LogRecord, nanos } from './otlp-json.ts';

/** The numbers of the log data model: INFO, WARN and ERROR. */
const SEVERITY = { resolved: 9, warning: 13, critical: 17 } as const;

/** `observedMs`: when it is told, Unix milliseconds. */
function incidentLog({ kind, incident }: IncidentEvent, observedMs: number): LogRecord {
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

/** What a receiver is to be told of an incident. */
export interface IncidentNews {
  readonly id: string;
  /** What it was told, once it has these. */
  readonly words: string;
  /** One, or two where it is over before anybody was told of it. */
  readonly records: readonly LogRecord[];
}

/** What is new in incidents to somebody who was told this of them, by id. */
export function incidentNews(
  incidents: readonly Incident[],
  told: ReadonlyMap<string, string>,
  observedMs: number,
): IncidentNews[] {
  return incidents.flatMap((incident) => {
    const [before, words] = [told.get(incident.id), wordsOf(incident)];
    if (before === words) return [];
    const records = eventsOf(incident, before).map((event) => incidentLog(event, observedMs));
    return [{ id: incident.id, words, records }];
  });
}

function eventsOf(incident: Incident, before: string | undefined): IncidentEvent[] {
  const isOver = incident.status === 'resolved' && !before?.startsWith('resolved\n');
  const open = { ...incident, status: 'open', resolvedMs: null } as const;
  return [
    ...(before === undefined ? [{ kind: 'opened', incident: open } as const] : []),
    ...(isOver ? [{ kind: 'resolved', incident } as const] : []),
    ...(before !== undefined && !isOver ? [{ kind: 'updated', incident } as const] : []),
  ];
}

/** What people read of it: an update that changes none of this is not told. The status comes first. */
export function wordsOf({ blame, mergedInto, scope, severity, status }: Incident): string {
  return [status, severity, blame, scopeText(scope), mergedInto].join('\n');
}
