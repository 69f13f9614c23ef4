/** Incidents one after the other: how bad, how long, who has it, then its sentence. A table in a pipe, where each is one line. */
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import { cellText } from '../support/cell-text.ts';
import { noteColumns } from '../support/note.ts';
import { formatTable } from '../support/output.ts';
import { stateText } from '../support/state-colour.ts';
import { terminalOf } from '../support/terminal.ts';
import { wrap } from '../support/wrap.ts';
import { standing } from './standing.ts';

export function incidentList(incidents: readonly IncidentJson[], nowMs = Date.now()): string {
  if (!Number.isFinite(terminalOf().columns)) return asTable(incidents);
  return incidents.map((incident) => block(incident, nowMs)).join('\n\n');
}

function block(incident: IncidentJson, nowMs: number): string {
  const { blame, id, resolved_at, severity, status, summary } = incident;
  const word = severity.toUpperCase();
  const isOpen = status === 'open';
  const painted = terminalOf().colours && isOpen ? stateText(severity, cellText(word)) : cellText(word);
  const who = attentionOf({ ...incident, merged_into: null }) || (isOpen ? 'nobody has it' : '');
  const facts = [standing(incident, nowMs), resolved_at ? '' : `blame ${blame}`, who].filter(
    (text) => text !== '',
  );
  return [
    cellText(id),
    `  ${painted}, ${cellText(facts.join(', '))}`,
    ...wrap(cellText(summary), noteColumns() - 2).map((line) => `  ${line}`),
  ].join('\n');
}

function asTable(incidents: readonly IncidentJson[]): string {
  const rows = incidents.map((incident) => [
    ...[
      incident.id,
      incident.status,
      incident.severity,
      incident.scope,
      incident.blame,
      attentionOf(incident),
    ],
    ...[incident.started_at, incident.resolved_at, incident.summary],
  ]);
  return formatTable(
    ['id', 'status', 'severity', 'scope', 'blame', 'seen to', 'since', 'resolved', 'summary'],
    rows,
  );
}

/** Who sees to it, or what keeps it quiet. */
function attentionOf({ acknowledged, merged_into, silenced }: IncidentJson): string {
  const words = [
    ...(acknowledged ? [`acknowledged by ${acknowledged.by}`] : []),
    ...(silenced
      ? [silenced.kind === 'silence' ? `silenced by ${silenced.id}` : `maintenance ${silenced.id}`]
      : []),
    ...(merged_into ? [`part of ${merged_into}`] : []),
  ];
  return words.join(', ');
}
