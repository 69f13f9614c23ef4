/** An incident as one HTML file that stands alone: no script, nothing loaded from anywhere, every text of others escaped. */
import { facts } from '../incident/facts.ts';
import { nextCommands } from '../incident/next-commands.ts';
import { standing } from '../incident/standing.ts';
import { commandLines } from '../support/shell-word.ts';
import { timeText } from '../support/time-text.ts';
import { evidenceSection } from './evidence-section.ts';
import type { ReportData } from './gather.ts';
import { impactOf } from './impact.ts';
import { REPORT_LIMITS } from './limits.ts';
import { lettered } from './marks.ts';
import { html, Markup } from './markup.ts';
import { meaningSection } from './meaning-section.ts';
import { marksOf, plotsSection } from './plots.ts';
import { type Detail, runsSection } from './run-section.ts';
import { suspectsSection, timelineSection, toldSection } from './story-section.ts';
import { STYLE } from './style.ts';

export interface ReportOptions {
  readonly nowMs?: number;
  /** Flags that name the collector, for the commands. */
  readonly way?: readonly string[];
}

/** Of at most `REPORT_LIMITS.bytes` as UTF-8, where leaving out what runs saw can do that. */
export function incidentReport(
  data: ReportData,
  { nowMs = Date.now(), way = [] }: ReportOptions = {},
): string {
  let text = '';
  for (const detail of ['pictures', 'text', 'none'] as const) {
    text = page(data, { nowMs, way }, detail).text;
    if (Buffer.byteLength(text) <= REPORT_LIMITS.bytes.value) return text;
  }
  return text;
}

function page(data: ReportData, { nowMs, way }: Required<ReportOptions>, detail: Detail): Markup {
  const { incident } = data;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<title>Incident ${incident.id}: ${incident.scope}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${headSection(data, nowMs)}
${impactSection(data, nowMs)}
${plotsSection(data, lettered(marksOf(data)))}
${timelineSection(data)}
${suspectsSection(data)}
${evidenceSection(data)}
${runsSection(data, detail)}
${toldSection(data)}
${meaningSection(data)}
${commandsSection(data, way)}
<p class="note">Written ${timeText(nowMs)} UTC by <code>outrider incidents get ${incident.id} --report</code>. All times are UTC.</p>
</main>
</body>
</html>
`;
}

function headSection({ incident, lacking }: ReportData, nowMs: number): Markup {
  const { severity, status, summary } = incident;
  return html`<header class="${status}">
<ul class="badges"><li class="${severity}">${severity}</li><li class="${status}">${standing(incident, nowMs)}</li></ul>
<h1>Incident in ${incident.scope}</h1>
<p class="lead">${summary}</p>
<dl>${facts(incident).map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>\n`)}</dl>
${lacking.length > 0 ? html`<p class="note">Not in this report: ${lacking.join('; ')}</p>` : ''}
</header>
`;
}

function impactSection(data: ReportData, nowMs: number): Markup {
  const { agents, minutes, regions, runs } = impactOf(data, nowMs);
  const { impact } = data.incident.evidence;
  const share =
    runs && runs.all > 0
      ? ` of ${runs.all.toLocaleString('en')} (${((runs.failed / runs.all) * 100).toFixed(1)} %)`
      : '';
  const figures: readonly (readonly [string | number, string])[] = [
    [minutes.toLocaleString('en'), minutes === 1 ? 'minute' : 'minutes'],
    ...(runs ? ([[runs.failed.toLocaleString('en'), `runs failed there${share}`]] as const) : []),
    ...(runs && runs.missed > 0
      ? ([[runs.missed.toLocaleString('en'), 'runs were missed there']] as const)
      : []),
    ...(regions.length > 0
      ? ([
          [
            regions.length,
            `${regions.length === 1 ? 'region sees' : 'regions see'} it: ${regions.slice(0, 12).join(', ')}`,
          ],
        ] as const)
      : []),
    ...(agents > 0
      ? ([[agents, agents === 1 ? 'agent is concerned' : 'agents are concerned']] as const)
      : []),
    ...(impact
      ? ([
          [
            `${Number((impact.share * 100).toPrecision(2))} %`,
            `of ${impact.by_traffic ? 'the traffic' : 'what is watched'} is concerned`,
          ],
        ] as const)
      : []),
  ];
  return html`<section><h2>Impact</h2>
<ul class="figures">${figures.map(([figure, text]) => html`<li><b>${figure}</b> <span>${text}</span></li>`)}</ul>
${runs ? '' : html`<p class="note">How many runs failed is not known any more, or nothing ran there.</p>`}
</section>
`;
}

function commandsSection({ incident }: ReportData, way: readonly string[]): Markup {
  const text = nextCommands(incident, way)
    .map(({ why, words }) => `# ${why}\n${commandLines(words, 100).join('\n')}`)
    .join('\n');
  return html`<section><h2>To look for yourself</h2><pre>${text}</pre></section>
`;
}
