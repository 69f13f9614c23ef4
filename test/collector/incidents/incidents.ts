/** Incidents for tests: whole and plausible, any field replaced. */
import type { Incident, IncidentEvent } from '../../../collector/detect/incident.ts';

export const STARTED_MS = Date.UTC(2026, 10, 21, 3, 40, 45);

export function incidentOf(more: Partial<Incident> = {}): Incident {
  return {
    id: 'inc-1-region-eu-west',
    scope: { kind: 'region', region: 'eu-west' },
    status: 'open',
    metric: 'ttfb_ms',
    probe: 'edge',
    target: null,
    severity: 'critical',
    blame: 'target',
    startedMs: STARTED_MS,
    detectedMs: STARTED_MS + 17_500,
    resolvedMs: null,
    mergedInto: null,
    summary: 'eu-west: ttfb_ms of edge went from 12 ms to 415 ms.',
    size: { before: 12.5, after: 415.25, unit: 'ms', ratio: 33.22 },
    evidence: {
      confirmed: true,
      evidence: 1.5e6,
      threshold: 302_400,
      agents: ['eu-west-1', 'eu-west-2'],
      agentsHeard: 3,
      silentAgents: [],
      cells: [
        {
          region: 'eu-west',
          probe: 'edge',
          target: 'clip',
          metric: 'ttfb_ms',
          evidence: 9e5,
          share: 1,
          agents: 3,
        },
      ],
      series: [
        {
          agent: 'eu-west-1',
          region: 'eu-west',
          probe: 'edge',
          target: 'clip',
          metric: 'ttfb_ms',
          before: 12.5,
          after: null,
          unit: 'ms',
          ratio: null,
          limit: 112.5,
          exceeded: 8,
          samples: 8,
        },
      ],
      unaffected: [{ kind: 'region', name: 'us-east', share: 0.02 }],
      failures: [{ layer: 'http', blame: 'unknown', code: 'timeout', count: 3 }],
      phases: [{ metric: 'connect_ms', before: 1, after: 1.5 }],
    },
    ...more,
  };
}

export const eventOf = (kind: IncidentEvent['kind'], more: Partial<Incident> = {}): IncidentEvent => ({
  kind,
  incident: incidentOf(more),
});
