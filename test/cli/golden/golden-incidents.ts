/** Incidents of the golden fleet: one that is open and has all that an incident can have, and one of each other kind. */
import type { Incident } from '../../../collector/detect/incident.ts';
import { incidentOf } from '../../collector/api/running-api.ts';

const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`);
const none = incidentOf().evidence;
const cell = { probe: 'edge', target: 'clips', metric: 'ttfb_ms', region: 'eu-west' } as const;
const agents = ['eu-west-1', 'eu-west-2', 'eu-west-3'];

export const SLOW: Incident = incidentOf({
  ...{ id: 'inc-1795261680-eu-west', probe: 'edge', target: 'clips', blame: 'target' },
  ...{ startedMs: at('11:48:00'), detectedMs: at('11:48:40') },
  summary:
    'eu-west: ttfb_ms of edge on clips went from 36 ms to 432 ms at 3 of 3 agents since 11:48:00Z; ap-southeast, us-east not affected; deploy edge-config was 2 min before; looks like the target.',
  size: { before: 36, after: 432, unit: 'ms', ratio: 12 },
  evidence: {
    ...none,
    ...{ agents, evidence: 4.2e7, threshold: 1e6 },
    cells: [{ ...cell, evidence: 4.2e7, share: 1, agents: 3 }],
    series: agents.map((agent, nth) => ({
      ...{ ...cell, agent, before: 36 + nth, after: 432 + 10 * nth, unit: 'ms', ratio: 12 },
      ...{ limit: 47, exceeded: 18, samples: 18 },
    })),
    unaffected: [
      { kind: 'region', name: 'ap-southeast', share: 0 },
      { kind: 'region', name: 'us-east', share: 0.02 },
    ],
    failures: [{ layer: 'http', blame: 'target', code: 'status', count: 18 }],
    phases: [
      { metric: 'connect_ms', before: 10, after: 11 },
      { metric: 'ttfb_ms', before: 36, after: 432 },
    ],
    place: {
      ...{ verdict: 'REGION', score: 41.7, share: 0.97 },
      alternatives: [{ kind: 'country', country: 'DE' }],
    },
    impact: { share: 0.33, size: 1, score: 0.33 },
    changes: [
      {
        ...{
          atMs: at('11:46:00'),
          kind: 'deploy',
          name: 'edge-config',
          text: 'edge-config 2026.47 to eu-west',
        },
        ...{ where: { region: 'eu-west' }, relearn: false, leadMs: 120_000 },
      },
    ],
    sight: [
      { region: 'eu-west', raised: agents, well: [], silent: [], noData: [], leftOut: 0 },
      {
        region: 'ap-southeast',
        raised: [],
        well: ['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3'],
        silent: [],
        noData: [],
        leftOut: 0,
      },
      {
        region: 'us-east',
        raised: [],
        well: ['us-east-1', 'us-east-2', 'us-east-3'],
        silent: [],
        noData: [],
        leftOut: 0,
      },
    ],
    secondLook: { stand: 'supports', verdict: 'region', text: '', severityWithout: 'critical' },
    timeline: [
      { atMs: at('11:48:00'), what: 'began', text: '' },
      { atMs: at('11:48:40'), what: 'detected', text: 'at 3 of 3 agents' },
      { atMs: at('11:49:10'), what: 'looked at again', text: 'the region did, its neighbour did not' },
    ],
  },
});

const OVER = { status: 'resolved', resolvedMs: at('11:20:00') } as const;

/** Newest first. */
export const GOLDEN_INCIDENTS: readonly Incident[] = [
  SLOW,
  incidentOf({
    ...{
      id: 'inc-1795261500-ap-southeast-2',
      scope: { kind: 'agent', region: 'ap-southeast', agent: 'ap-southeast-2' },
    },
    ...{ metric: 'failure_ratio', probe: 'edge', target: 'clips', severity: 'warning', blame: 'agent' },
    ...{ startedMs: at('11:45:00'), detectedMs: at('11:46:00') },
    summary:
      'agent ap-southeast-2: failures of edge on clips went from 0% to 60% since 11:45:00Z; looks like the agent itself.',
    size: { before: 0, after: 0.6, unit: 'ratio', ratio: null },
    evidence: {
      ...{ ...none, confirmed: false, agents: ['ap-southeast-2'], agentsHeard: 1 },
      unaffected: [{ kind: 'agent', name: 'ap-southeast-1', share: 0 }],
      failures: [{ layer: 'dns', blame: 'agent', code: 'timeout', count: 12 }],
    },
  }),
  incidentOf({
    ...{ id: 'inc-1795261200-us-east', scope: { kind: 'region', region: 'us-east' }, metric: 'silence' },
    ...{ probe: null, target: null, severity: 'critical', blame: 'network' },
    ...{ startedMs: at('11:40:00'), detectedMs: at('11:42:00') },
    summary: 'us-east: 2 agents fell silent together since 11:40:00Z.',
    size: { before: 3, after: 1, unit: 'agents', ratio: null },
    evidence: {
      ...none,
      evidence: 0,
      threshold: 0,
      agents: [],
      agentsHeard: 3,
      silentAgents: ['us-east-2', 'us-east-3'],
      confirmed: false,
      unaffected: [{ kind: 'region', name: 'eu-west', share: 0 }],
    },
  }),
  incidentOf({
    ...{
      id: 'inc-1795258800-budget-clips',
      scope: { kind: 'target', target: 'clips' },
      metric: 'error_budget',
    },
    ...{ probe: 'edge', target: 'clips', severity: 'warning', blame: 'unknown' },
    ...{ startedMs: at('11:00:00'), detectedMs: at('11:05:00') },
    summary:
      'target clips, in every region: edge on clips uses up its error budget 24 times too fast since 11:00:00Z; 43 of 360 runs in 1h were bad (11.9%).',
    size: { before: 0.005, after: 0.119, unit: 'ratio', ratio: 24 },
    evidence: {
      ...{ ...none, evidence: 0, threshold: 0, agents: [], unaffected: [] },
      budgets: [
        {
          ...{ probe: 'edge', target: 'clips', objective: 0.995, periodMs: 604_800_000, longMs: 3_600_000 },
          ...{ shortMs: 300_000, severity: 'critical', longRate: 24, shortRate: 30, runs: 360, failures: 43 },
          ...{ beganMs: at('11:00:00'), endedMs: null },
        },
      ],
    },
  }),
  incidentOf({
    ...{ ...OVER, id: 'inc-1795257000-pop-ams1', scope: { kind: 'pop', pop: 'ams1' }, metric: 'ttfb_ms' },
    ...{ probe: 'edge', target: 'clips', startedMs: at('10:30:00'), detectedMs: at('10:31:00') },
    summary:
      'edge ams1: ttfb_ms of edge on clips went from 30 ms to 95 ms at 4 of 4 agents since 10:30:00Z; looks like the target.',
    size: { before: 30, after: 95, unit: 'ms', ratio: 3.2 },
  }),
  incidentOf({
    ...{ ...OVER, id: 'inc-1795256940-eu-west', metric: 'ttfb_ms', mergedInto: 'inc-1795257000-pop-ams1' },
    ...{ probe: 'edge', target: 'clips', startedMs: at('10:29:00'), detectedMs: at('10:30:00') },
    summary:
      'eu-west: ttfb_ms of edge on clips went from 36 ms to 98 ms at 3 of 3 agents since 10:29:00Z; looks like the target.',
  }),
];
