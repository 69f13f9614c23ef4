/** What was changed before, what became of it, and who was told. */

import type { NotificationJson } from '../../collector/api/answers/incidents.ts';
import { formatSpan } from '../../probes/quantity-text.ts';
import { noteTable } from '../support/note.ts';
import { timeText } from '../support/time-text.ts';
import type { EvidenceJson, IncidentDetailJson } from './incident-json.ts';
import { ROWS_SHOWN, titled } from './sections.ts';

/** `2 min before`, `5 s after`. */
export const beforeText = (leadMs: number): string =>
  leadMs < 0 ? `${formatSpan(-leadMs)} after` : `${formatSpan(leadMs)} before`;

/** What was changed shortly before. */
export function suspects({ changes = [] }: EvidenceJson): string {
  const rows = changes.map(({ at_ms, kind, lead_ms, name, text }) => {
    return [timeText(at_ms), beforeText(lead_ms), `${kind} ${name}`, text];
  });
  return titled(
    'SUSPECTS: what was changed near its start',
    noteTable(['at', 'its start', 'change', 'what'], rows),
    rows.length,
  );
}

/** What became of it, the end included where there is more than a screenful. */
export function timeline({ timeline: all = [] }: IncidentDetailJson): string {
  const steps =
    all.length > ROWS_SHOWN ? [...all.slice(0, ROWS_SHOWN / 2), ...all.slice(-ROWS_SHOWN / 2)] : all;
  const rows = steps.map(({ at, text, what }) => [timeText(at), what, text]);
  return titled('TIMELINE', noteTable(['at', 'what', ''], rows), all.length);
}

/** Who was told, who was not and why. */
export function whoWasTold({ not_told = [], notifications = [] }: IncidentDetailJson): string[] {
  const rows = notifications
    .slice(0, ROWS_SHOWN)
    .map((one) => [
      ...[timeText(one.done_at ?? one.created_at), one.event.replace(/^incident\./, '').replaceAll('_', ' ')],
      ...[one.receiver, one.route, deliveryText(one)],
    ]);
  const held = not_told.map(({ because, lane, text }) => [lane ?? 'everybody', text ?? because]);
  return [
    titled(
      'WHO WAS TOLD',
      noteTable(['at', 'of', 'receiver', 'route', 'what came of it'], rows),
      notifications.length,
    ),
    titled('WHO WAS NOT TOLD', noteTable(['route/receiver', 'because'], held), held.length),
  ];
}

/** What became of a message; for one that waits, why it does and when it is tried again. */
export function deliveryText({ attempts, due_at, error, status }: NotificationJson): string {
  const why = error ? `: ${error}` : '';
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  switch (status) {
    case 'delivered':
      return `delivered${attempts > 1 ? ` at attempt ${attempts}` : ''}${why}`;
    case 'failed':
      return `given up after ${tries}${why}`;
    case 'superseded':
      return 'left out: newer news followed';
    case 'waiting':
      if (attempts === 0) return 'on its way';
      return `receiver down, ${tries}${due_at ? `, next at ${timeText(due_at)}` : ''}${why}`;
  }
}
