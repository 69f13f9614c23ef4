/** What became of it: timeline, suspects, who was told and when. */
import { beforeText, deliveryText } from '../incident/story-sections.ts';
import { timeText } from '../support/time-text.ts';
import type { ReportData } from './gather.ts';
import { REPORT_LIMITS } from './limits.ts';
import { html, type Markup, table } from './markup.ts';

const most = REPORT_LIMITS.rows.value;

export function timelineSection({ incident }: ReportData): Markup {
  const rows = (incident.timeline ?? []).map(({ at, text, what }) => [timeText(at), what, text]);
  if (rows.length === 0) return html``;
  return html`<section><h2>Timeline</h2>${table('What became of it', ['at (UTC)', 'what', 'more'], rows, most)}</section>
`;
}

export function suspectsSection({ incident }: ReportData): Markup {
  const rows = (incident.evidence.changes ?? []).map(({ at_ms, kind, lead_ms, name, text }) => [
    ...[timeText(at_ms), beforeText(lead_ms), `${kind} ${name}`, text],
  ]);
  return html`<section><h2>Suspects</h2>${
    rows.length > 0
      ? table(
          'What was changed near its start, where it is',
          ['at (UTC)', 'its start', 'change', 'what'],
          rows,
          most,
        )
      : html`<p>No change is known that was made near its start, where it is. Deploys that the collector is told of (<code>outrider changes add</code>) would stand here.</p>`
  }</section>
`;
}

export function toldSection({ incident }: ReportData): Markup {
  const { not_told = [], notifications = [] } = incident;
  const rows = notifications.map((one) => [
    ...[timeText(one.done_at ?? one.created_at), one.event.replace(/^incident\./, '').replaceAll('_', ' ')],
    ...[one.receiver, one.route, deliveryText(one)],
  ]);
  const held = not_told.map(({ because, lane, text }) => [lane ?? 'everybody', text ?? because]);
  return html`<section><h2>Who was told</h2>
${rows.length + held.length === 0 ? html`<p>Nobody: no route tells anybody of it.</p>` : ''}
${table('Messages', ['at (UTC)', 'of', 'receiver', 'route', 'what came of it'], rows, most)}
${table('Not told', ['route/receiver', 'because'], held, most)}
</section>
`;
}
