/** What a replay found, for programs: incidents as the API gives them, and what scoring asks for by name. */
import type { DetectedIncidentJson } from '../../collector/api/answers/incidents.ts';
import { incidentJson } from '../../collector/api/incident-json.ts';
import { type Incident, SILENCE_METRIC } from '../../collector/detect/incident.ts';
import { openRules } from '../../collector/detect/metric-rules.ts';

export interface ReplayedJson extends DetectedIncidentJson {
  /** The labels of the scope, e.g. `{ "region": "eu-west" }`; none for everything. */
  readonly scope_values: Readonly<Record<string, string>>;
  /** The same one by one: null for those that the scope does not name. An agent and a route have a region too. */
  readonly region: string | null;
  readonly agent: string | null;
  readonly isp: string | null;
  readonly country: string | null;
  readonly pop: string | null;
  /** When it began, and when it was found to be over: null while it was on at the end. */
  readonly onset_at: string;
  readonly ended_at: string | null;
  /** The three times on the clock of the column ts: seconds, milliseconds or text. */
  readonly started_ts: number | string;
  readonly detected_ts: number | string;
  readonly ended_ts: number | string | null;
  /** Which way what is measured went. */
  readonly direction: 'up' | 'down';
}

/** `tsOf`: an instant in Unix milliseconds as the file has its times; text without one. */
export function replayedJson(incident: Incident, tsOf: TsOf = isoText): ReplayedJson {
  const json = incidentJson(incident);
  const { kind: _, ...values } = incident.scope;
  const labels: Readonly<Record<string, string>> = values;
  const label = (name: string): string | null => labels[name] ?? null;
  const { detectedMs, resolvedMs, startedMs } = incident;
  return {
    ...json,
    scope_values: values,
    region: label('region'),
    agent: label('agent'),
    isp: label('isp'),
    country: label('country'),
    pop: label('pop'),
    onset_at: json.started_at,
    ended_at: json.resolved_at,
    started_ts: tsOf(startedMs),
    detected_ts: tsOf(detectedMs),
    ended_ts: resolvedMs === null ? null : tsOf(resolvedMs),
    direction: directionOf(incident),
  };
}

export type TsOf = (ms: number) => number | string;
const isoText: TsOf = (ms) => new Date(ms).toISOString();

const lowerIsBetter = openRules();

function directionOf({ metric, size }: Incident): 'up' | 'down' {
  // Fewer are heard.
  if (metric === SILENCE_METRIC) return 'down';
  if (size.before !== null && size.after !== null && size.before !== size.after)
    return size.after > size.before ? 'up' : 'down';
  return lowerIsBetter(metric)?.better === 'higher' ? 'down' : 'up';
}
