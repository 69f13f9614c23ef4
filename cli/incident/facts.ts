/** What is known of an incident, one thing a line: where, since when, how sure, for whom, who is not affected. */

import type { BurnJson } from '../../collector/api/answers/incident-evidence.ts';
import type { QuietJson } from '../../collector/api/answers/incidents.ts';
import { formatSpan } from '../../probes/quantity-text.ts';
import { formatDuration } from '../../probes/spec.ts';
import { timeText } from '../support/time-text.ts';
import { howSure } from './how-sure.ts';
import type { EvidenceJson, IncidentDetailJson } from './incident-json.ts';
import { againstText, BLAMES, placeName, toldText } from './place-words.ts';
import { some } from './sections.ts';

type Fact = readonly [name: string, text: string];

/** Those that there is something to say of. */
export function facts(incident: IncidentDetailJson): readonly Fact[] {
  const all: readonly Fact[] = [...whatAndWhere(incident), ...forWhom(incident), ...whoSeesToIt(incident)];
  return all.filter(([, text]) => text !== '');
}

function whatAndWhere(incident: IncidentDetailJson): Fact[] {
  const { blame, detected_at, evidence, metric, resolved_at, scope, started_at } = incident;
  const { budgets = [], place } = evidence;
  const check = [incident.probe, incident.target].filter((part) => part).join(' on ');
  const detectedMs = Date.parse(detected_at) - Date.parse(started_at);
  return [
    ['id', incident.id],
    ['what', check ? `${metric} of ${check}` : metric],
    ['where', scope],
    ['since', `${timeText(started_at)} UTC, detected ${formatSpan(Math.max(0, detectedMs))} later`],
    ['resolved', resolved_at ? `${timeText(resolved_at)} UTC` : ''],
    ['how sure', howSure(evidence)],
    ['looks like', BLAMES[blame] ?? blame],
    ['not told apart', some((place?.alternatives ?? []).map(placeName))],
    ['told apart', place ? toldText(place) : ''],
    ['speaks against', some((place?.counter_examples ?? []).map(againstText))],
    ['error budget', some(budgets.map(burnText))],
  ];
}

function forWhom({ evidence }: IncidentDetailJson): Fact[] {
  const { agents = [], agents_heard, impact, silent_agents = [], unaffected = [] } = evidence;
  const heard = agents_heard
    ? `${agents.length} of ${agents_heard} ${agents_heard === 1 ? 'agent' : 'agents'}: `
    : '';
  return [
    ['concerns', impact ? impactText(impact) : ''],
    ['raised at', agents.length > 0 ? `${heard}${some(agents)}` : ''],
    ['silent', some(silent_agents)],
    ['not affected', some(unaffected.map(({ kind, name }) => `${kind} ${name}`))],
  ];
}

function whoSeesToIt({ acknowledged, silenced, status }: IncidentDetailJson): Fact[] {
  const why = acknowledged?.comment ? `: ${acknowledged.comment}` : '';
  return [
    [
      'acknowledged',
      acknowledged
        ? `by ${acknowledged.by} at ${timeText(acknowledged.at)}${why}`
        : status === 'open'
          ? 'by nobody yet'
          : '',
    ],
    ['kept quiet', silenced ? quietText(silenced) : ''],
  ];
}

const impactText = ({ share, by_traffic }: NonNullable<EvidenceJson['impact']>): string =>
  `${Number((share * 100).toPrecision(2))} % of ${by_traffic ? 'the traffic' : 'what is watched'}`;

/** `edge on clip 24 times too fast over 1h`. */
const burnText = ({ probe, target, long_ms, long_rate, ended_ms }: BurnJson): string =>
  `${probe} on ${target} ${ended_ms === null ? '' : 'went '}${Number(long_rate.toPrecision(2))} times too fast over ${formatDuration(long_ms)}`;

function quietText({ by, comment, id, kind, until }: QuietJson): string {
  const why = [by, comment].filter((part) => part).join(': ');
  const what = kind === 'silence' ? `silenced by ${id}` : `in maintenance window ${id}`;
  return `${what}${until ? ` until ${timeText(until)}` : ''}${why ? ` (${why})` : ''}`;
}
