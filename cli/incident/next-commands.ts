/** What to run next about an incident: whole commands, with its names and times, to be copied. */
import { isMetricName } from '../../probes/metrics.ts';
import type { IncidentDetailJson } from './incident-json.ts';

export interface NextCommand {
  readonly why: string;
  /** Unquoted. */
  readonly words: readonly string[];
}

/** How long before its start one looks for what is normal, and for what was changed. */
const BEFORE_MS = 30 * 60_000;

/** `way`: flags that name the collector as they were written, such as `--context prod`. */
export function nextCommands(
  incident: IncidentDetailJson,
  way: readonly string[] = [],
): readonly NextCommand[] {
  const all = [
    ...attention(incident),
    ...agents(incident),
    ...compare(incident),
    ...runs(incident),
    ...changes(incident),
    ...writeUp(incident),
  ];
  return all.map(([why, ...words]) => ({ why, words: ['outrider', ...words, ...way] }));
}

/** Why, and the words of the command. */
type Line = readonly [why: string, ...words: string[]];

const isOpen = ({ status }: IncidentDetailJson): boolean => status === 'open';

function attention({ acknowledged, id, merged_into, silenced, status }: IncidentDetailJson): Line[] {
  if (merged_into) return [['the incident that it is part of', 'incidents', 'get', merged_into]];
  return status === 'open' && !acknowledged && !silenced
    ? [['say that you see to it', 'incidents', 'ack', id]]
    : [];
}

/** Of what agents did themselves, or of those that are not heard. */
function agents({ blame, evidence, metric, scope_kind }: IncidentDetailJson): Line[] {
  const { agents: raised = [], silent_agents = [] } = evidence;
  const [first] = metric === 'silence' ? silent_agents : raised;
  const isTheirs = metric === 'silence' || blame === 'agent' || scope_kind === 'agent';
  return isTheirs && first ? [['what is wrong with the agent', 'agents', 'why', first]] : [];
}

/** The metric beside the places that are well. */
function compare(incident: IncidentDetailJson): Line[] {
  const { metric, probe, resolved_at, scope_kind, started_at, target } = incident;
  if (metric === 'silence') return [['who is heard, and since when not', 'agents', 'list']];
  const by = { isp: 'region,isp', country: 'country', pop: 'pop', route: 'region,pop', target: 'target' };
  const since = Date.parse(started_at) - BEFORE_MS;
  const latency: Line = [
    'hold it against the places that are well',
    ...['latency', '--by', by[scope_kind as keyof typeof by] ?? 'region'],
    ...(isMetricName(metric) ? ['--metric', metric] : []),
    ...(probe ? ['--probe', probe] : []),
    ...(target && scope_kind !== 'target' ? ['--target', target] : []),
    ...['--since', minute(since)],
    ...(resolved_at ? ['--until', minute(Date.parse(resolved_at) + 60_000)] : []),
  ];
  return metric === 'error_budget' ? [['what is left of the budget', 'slo', 'list'], latency] : [latency];
}

/** A run that shows it, those that come, and a run now. */
function runs(incident: IncidentDetailJson): Line[] {
  const { evidence, metric, probe, slow_runs = [] } = incident;
  const shown = incident.runs?.find((run) => run.has_evidence) ?? incident.runs?.[0] ?? slow_runs[0];
  const place = placeFlags(incident);
  const probes = probe ?? evidence.series?.[0]?.probe;
  return [
    ...(shown ? [['what one of them saw', 'results', 'get', shown.run_id] as const] : []),
    ...(isOpen(incident) && metric !== 'silence'
      ? [
          [
            'watch what fails there',
            ...['results', 'tail', ...(probe ? ['--probe', probe] : []), ...place],
            ...['--outcome', 'fail', '--since', '5m'],
          ] as const,
        ]
      : []),
    ...(isOpen(incident) && probes && metric !== 'silence'
      ? [['ask its agents now', 'probes', 'run', probes, ...fromFlags(incident), '--watch'] as const]
      : []),
  ];
}

function placeFlags({ evidence, scope, scope_kind }: IncidentDetailJson): string[] {
  const name = scope.slice(scope.indexOf(':') + 1);
  if (scope_kind === 'region') return ['--region', name];
  if (scope_kind === 'agent') return ['--agent', name];
  const regions = (evidence.sight ?? []).filter(({ raised }) => raised.length > 0);
  return regions.length === 1 && regions[0] ? ['--region', regions[0].region] : [];
}

function fromFlags(incident: IncidentDetailJson): string[] {
  const [, name] = placeFlags(incident);
  return name === undefined ? [] : ['--from', name];
}

function changes({ started_at }: IncidentDetailJson): Line[] {
  return [
    [
      'all that was changed around then',
      'changes',
      'list',
      '--since',
      minute(Date.parse(started_at) - BEFORE_MS),
    ],
  ];
}

function writeUp(incident: IncidentDetailJson): Line[] {
  const { id, merged_into } = incident;
  return merged_into ? [] : [['a report to pass on', 'incidents', 'get', id, '--report', `${id}.html`]];
}

/** `2026-11-21T11:18Z`: what all of `--since` understand. */
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
