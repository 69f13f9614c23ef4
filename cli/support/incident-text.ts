/** One incident as text: the sentence first, then what bears it out. */
import type { IncidentJson, RunJson } from './api-types.ts';
import { type ConfirmationJson, confirmationTables } from './confirmation-table.ts';
import { metricText } from './metric-text.ts';
import { cellText, formatTable } from './output.ts';
import { evidenceText } from './run-text.ts';

interface SeriesJson {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly limit: number | null;
  readonly exceeded: number;
  readonly samples: number;
}

interface EvidenceJson {
  readonly agents?: readonly string[];
  readonly agents_heard?: number;
  readonly silent_agents?: readonly string[];
  readonly series?: readonly SeriesJson[];
  readonly unaffected?: readonly { readonly kind: string; readonly name: string; readonly share: number }[];
  readonly failures?: readonly {
    readonly layer: string;
    readonly code: string;
    readonly blame: string;
    readonly count: number;
  }[];
  readonly phases?: readonly { readonly metric: string; readonly before: number; readonly after: number }[];
  readonly confirmations?: readonly ConfirmationJson[];
  readonly second_look?: { readonly stand: string; readonly text: string };
  readonly place?: { readonly verdict?: string; readonly share: number };
  readonly changes?: readonly {
    readonly at_ms: number;
    readonly kind: string;
    readonly name: string;
    readonly text: string;
    readonly lead_ms: number;
  }[];
  readonly timeline?: readonly { readonly at_ms: number; readonly what: string; readonly text: string }[];
}

/** A failed run that an incident is about. */
export interface FailedRunJson {
  readonly run_id: string;
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly scheduled_at: string;
  readonly trigger: string;
  readonly layer: string;
  readonly code: string;
  readonly message: string;
  readonly has_evidence: boolean;
}

/** A message about an incident, to one receiver. */
interface NotificationJson {
  readonly event: string;
  readonly route: string;
  readonly receiver: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: string;
  readonly created_at: string;
  readonly done_at: string | null;
}

export interface IncidentDetailJson extends IncidentJson {
  readonly evidence: EvidenceJson;
  readonly runs?: readonly FailedRunJson[];
  readonly acknowledged?: { readonly by: string; readonly comment: string; readonly at: string } | null;
  readonly notifications?: readonly NotificationJson[];
  readonly not_told?: readonly { readonly lane: string; readonly because: string }[];
}

/** As many rows of a table as a screen holds; all of them are in the JSON. */
const ROWS_SHOWN = 12;

/** `newest`: the newest failed run that had something to show, where there is one. */
export function incidentText(incident: IncidentDetailJson, newest?: RunJson): string {
  const { evidence, runs = [], summary, ...rest } = incident;
  const facts = Object.entries(rest).filter(
    ([, value]) => value !== null && value !== '' && typeof value !== 'object',
  );
  const { confirmations = [] } = evidence;
  return [
    cellText(summary),
    formatTable(['field', 'value'], facts),
    ...changes(evidence),
    ...history(evidence),
    confirmations.length === 0 ? '' : `ASKED TO LOOK AGAIN\n${confirmationTables(confirmations)}`,
    runs.length === 0 ? '' : `FAILED RUNS, the newest first: results get RUN shows one\n${runsTable(runs)}`,
    ...whoKnows(incident),
    ...(newest?.evidence ? newestRun(newest, newest.evidence) : []),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Who was told, who was not and why, and who sees to it. */
function whoKnows({ acknowledged, not_told = [], notifications = [] }: IncidentDetailJson): string[] {
  const rows = notifications
    .slice(0, ROWS_SHOWN)
    .map((one) => [
      ...[
        one.created_at,
        one.event,
        one.route,
        one.receiver,
        one.status,
        one.attempts,
        one.done_at,
        one.error,
      ],
    ]);
  const headers = ['at', 'event', 'route', 'receiver', 'status', 'attempts', 'done', 'error'];
  const held = not_told.map(({ because, lane }) => [lane, because]);
  return [
    acknowledged
      ? cellText(`ACKNOWLEDGED by ${acknowledged.by} at ${acknowledged.at} ${acknowledged.comment}`.trim())
      : '',
    titled('WHO WAS TOLD', formatTable(headers, rows), notifications.length),
    titled('WHO WAS NOT TOLD', formatTable(['route/receiver', 'because of'], held), held.length),
  ];
}

function changes({ agents = [], agents_heard, silent_agents = [], ...evidence }: EvidenceJson): string[] {
  const { series = [], unaffected = [], failures = [], phases = [], place } = evidence;
  const who = [
    ...(place?.verdict === undefined
      ? []
      : [['place', `${place.verdict}, with ${Math.round(place.share * 100)} % of all that is bad`]]),
    ...(agents.length > 0
      ? [['raised at', `${agents.length} of ${agents_heard} agents: ${names(agents)}`]]
      : []),
    ...(silent_agents.length > 0 ? [['silent', names(silent_agents)]] : []),
    ...(unaffected.length > 0 ? [['not affected', names(unaffected.map(({ name }) => name))]] : []),
  ];
  return [
    who.length === 0 ? '' : `EVIDENCE\n${formatTable(['what', 'who'], who)}`,
    titled('WHERE IT CHANGED THE MOST', seriesTable(series), series.length),
    failures.length === 0
      ? ''
      : `FAILURES\n${formatTable(
          ['layer', 'code', 'blame', 'count'],
          failures.slice(0, ROWS_SHOWN).map(({ layer, code, blame, count }) => [layer, code, blame, count]),
        )}`,
    phases.length === 0
      ? ''
      : `PARTS OF THE RUN\n${formatTable(
          ['part', 'before', 'after'],
          phases.map(({ metric, before, after }) => [
            metric,
            metricText(metric, before),
            metricText(metric, after),
          ]),
        )}`,
  ];
}

/** What was changed shortly before, and what became of the incident since. */
function history({ changes: suspects = [], timeline = [] }: EvidenceJson): string[] {
  const at = (ms: number) => new Date(ms).toISOString();
  const changed = suspects.map(({ at_ms, kind, lead_ms, name, text }) => [
    ...[at(at_ms), kind, name, `${Math.round(lead_ms / 1000)} s`, text],
  ]);
  const steps = timeline.slice(0, ROWS_SHOWN).map(({ at_ms, text, what }) => [at(at_ms), what, text]);
  return [
    titled(
      'CHANGED SHORTLY BEFORE',
      formatTable(['at', 'kind', 'name', 'before', 'what'], changed),
      changed.length,
    ),
    titled('TIMELINE', formatTable(['at', 'what', ''], steps), steps.length),
  ];
}

/** Some of many names. */
function names(all: readonly string[]): string {
  const more = all.length - ROWS_SHOWN;
  return `${all.slice(0, ROWS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function titled(title: string, table: string, count: number): string {
  if (count === 0) return '';
  const more = count > ROWS_SHOWN ? `\n(${count - ROWS_SHOWN} more in the JSON: -o json)` : '';
  return `${title}\n${table}${more}`;
}

function seriesTable(series: readonly SeriesJson[]): string {
  const amount = (metric: string, value: number | null) =>
    value === null ? null : metricText(metric, value);
  return formatTable(
    ['agent', 'probe', 'target', 'metric', 'before', 'after', 'normal to', 'exceeded'],
    series
      .slice(0, ROWS_SHOWN)
      .map(({ agent, probe, target, metric, before, after, limit, exceeded, samples }) => [
        ...[
          agent,
          probe,
          target,
          metric,
          amount(metric, before),
          amount(metric, after),
          amount(metric, limit),
        ],
        `${exceeded} of ${samples}`,
      ]),
  );
}

function runsTable(runs: readonly FailedRunJson[]): string {
  return formatTable(
    ['at', 'agent', 'probe', 'target', 'trigger', 'failed', 'evidence', 'run'],
    runs.map((run) => [
      ...[run.scheduled_at, run.agent, run.probe, run.target, run.trigger, `${run.layer}/${run.code}`],
      ...[run.has_evidence ? 'kept' : 'none', run.run_id],
    ]),
  );
}

function newestRun(run: RunJson, evidence: NonNullable<RunJson['evidence']>): string[] {
  const title = `WHAT THE NEWEST OF THEM SAW: ${cellText(run.run_id)}\n${cellText(run.message)}`;
  return [title, ...evidenceText(evidence, run.run_id)];
}
