/** What people read: a short hand-over — what, where, since when, how bad, for whom not, whose fault, and what to do next. Pure. */
import { formatDuration } from '../../probes/spec.ts';
import type { SuspectChange } from '../detect/change.ts';
import { BUDGET_METRIC, type Incident, SILENCE_METRIC, type Size, scopeText } from '../detect/incident.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Draft, NoticeKind } from './thread.ts';

export interface NoticeText {
  /** One line. */
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Commands to run next. */
  readonly next: readonly string[];
  readonly link: string | null;
}

const NAMES_SHOWN = 5;
const SUSPECTS_SHOWN = 3;
const TITLE_CHARS = 200;
const FACT_CHARS = 600;

const HEADS: Readonly<Record<NoticeKind, (severity: string) => string>> = {
  opened: (severity) => severity.toUpperCase(),
  reopened: (severity) => `AGAIN ${severity.toUpperCase()}`,
  updated: (severity) => `UPDATE ${severity.toUpperCase()}`,
  reminder: (severity) => `STILL ${severity.toUpperCase()}`,
  acknowledged: () => 'ACKNOWLEDGED',
  no_data: () => 'NO DATA',
  resolved: () => 'RESOLVED',
  merged: () => 'PART OF ANOTHER',
  no_data_closed: () => 'GIVEN UP WITHOUT DATA',
};

export function noticeText(
  draft: Draft,
  place: { readonly dashboard: string | null; readonly nowMs: number },
): NoticeText {
  const { kind, lead, others } = draft;
  const { incident } = lead;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return {
    title: clipped(`${HEADS[kind](incident.severity)} ${headline(incident)}${more}`, TITLE_CHARS),
    facts: factsOf(draft, place.nowMs).map(([label, value]) => [label, clipped(value, FACT_CHARS)] as const),
    next: nextSteps(kind, incident),
    link: linkTo(place.dashboard, incident.id),
  };
}

/** The page of the dashboard that shows the incident. */
function linkTo(dashboard: string | null, incident: string): string | null {
  return dashboard && `${dashboard.replace(/\/?([?#].*)?$/, '')}/incidents/${encodeURIComponent(incident)}`;
}

/** The message as lines of plain text. */
export function plainText({ title, facts, next, link }: NoticeText): string {
  const width = Math.max(...facts.map(([label]) => label.length), 4);
  const line = (label: string, value: string) => `${label.padEnd(width)}  ${value}`;
  return [
    title,
    '',
    ...facts.map(([label, value]) => line(label, value)),
    ...(link === null ? [] : [line('Look', link)]),
    ...next.map((command, i) => line(i === 0 ? 'Next' : '', command)),
    '',
  ].join('\n');
}

/** On one line, without what would make it look like more or other lines. */
function clipped(text: string, chars: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  return cutText(line, chars);
}

/** At most so many UTF-16 units, no character of two of them cut in half: receivers refuse a half. */
export const cutText = (text: string, chars: number): string =>
  text.length <= chars ? text : `${text.slice(0, chars - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/** The facts by what they are called, several of one name on lines of one value: for receivers that keep them by name. */
export function factsByName(facts: NoticeText['facts']): Readonly<Record<string, string>> {
  const byName: Record<string, string> = {};
  for (const [label, value] of facts) {
    const name = label.toLowerCase().replaceAll(' ', '_');
    byName[name] = byName[name] === undefined ? value : `${byName[name]}\n${value}`;
  }
  return byName;
}

const names = (all: readonly string[]): string =>
  all.length <= NAMES_SHOWN
    ? all.join(', ')
    : `${all.slice(0, NAMES_SHOWN).join(', ')} and ${all.length - NAMES_SHOWN} more`;

/** `2026-11-21 03:40:45 UTC`. */
const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** In the two largest units: `2h 5m`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const from = parts.findIndex(([count]) => count > 0);
  if (from === -1) return '0s';
  return parts
    .slice(from, from + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

function amount(value: number | null, unit: string): string {
  if (value === null) return 'none measured';
  if (unit === 'ratio') return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
  return `${value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3))} ${unit}`.trim();
}

function sizeText({ after, before, ratio, unit }: Size): string {
  const times =
    ratio !== null && unit !== 'ratio' && ratio >= 1.05 ? ` (×${Number(ratio.toPrecision(2))})` : '';
  return `${amount(before, unit)} → ${amount(after, unit)}${times}`;
}

function headline(incident: Incident): string {
  const { evidence, metric, scope, size } = incident;
  if (metric === SILENCE_METRIC)
    return `${scopeText(scope)}: ${evidence.silentAgents.length} agents fell silent`;
  if (metric === BUDGET_METRIC) return `${scopeText(scope)}: error budget ${budgetRate(incident)}`;
  return `${scopeText(scope)}: ${metric} ${sizeText(size)}`;
}

type Fact = readonly [label: string, value: string];

function factsOf(draft: Draft, nowMs: number): Fact[] {
  const { kind, lead, others, reasons, thread } = draft;
  const { incident, ack } = lead;
  const { evidence } = incident;
  const shown = others.slice(0, NOTIFY_LIMITS.othersShown.value);
  const facts: (Fact | undefined)[] = [
    standing(draft, nowMs),
    reasons.length > 0 ? ['New', reasons.slice(0, NOTIFY_LIMITS.othersShown.value).join('; ')] : undefined,
    ['What', incident.summary],
    ['Where', whereText(incident)],
    ['Since', `${instant(incident.startedMs)}${tookText(kind, incident, nowMs)}`],
    ['How bad', badText(incident)],
    evidence.unaffected.length > 0
      ? ['Not at', names(evidence.unaffected.map(({ name }) => name))]
      : ['Not at', 'nothing comparable is known to be well'],
    ['Blame', blameText(incident)],
    evidence.failures.length > 0 ? ['Failures', failureText(incident)] : undefined,
    ...(evidence.changes ?? [])
      .slice(0, SUSPECTS_SHOWN)
      .map((change): Fact => ['Suspect', changeText(change)]),
    ack ? ['Seen by', `${ack.by}${ack.comment ? `: ${ack.comment}` : ''}`] : undefined,
    ...shown.map((other): Fact => ['Also', `${other.incident.severity}: ${other.incident.summary}`]),
    others.length > shown.length ? ['Also', `${others.length - shown.length} more`] : undefined,
    thread.opens.length > 2
      ? ['Flapping', `opened or became worse ${thread.opens.length} times lately`]
      : undefined,
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** What the message itself says, where it is more than that there is an incident. */
function standing({ kind, lead, thread }: Draft, nowMs: number): Fact | undefined {
  const { incident } = lead;
  switch (kind) {
    case 'no_data':
      return [
        'Now',
        `nobody has measured it for ${spanText(nowMs - (thread.unheardSinceMs ?? nowMs))}: this is not an all clear`,
      ];
    case 'no_data_closed':
      return [
        'Now',
        `no data for ${formatDuration(NOTIFY_LIMITS.noDataCloseMs.value)}; it is not followed any further. This is not an all clear`,
      ];
    case 'merged':
      return ['Now', `it is part of ${incident.mergedInto}, which goes on. This is not an all clear`];
    case 'resolved':
      return [
        'Now',
        `over since ${instant(incident.resolvedMs ?? nowMs)}, by data of the agents that saw it`,
      ];
    default:
      return undefined;
  }
}

function whereText({ evidence, probe, scope, target }: Incident): string {
  const what = [target && `target ${target}`, probe && `probe ${probe}`].filter((part) => part);
  const text = scopeText(scope);
  const where = what.length > 0 && !text.startsWith('target:') ? `${text}, ${what.join(', ')}` : text;
  const others = (evidence.place?.alternatives ?? []).map(scopeText);
  return others.length > 0 ? `${where}; or ${names(others)}: the data cannot tell` : where;
}

/** What was changed there shortly before. */
function changeText({ kind, leadMs, name, text }: SuspectChange): string {
  const when = leadMs >= 0 ? `${spanText(leadMs)} before` : `${spanText(-leadMs)} after`;
  return `${kind} ${name}, ${when}${text === '' ? '' : `: ${text}`}`;
}

function tookText(kind: NoticeKind, incident: Incident, nowMs: number): string {
  if (incident.resolvedMs !== null) return ` (lasted ${spanText(incident.resolvedMs - incident.startedMs)})`;
  if (kind === 'opened') return ` (seen ${spanText(incident.detectedMs - incident.startedMs)} later)`;
  return ` (for ${spanText(nowMs - incident.startedMs)})`;
}

/** How fast an error budget goes, as told by the ratio of what fails to what may. */
const budgetRate = ({ size: { ratio } }: Incident): string =>
  `used up ${ratio === null ? '' : `${Number(ratio.toPrecision(2))} times `}too fast`;

function badText(incident: Incident): string {
  const { evidence, metric, severity, size } = incident;
  const { agents, agentsHeard, confirmed, silentAgents } = evidence;
  if (metric === SILENCE_METRIC) return `${severity}; silent: ${names(silentAgents)}`;
  const sure = confirmed ? 'confirmed' : 'not confirmed yet';
  const watched = evidence.impact
    ? `, ${amount(evidence.impact.share, 'ratio')} of ${evidence.impact.byTraffic ? 'the traffic' : 'what is watched'}`
    : '';
  if (metric === BUDGET_METRIC) return `${severity}; ${budgetRate(incident)}: ${sizeText(size)}${watched}`;
  return `${severity}, ${sure}; ${sizeText(size)}; ${agents.length} of ${agentsHeard} agents${watched}`;
}

/** Whose fault it looks like, and whose part of the way it is where that says more. */
function blameText({ blame, evidence }: Incident): string {
  const verdict = evidence.place?.verdict;
  if (verdict === 'OURSELVES') return 'ourselves: agents or collector, not what is watched';
  const part = verdict ? ` (${verdict.toLowerCase()})` : '';
  return blame === 'unknown' ? `unknown: the evidence does not say${part}` : `${blame}${part}`;
}

function failureText({ evidence }: Incident): string {
  return [...evidence.failures]
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map(({ code, count, layer }) => `${count} × ${layer} ${code}`)
    .join(', ');
}

/** A name as one word of a shell, since people paste these lines. */
const word = (name: string): string =>
  /^[\w.:@%+=/-]+$/.test(name) && !name.startsWith('-') ? name : `'${name.replaceAll("'", "'\\''")}'`;

function nextSteps(kind: NoticeKind, incident: Incident): string[] {
  const get = `outrider incidents get ${word(incident.id)}`;
  if (kind === 'merged' && incident.mergedInto)
    return [`outrider incidents get ${word(incident.mergedInto)}`];
  if (kind === 'no_data') return [get, 'outrider agents list'];
  if (incident.status === 'resolved') return [get];
  const scope: Readonly<Record<string, unknown>> = { ...incident.scope };
  const place = typeof scope.agent === 'string' ? ` --agent ${word(scope.agent)}` : '';
  const region = place === '' && typeof scope.region === 'string' ? ` --region ${word(scope.region)}` : '';
  const probe = incident.probe ? ` --probe ${word(incident.probe)}` : '';
  const ack = kind === 'acknowledged' ? [] : [`outrider incidents ack ${word(incident.id)} --comment "…"`];
  if (incident.metric === SILENCE_METRIC) {
    const [silent] = incident.evidence.silentAgents;
    return [get, ...(silent ? [`outrider agents why ${word(silent)}`] : []), ...ack];
  }
  return [get, `outrider results tail${region}${place}${probe} --since 5m`, ...ack];
}
