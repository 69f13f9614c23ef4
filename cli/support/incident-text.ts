/** One incident as a note that one person hands over to another: the sentence first, then who, where and since when, then what bears it out. */
import { formatSpan } from '../../probes/quantity-text.ts';
import { formatDuration } from '../../probes/spec.ts';
import type {
  IncidentJson,
  MetricQuantilesJson,
  NotificationJson,
  QuietJson,
  RegionSightJson,
  RunJson,
  SlowRunJson,
} from './api-types.ts';
import { cellText } from './cell-text.ts';
import { type ConfirmationJson, confirmationTables } from './confirmation-table.ts';
import { metricText } from './metric-text.ts';
import { factLines, noteColumns, noteTable, paragraph } from './note.ts';
import { evidenceText } from './run-text.ts';
import { timeText } from './time-text.ts';
import { wrap } from './wrap.ts';

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

/** As the detector names a place: its kind, and what of it is named. */
type ScopeJson = Readonly<Record<string, string>> & { readonly kind: string };

/** A window in which an error budget goes too fast. */
interface BurnJson {
  readonly probe: string;
  readonly target: string;
  readonly long_ms: number;
  readonly long_rate: number;
  readonly ended_ms: number | null;
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
  readonly impact?: { readonly share: number; readonly by_traffic?: boolean };
  readonly budgets?: readonly BurnJson[];
  readonly place?: {
    readonly verdict?: string;
    readonly score?: number;
    readonly share: number;
    readonly alternatives?: readonly ScopeJson[];
    readonly ruled_out?: readonly ScopeJson[];
    readonly rather?: ScopeJson;
    readonly counter_examples?: readonly {
      readonly kind: string;
      readonly set: Readonly<Record<string, string>>;
    }[];
  };
  readonly changes?: readonly {
    readonly at_ms: number;
    readonly kind: string;
    readonly name: string;
    readonly text: string;
    readonly lead_ms: number;
  }[];
  readonly sight?: readonly RegionSightJson[];
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

export interface IncidentDetailJson extends IncidentJson {
  readonly evidence: EvidenceJson;
  readonly runs?: readonly FailedRunJson[];
  readonly slow_runs?: readonly SlowRunJson[];
  readonly quantiles?: readonly MetricQuantilesJson[];
  readonly notifications?: readonly NotificationJson[];
  readonly not_told?: readonly {
    readonly lane: string | null;
    readonly because: string;
    readonly text?: string;
  }[];
  readonly timeline?: readonly { readonly at: string; readonly what: string; readonly text: string }[];
}

/** As many rows of a table as a screen holds; all of them are in the JSON. */
const ROWS_SHOWN = 12;

/** `newest`: the newest failed run that had something to show, where there is one. */
export function incidentText(incident: IncidentDetailJson, newest?: RunJson, nowMs = Date.now()): string {
  const { evidence, runs = [], slow_runs = [] } = incident;
  const { confirmations = [] } = evidence;
  return [
    `${headline(incident, nowMs)}\n${paragraph(incident.summary)}`,
    factLines(facts(incident)),
    sightText(evidence.sight ?? []),
    ...amounts(incident),
    suspects(evidence),
    timeline(incident),
    ...whoWasTold(incident),
    confirmations.length === 0 ? '' : `ASKED TO LOOK AGAIN\n${confirmationTables(confirmations)}`,
    failedRuns(runs),
    slowRuns(slow_runs, incident.metric),
    ...(newest?.evidence ? newestRun(newest, newest.evidence) : []),
    'All times are UTC.',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function headline(
  { resolved_at, severity, started_at, status, merged_into }: IncidentDetailJson,
  nowMs: number,
) {
  const startedMs = Date.parse(started_at);
  const state =
    status === 'open'
      ? `OPEN for ${formatSpan(nowMs - startedMs)}`
      : merged_into
        ? `PART OF ${merged_into}`
        : `RESOLVED after ${formatSpan(Date.parse(resolved_at ?? started_at) - startedMs)}`;
  return cellText(`${severity.toUpperCase()}, ${state}`);
}

function facts(incident: IncidentDetailJson): readonly (readonly [string, string])[] {
  const { acknowledged, blame, detected_at, evidence, id, metric, resolved_at, scope, silenced } = incident;
  const { agents = [], agents_heard, place, second_look, silent_agents = [], unaffected = [] } = evidence;
  const { budgets = [], impact } = evidence;
  const detected = Date.parse(detected_at) - Date.parse(incident.started_at);
  const isOpen = incident.status === 'open';
  const alternatives = place?.alternatives ?? [];
  const check = [incident.probe, incident.target].filter((part) => part).join(' on ');
  const all: (readonly [string, string])[] = [
    ['id', id],
    ['since', `${timeText(incident.started_at)}, detected ${formatSpan(detected)} later`],
    ['resolved', resolved_at ? timeText(resolved_at) : ''],
    ['where', scope],
    ['what', check ? `${metric} of ${check}` : metric],
    ['looks like', BLAMES[blame] ?? blame],
    ['place', place ? placeText(place) : ''],
    ['not told apart', alternatives.length > 0 ? names(alternatives.map(placeName)) : ''],
    ['told apart', place ? toldText(place) : ''],
    ['speaks against', names((place?.counter_examples ?? []).map(againstText))],
    ['concerns', impact ? impactText(impact) : ''],
    ['error budget', names(budgets.map(burnText))],
    ['raised at', agents.length > 0 ? `${agents.length} of ${agents_heard} agents: ${names(agents)}` : ''],
    ['silent', silent_agents.length > 0 ? names(silent_agents) : ''],
    ['not affected', unaffected.length > 0 ? names(unaffected.map(({ name }) => name)) : ''],
    ['looked again', second_look?.text ? `${second_look.stand}: ${second_look.text}` : ''],
    [
      'acknowledged',
      acknowledged
        ? `by ${acknowledged.by} at ${timeText(acknowledged.at)}${acknowledged.comment ? `: ${acknowledged.comment}` : ''}`
        : isOpen
          ? `by nobody yet: outrider incidents ack ${id}`
          : '',
    ],
    ['kept quiet', silenced ? quietText(silenced) : ''],
  ];
  return all.filter(([, text]) => text !== '');
}

/** Whose fault it looks like. */
const BLAMES: Readonly<Record<string, string>> = {
  target: 'the target',
  network: 'the network',
  agent: 'the agent itself',
  unknown: 'not clear yet',
};

const impactText = ({ share, by_traffic }: NonNullable<EvidenceJson['impact']>): string =>
  `${percentText(share)} of ${by_traffic ? 'the traffic' : 'what is watched'}`;

const percentText = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** `edge on clip 24 times too fast over 1h`. */
const burnText = ({ probe, target, long_ms, long_rate, ended_ms }: BurnJson): string =>
  `${probe} on ${target} ${ended_ms === null ? '' : 'went '}${Number(long_rate.toPrecision(2))} times too fast over ${formatDuration(long_ms)}`;

type PlaceJson = NonNullable<EvidenceJson['place']>;

const placeText = ({ score, share, verdict }: PlaceJson): string =>
  `${verdict ? `${verdict}: ` : ''}holds ${Math.round(share * 100)} % of all that is bad${score === undefined ? '' : `, evidence ${score.toPrecision(2)} nats`}`;

/** What agents that lie in one of two places only have said. */
function toldText({ rather, ruled_out = [] }: PlaceJson): string {
  const not = ruled_out.length > 0 ? `not ${names(ruled_out.map(placeName))}` : '';
  return [rather ? `rather ${placeName(rather)}` : '', not].filter((part) => part).join('; ');
}

/** `agent eu-west-3 is well`, `isp Cable Two is raised`: by the name that says the most, which comes last. */
const againstText = ({ kind, set }: NonNullable<PlaceJson['counter_examples']>[number]): string =>
  `${Object.entries(set)
    .map((part) => part.join(' '))
    .join(', ')} is ${kind === 'well_inside' ? 'well' : 'raised'}`;

/** `isp Cable Two in eu-west`. */
function placeName({ kind, ...of }: ScopeJson): string {
  const own = of[kind];
  const others = Object.entries(of).flatMap(([label, name]) => (label === kind ? [] : [name]));
  if (own === undefined) return [kind, others.join(' to ')].filter((part) => part).join(' ');
  return `${kind} ${own}${others.length > 0 ? ` in ${others.join(', ')}` : ''}`;
}

export function quietText({ by, comment, id, kind, until }: QuietJson): string {
  const why = [by, comment].filter((part) => part).join(': ');
  const what = kind === 'silence' ? `silenced by ${id}` : `in maintenance window ${id}`;
  return `${what}${until ? ` until ${timeText(until)}` : ''}${why ? ` (${why})` : ''}`;
}

const SIGHTS = [
  ['raised', '▲'],
  ['well', '✓'],
  ['silent', '✕'],
  ['no_data', '–'],
] as const;

/** A mark for each agent, a line for each region. */
function sightText(sight: readonly RegionSightJson[]): string {
  const rows = sight.slice(0, ROWS_SHOWN).map((one) => {
    const marks = SIGHTS.map(([state, mark]) => mark.repeat(one[state].length)).join('');
    const counts = SIGHTS.flatMap(([state]) =>
      one[state].length > 0 ? [`${state.replace('_', ' ')} ${one[state].length}`] : [],
    );
    if (one.left_out > 0) counts.push(`${one.left_out} more`);
    return [one.region, marks, counts.join(', ')];
  });
  const legend = 'WHO SEES IT (▲ raised, ✓ well, ✕ silent, – no data)';
  return titled(legend, noteTable(['region', 'agents', 'that is'], rows), sight.length);
}

function amounts({ evidence, quantiles = [] }: IncidentDetailJson): string[] {
  const { failures = [], phases = [], series = [] } = evidence;
  return [
    titled('BEFORE AND SINCE', quantilesTable(quantiles), quantiles.length),
    titled('WHERE IT CHANGED THE MOST', seriesTable(series), series.length),
    titled(
      'FAILURES',
      noteTable(
        ['layer', 'code', 'blame', 'count'],
        failures.slice(0, ROWS_SHOWN).map(({ layer, code, blame, count }) => [layer, code, blame, count]),
      ),
      failures.length,
    ),
    titled(
      'PARTS OF THE RUN',
      noteTable(
        ['part', 'before', 'after'],
        phases.map((phase) => [
          phase.metric,
          amount(phase.metric, phase.before),
          amount(phase.metric, phase.after),
        ]),
      ),
      phases.length,
    ),
  ];
}

const amount = (metric: string, value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : metricText(metric, value);

function quantilesTable(quantiles: readonly MetricQuantilesJson[]): string {
  const rows = quantiles
    .slice(0, ROWS_SHOWN)
    .map(({ after, before, metric, probe, tail_quantile, target }) => {
      const tail = tail_quantile === null ? null : `p${Math.round(tail_quantile * 100)}`;
      return [
        ...[metric, `${probe} on ${target}`, amount(metric, before?.p50), amount(metric, after?.p50)],
        ...(tail ? [tail, amount(metric, before?.tail), amount(metric, after?.tail)] : [null, null, null]),
      ];
    });
  return noteTable(['metric', 'check', 'p50 before', 'since', 'tail', 'before', 'since'], rows);
}

function seriesTable(series: readonly SeriesJson[]): string {
  const rows = series.slice(0, ROWS_SHOWN).map((one) => {
    const { metric } = one;
    return [
      ...[one.agent, `${one.probe} on ${one.target}`, metric, amount(metric, one.before)],
      ...[amount(metric, one.after), amount(metric, one.limit), `${one.exceeded} of ${one.samples}`],
    ];
  });
  return noteTable(['agent', 'check', 'metric', 'before', 'after', 'normal to', 'exceeded'], rows);
}

/** What was changed shortly before. */
function suspects({ changes = [] }: EvidenceJson): string {
  const rows = changes.map(({ at_ms, kind, lead_ms, name, text }) => {
    const lead = lead_ms < 0 ? `${formatSpan(-lead_ms)} after` : `${formatSpan(lead_ms)} before`;
    return [timeText(at_ms), lead, `${kind} ${name}`, text];
  });
  return titled(
    'CHANGED SHORTLY BEFORE',
    noteTable(['at', 'its start', 'change', 'what'], rows),
    rows.length,
  );
}

/** What became of it, the end included where there is more than a screenful. */
function timeline({ timeline: all = [] }: IncidentDetailJson): string {
  const steps =
    all.length > ROWS_SHOWN ? [...all.slice(0, ROWS_SHOWN / 2), ...all.slice(-ROWS_SHOWN / 2)] : all;
  const rows = steps.map(({ at, text, what }) => [timeText(at), what, text]);
  return titled('TIMELINE', noteTable(['at', 'what', ''], rows), all.length);
}

/** Who was told, who was not and why. */
function whoWasTold({ not_told = [], notifications = [] }: IncidentDetailJson): string[] {
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

/** Ids stand alone in their line: they are to be copied. */
function failedRuns(runs: readonly FailedRunJson[]): string {
  const lines = runs
    .slice(0, ROWS_SHOWN)
    .flatMap((run) => [
      ...wrap(
        cellText(
          `${timeText(run.scheduled_at)}  ${run.layer}/${run.code}  ${run.probe} on ${run.target}${run.trigger === 'schedule' ? '' : `, ${run.trigger}`}${run.has_evidence ? '' : ', no evidence kept'}`,
        ),
        noteColumns(),
      ),
      cellText(`  ${run.run_id}`),
    ]);
  return titled('FAILED RUNS, the newest first: outrider results get RUN', lines.join('\n'), runs.length);
}

function slowRuns(runs: readonly SlowRunJson[], metric: string): string {
  const lines = runs
    .slice(0, ROWS_SHOWN)
    .flatMap((run) => [
      cellText(
        `${timeText(run.scheduled_at)}  ${metricText(metric, run.value)}  ${run.probe} on ${run.target}`,
      ),
      cellText(`  ${run.run_id}`),
    ]);
  return titled('SLOWEST RUNS: outrider results get RUN', lines.join('\n'), runs.length);
}

function newestRun(run: RunJson, evidence: NonNullable<RunJson['evidence']>): string[] {
  const title = `WHAT THE NEWEST OF THEM SAW: ${cellText(run.run_id)}\n${cellText(run.message)}`;
  return [title, ...evidenceText(evidence, run.run_id)];
}
