/** Runs that show what happened: how each ended, its waterfall, what was said on the wire, what the page looked like. */

import type { RunJson } from '../../collector/api/answers/checks.ts';
import { EVIDENCE_LIMITS, type Evidence } from '../../probes/evidence.ts';
import { metricText } from '../support/metric-text.ts';
import { evidenceText } from '../support/run-text.ts';
import { timeText } from '../support/time-text.ts';
import type { ReportData } from './gather.ts';
import { REPORT_LIMITS } from './limits.ts';
import { html, Markup, table } from './markup.ts';
import { waterfallPlot } from './waterfall-plot.ts';

/** How much of what runs saw a report has room for. */
export type Detail = 'pictures' | 'text' | 'none';

export function runsSection({ incident, runs }: ReportData, detail: Detail): Markup {
  const { runs: failed = [], slow_runs = [] } = incident;
  if (failed.length + slow_runs.length === 0) return html``;
  const rows = failed.map((run) => [
    ...[timeText(run.scheduled_at), `${run.layer}/${run.code}`, `${run.probe} on ${run.target}`, run.agent],
    ...[run.message, html`<code>${run.run_id}</code>`],
  ]);
  const slow = slow_runs.map((run) => [
    ...[
      timeText(run.scheduled_at),
      metricText(incident.metric, run.value),
      `${run.probe} on ${run.target}`,
      run.agent,
    ],
    html`<code>${run.run_id}</code>`,
  ]);
  const seen = runs.filter(({ evidence }) => evidence !== null);
  return html`<section><h2>Evidence: runs</h2>
${table('Failed runs, the newest first', ['at (UTC)', 'layer/code', 'check', 'agent', 'message', 'run'], rows, REPORT_LIMITS.rows.value)}
${table('Slowest runs that went through', ['at (UTC)', 'value', 'check', 'agent', 'run'], slow, REPORT_LIMITS.rows.value)}
${detail === 'none' ? note('What single runs saw is left out: the report would be larger than it may be.') : seen.map((run, i) => oneRun(run, i, detail))}
${seen.length === 0 ? note('What these runs saw is not kept, or no longer.') : ''}
</section>
`;
}

const note = (text: string): Markup => html`<p class="note">${text}</p>`;

function oneRun(run: RunJson, nth: number, detail: Detail): Markup {
  const end =
    run.outcome === 'fail' ? `failed in ${run.layer}: ${run.code}, blame ${run.blame}` : run.outcome;
  return html`<h3>${timeText(run.scheduled_at)}, ${run.probe} on ${run.target} at ${run.agent}: ${end}</h3>
<p><code>${run.run_id}</code>, ${metricText('run_ms', run.duration_ms)}${run.message ? `. ${run.message}` : ''}</p>
${run.evidence ? whatItSaw(run, run.evidence, nth, detail) : ''}
`;
}

/** Evidence comes from agents: what is none is said to be none. */
function whatItSaw(run: RunJson, evidence: Evidence, nth: number, detail: Detail): Markup {
  const phases = Array.isArray(evidence.phases)
    ? evidence.phases.filter((one) => typeof one?.name === 'string').slice(-EVIDENCE_LIMITS.phases.value)
    : [];
  const wire = evidenceText({ ...evidence, phases: [] }, run.run_id).filter(
    (text) => !text.startsWith('SCREENSHOT'),
  );
  return html`${waterfallPlot(`run-${nth}`, 'Where the time went', phases)}
${wire.length > 0 ? html`<details><summary>What was said on the wire</summary><pre>${wire.join('\n\n')}</pre></details>` : ''}
${detail === 'pictures' ? picture(evidence) : ''}`;
}

const JPEG_BASE64 = /^\/9j\/[A-Za-z0-9+/]+={0,2}$/;

/** Only what is a JPEG, by its first bytes. */
function picture({ screenshot }: Evidence): Markup {
  const base64 = screenshot?.base64;
  if (
    typeof base64 !== 'string' ||
    base64.length > 2 * EVIDENCE_LIMITS.bytes.value ||
    !JPEG_BASE64.test(base64)
  )
    return html``;
  return html`<p><img alt="What the page showed when the run ended" src="data:image/jpeg;base64,${new Markup(base64)}"></p>`;
}
