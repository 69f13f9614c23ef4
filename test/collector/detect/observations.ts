/** Observations for tests: whole and plausible, any field replaced. */
import { Detector, type DetectorOptions } from '../../../collector/detect/detector.ts';
import { type IncidentEvent, scopeText } from '../../../collector/detect/incident.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { Series } from '../../../collector/detect/series.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import {
  type FleetOptions,
  type SyntheticFleet,
  syntheticFleet,
} from '../../../collector/detect/synthetic.ts';

export const EVERY_MS = 2000;

/** The run of slot `i` of a check every two seconds, seen 100 ms later. */
export function runOf(i: number, more: Partial<Observation> = {}): Observation {
  const scheduledMs = more.scheduledMs ?? 1_800_000_000_000 + i * EVERY_MS;
  return {
    agent: 'eu-west-1',
    region: 'eu-west',
    probe: 'edge',
    type: 'http',
    target: 'clip',
    scheduledMs,
    seenMs: scheduledMs + 100,
    outcome: 'ok',
    disturbed: false,
    metrics: { ttfb_ms: 20 },
    ...more,
  };
}

export const TIMEOUT: Partial<Observation> = {
  outcome: 'fail',
  failure: { layer: 'http', blame: 'unknown', code: 'timeout' },
  metrics: {},
};

export function seriesOf(more: Partial<Observation> = {}): Series {
  return new Series(DETECT_DEFAULTS, runOf(0, more));
}

export interface Played {
  readonly fleet: SyntheticFleet;
  readonly detector: Detector;
  readonly events: readonly IncidentEvent[];
  /** Scopes of incidents in the order in which they opened. */
  readonly opened: readonly string[];
}

/** A whole fleet through the real detector, the state of its agents included. */
export function play(options: FleetOptions, detectorOptions: DetectorOptions = {}): Played {
  const fleet = syntheticFleet(options);
  const detector = new Detector(detectorOptions);
  const events = replay(detector, fleet.observations, {
    untilMs: fleet.endMs,
    onTick: (nowMs) => detector.observeFleet(nowMs, fleet.fleetAt(nowMs)),
  });
  const opened = events
    .filter(({ kind }) => kind === 'opened')
    .map(({ incident }) => scopeText(incident.scope));
  return { fleet, detector, events, opened };
}

export interface Told {
  readonly scope: string;
  /** Seconds from the start of the fleet. */
  readonly detectedS: number;
  readonly resolvedS: number | undefined;
  readonly last: IncidentEvent['incident'];
}

/** What became of each incident. */
export function told({ fleet, events }: Played): Told[] {
  const last = new Map(events.map(({ incident }) => [incident.id, incident]));
  return [...last.values()].map((incident) => ({
    scope: scopeText(incident.scope),
    detectedS: (incident.detectedMs - fleet.startMs) / 1000,
    resolvedS: incident.resolvedMs === null ? undefined : (incident.resolvedMs - fleet.startMs) / 1000,
    last: incident,
  }));
}
