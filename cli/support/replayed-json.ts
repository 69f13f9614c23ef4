/** What a replay found, for programs: incidents as the API gives them, and what scoring asks for by name. */
import { type IncidentJson, incidentJson } from '../../collector/api/incident-json.ts';
import { type Incident, SILENCE_METRIC } from '../../collector/detect/incident.ts';
import { openRules } from '../../collector/detect/metric-rules.ts';

export interface ReplayedJson extends IncidentJson {
  /** The labels of the scope, e.g. `{ "region": "eu-west" }`; none for everything. */
  readonly scope_values: Readonly<Record<string, string>>;
  /** When it began, and when it was found to be over: null while it was on at the end. */
  readonly onset_at: string;
  readonly ended_at: string | null;
  /** Which way what is measured went. */
  readonly direction: 'up' | 'down';
}

export function replayedJson(incident: Incident): ReplayedJson {
  const json = incidentJson(incident);
  const { kind: _, ...values } = incident.scope;
  return {
    ...json,
    scope_values: values,
    onset_at: json.started_at,
    ended_at: json.resolved_at,
    direction: directionOf(incident),
  };
}

const lowerIsBetter = openRules();

function directionOf({ metric, size }: Incident): 'up' | 'down' {
  // Fewer are heard.
  if (metric === SILENCE_METRIC) return 'down';
  if (size.before !== null && size.after !== null && size.before !== size.after)
    return size.after > size.before ? 'up' : 'down';
  return lowerIsBetter(metric)?.better === 'higher' ? 'down' : 'up';
}
