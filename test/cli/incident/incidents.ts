/** Incidents as the API gives them, one of each kind that people meet. */
import type { IncidentDetailJson } from '../../../cli/incident/incident-json.ts';

export const OPEN: IncidentDetailJson = {
  ...{ id: 'inc-1-region-eu-west', scope: 'region:eu-west', scope_kind: 'region', status: 'open' },
  ...{ metric: 'ttfb_ms', probe: 'edge', target: 'clips', blame: 'target', severity: 'critical' },
  summary: 'eu-west: ttfb_ms of edge on clips went from 25 ms to 312 ms at 3 of 3 agents since 11:48:00Z.',
  ...{ started_at: '2026-11-21T11:48:00.000Z', detected_at: '2026-11-21T11:48:40.000Z', resolved_at: null },
  ...{ merged_into: null, acknowledged: null, silenced: null },
  told: { delivered: 0, waiting: 0, failed: 0 },
  size: { before: 25, after: 312, unit: 'ms', ratio: 12.48 },
  evidence: { confirmed: true, evidence: 1e6, threshold: 1e5, agents: ['eu-west-1'], agents_heard: 3 },
  runs: [
    {
      ...{ run_id: 'eu-west-1/b/7', agent: 'eu-west-1', probe: 'edge', target: 'clips', message: 'HTTP 503' },
      ...{ scheduled_at: '2026-11-21T11:59:00.000Z', trigger: 'schedule', layer: 'http', code: 'status' },
      ...{ region: 'eu-west', blame: 'target', has_evidence: true },
    },
  ],
};

const doubt = { stand: 'contradicts', verdict: 'gone', text: '', severity_without: 'critical' } as const;
const over = { status: 'resolved', resolved_at: '2026-11-21T12:30:00.000Z' } as const;
const suspect = {
  at_ms: 0,
  kind: 'deploy',
  name: 'edge-7',
  text: 'a new build',
  lead_ms: 120_000,
  where: {},
  relearn: false,
};
const acknowledged = { by: 'mara', comment: '', at: '2026-11-21T11:50:00.000Z' };

export const INCIDENTS: Readonly<Record<string, IncidentDetailJson>> = {
  open: OPEN,
  acknowledged: { ...OPEN, acknowledged },
  'with a suspect': { ...OPEN, evidence: { ...OPEN.evidence, changes: [suspect] } },
  doubtful: { ...OPEN, evidence: { ...OPEN.evidence, second_look: doubt } },
  resolved: { ...OPEN, ...over },
  merged: { ...OPEN, ...over, merged_into: 'inc-7-global' },
  silence: {
    ...OPEN,
    ...{ metric: 'silence', probe: null, target: null, blame: 'network', runs: [] },
    evidence: { silent_agents: ['eu-west-1', 'eu-west-2'] },
  },
  'of all agents': {
    ...OPEN,
    ...{ metric: 'silence', scope: 'global', scope_kind: 'global', probe: null, target: null, runs: [] },
    evidence: { silent_agents: ['eu-west-1'] },
  },
  budget: { ...OPEN, metric: 'error_budget', scope: 'target:clips', scope_kind: 'target', blame: 'unknown' },
  agent: { ...OPEN, scope: 'agent:eu-west-1', scope_kind: 'agent', blame: 'agent' },
  network: { ...OPEN, scope: 'isp:Cable Two in eu-west', scope_kind: 'isp', blame: 'network' },
};
