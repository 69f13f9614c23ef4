import { describe, expect, it } from 'vitest';
import type { IncidentDetailJson } from '../../../cli/incident/incident-json.ts';
import { incidentText } from '../../../cli/incident/incident-text.ts';
import { evidenceText, runText } from '../../../cli/support/run-text.ts';
import type { RunJson } from '../../../collector/api/answers/checks.ts';
import type { BurnJson } from '../../../collector/api/answers/incident-evidence.ts';
import type { Evidence } from '../../../probes/evidence.ts';
import { resultJsonOf } from '../../support/result-json.ts';

/** Would colour, clear or turn around what a terminal shows after it. */
const EVIL = '\u001b[2Jevil\u202e';
const SHOWN = '\\x1b[2Jevil\\u202e';

const INCIDENT: IncidentDetailJson = {
  ...{ id: 'inc-1', scope: 'region:eu-west', scope_kind: 'region', status: 'open', metric: 'ttfb_ms' },
  ...{ blame: 'target', severity: 'critical', summary: `eu-west: it is slow ${EVIL}` },
  ...{ started_at: '2026-11-21T12:00:00.000Z', detected_at: '2026-11-21T12:00:11.000Z', resolved_at: null },
  ...{ probe: null, target: null, merged_into: null, acknowledged: null },
  told: { delivered: 0, waiting: 1, failed: 0 },
  size: { before: 20, after: 412.34, unit: 'ms', ratio: 20.6 },
  evidence: {
    place: {
      ...{ verdict: 'REGION', share: 0.914, score: 41.73 },
      ruled_out: [{ kind: 'pop', pop: EVIL }],
      rather: { kind: 'country', country: 'IE' },
      counter_examples: [
        { kind: 'well_inside', set: { region: 'eu-west', agent: EVIL }, bad: 0, expected: 5 },
        { kind: 'raised_outside', set: { isp: 'Cable Two' }, bad: 5, expected: 0 },
      ],
      alternatives: [
        { kind: 'isp', isp: EVIL, region: 'eu-west' },
        { kind: 'route', region: 'a', pop: 'b' },
      ],
    },
    changes: [
      {
        ...{ at_ms: 1_795_262_340_000, kind: 'deploy', name: EVIL, text: EVIL, lead_ms: 60_000 },
        ...{ where: {}, relearn: false },
      },
    ],
    sight: [
      {
        ...{ region: 'eu-west', raised: ['a', 'b'], well: ['c'], silent: ['d'], no_data: ['e'] },
        left_out: 3,
      },
      { region: 'us-east', raised: [], well: ['f', 'g'], silent: [], no_data: [], left_out: 0 },
    ],
    ...{ agents: ['eu-west-1', 'eu-west-2'], agents_heard: 3, silent_agents: [] },
    series: Array.from({ length: 14 }, (_, i) => ({
      ...{ agent: `eu-west-${i}`, probe: 'edge', target: 'clip', metric: 'ttfb_ms' },
      ...{ region: 'eu-west', unit: 'ms', ratio: 20.6, before: 20, after: 412.34, limit: 31 },
      ...{ exceeded: 7, samples: 8 },
    })),
    unaffected: [{ kind: 'region', name: 'us-east', share: 0 }],
    failures: [{ layer: 'http', code: 'status', blame: 'target', count: 5 }],
    phases: [{ metric: 'connect_ms', before: 10, after: 11 }],
    second_look: {
      ...{ stand: 'supports', verdict: 'region', text: 'confirmed', severity_without: 'critical' },
    },
    confirmations: [
      {
        ...{ region: 'eu-west', probe: 'edge', target: 'clip', metric: 'ttfb_ms', verdict: 'region' },
        ...{ agent: 'eu-west-1', request_id: 'r1', asked_ms: 0, settled_ms: 2000 },
        answers: [
          {
            ...{ agent: EVIL, region: 'eu-west', role: 'same', network: 'AS1', outcome: 'silent' },
            ...{ raised: null, value: null, limit: null, code: '', run_id: '' },
          },
        ],
      },
    ],
  },
  timeline: [
    { at: '2026-11-21T12:00:00.000Z', what: 'began', text: '' },
    { at: '2026-11-21T12:00:20.000Z', what: 'detected', text: EVIL },
  ],
  silenced: {
    ...{ kind: 'silence', id: '3f0a12bc', until: '2026-11-21T14:00:00.000Z', by: 'mara', comment: EVIL },
  },
  notifications: [
    {
      ...{ event: 'incident.opened', route: 'pages', receiver: 'pager', status: 'waiting', attempts: 3 },
      ...{ id: 'n1', title: EVIL, error: `HTTP 503 ${EVIL}`, created_at: '2026-11-21T12:00:12.000Z' },
      ...{ due_at: '2026-11-21T12:03:00.000Z', done_at: null },
    },
  ],
  not_told: [
    { lane: 'rest/hook', because: 'wait', text: 'its route waits a while before it tells of anything' },
  ],
  quantiles: [
    {
      ...{ probe: 'edge', target: 'clip', metric: 'ttfb_ms', unit: 'ms', tail_quantile: 0.95 },
      ...{ before: { p50: 20, tail: 31, count: 100 }, after: { p50: 412.34, tail: 800, count: 9 } },
    },
    {
      ...{ probe: 'edge', target: 'clip', metric: 'failure_ratio', unit: '', tail_quantile: null },
      ...{ before: null, after: { p50: 0.2, tail: 0.2, count: 9 } },
    },
  ],
  slow_runs: [
    {
      ...{ run_id: 'eu-west-1/b/9', agent: 'eu-west-1', probe: 'edge', target: 'clip', value: 901.2 },
      ...{ region: 'eu-west', trigger: 'schedule', scheduled_at: '2026-11-21T12:00:09.000Z' },
    },
  ],
  runs: [
    {
      ...{ run_id: 'eu-west-1/b/7', agent: 'eu-west-1', probe: 'edge', target: 'clip', message: '' },
      ...{ scheduled_at: '2026-11-21T12:00:05.000Z', trigger: 'schedule', layer: 'http', code: 'status' },
      ...{ region: 'eu-west', blame: 'target', has_evidence: true },
    },
  ],
};

const EVIDENCE: Evidence = {
  dials: [
    {
      ...{ host: EVIL, port: 443, startMs: 0, address: '192.0.2.7', connectMs: 3 },
      certificate: {
        ...{ subject: EVIL, issuer: EVIL, names: EVIL, validFrom: EVIL, validTo: EVIL },
        fingerprint256: EVIL,
      },
      failed: { layer: EVIL, code: EVIL, message: EVIL },
    },
  ],
  requests: [
    {
      ...{ method: EVIL, url: EVIL, startMs: 0, headers: { [EVIL]: EVIL }, status: 503, headMs: 40 },
      ...{ answerHeaders: { [EVIL]: EVIL }, body: `one\n\n${EVIL}`, bodyBytes: 9000, bodyCut: true },
    },
  ],
  requestsLeftOut: 2,
  phases: [{ name: EVIL, startMs: 0, durationMs: 40, note: EVIL }],
  screenshot: { type: 'image/jpeg', base64: 'AAAA' },
};

const RUN: RunJson = {
  ...resultJsonOf({
    ...{ scheduled_at: '2026-11-21T12:00:05.000Z', outcome: 'fail', layer: 'http', blame: 'target' },
    ...{ code: 'status', message: EVIL, metrics: { ttfb_ms: 12.345 }, attributes: { pop: EVIL } },
  }),
  evidence: EVIDENCE,
};

const unsafe = /[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u;

const NOW = Date.parse('2026-11-21T12:12:00.000Z');

describe('an incident as text', () => {
  const text = incidentText(INCIDENT, { newest: RUN, nowMs: NOW });

  it('begins with how bad it is, how long it has been, and its sentence; and has what bears it out in sections', () => {
    expect(text.startsWith(`CRITICAL, OPEN for 12 min\neu-west: it is slow ${SHOWN}\n`)).toBe(true);
    const titles = text.match(/^[A-Z]+( [A-Z]+)*(?=[,:\n]| \()/gm)?.filter((one) => one !== 'CRITICAL');
    expect(titles).toEqual([
      ...['SUSPECTS', 'WHO SEES IT', 'BEFORE AND SINCE', 'WHERE IT CHANGED THE MOST', 'FAILURES'],
      ...['PARTS OF THE RUN', 'TIMELINE', 'WHO WAS TOLD', 'WHO WAS NOT TOLD', 'ASKED TO LOOK AGAIN'],
      ...['FAILED RUNS', 'SLOWEST RUNS', 'WHAT THE NEWEST OF THEM SAW', 'WATERFALL', 'CONNECTIONS'],
      ...['SCREENSHOT', 'RUN NEXT'],
    ]);
  });

  it('says whose part of the way it is and what cannot be told apart, what was changed before, what became of it', () => {
    expect(text.replaceAll(/\s+/g, ' ')).toContain('the place holds 91 % of all that is bad');
    expect(text).toContain(`isp ${SHOWN} in eu-west, route a to b`);
    expect(text).toContain(`rather country IE; not pop ${SHOWN}`);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`agent ${SHOWN} is well, isp Cable Two is raised`);
    expect(text).toMatch(/SUSPECTS: .*\n.*\n.* 1 min before +deploy/);
    expect(text).toMatch(/TIMELINE\n.*\n2026-11-21 12:00:00 +began.*\n.*12:00:20 +detected/);
  });

  it('marks every agent by what it says, with a number for each state', () => {
    expect(text).toMatch(/^eu-west +▲▲✓✕– +raised 2, well 1, silent 1, no data 1, 3 more$/m);
    expect(text).toMatch(/^us-east +✓✓ +well 2$/m);
  });

  it('says who was told, who was not and why, who sees to it, and what keeps it quiet until when', () => {
    expect(text).toMatch(/acknowledged +by nobody yet/);
    expect(text).toMatch(/kept quiet +silenced by 3f0a12bc until 2026-11-21 14:00:00 \(mara:/);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/opened pager pages receiver down, 3 attempts/);
    expect(text).toMatch(/rest\/hook +its route waits a while/);
    const seen = { by: 'mara', comment: 'rolling back', at: '2026-11-21T12:01:00.000Z' };
    expect(incidentText({ ...INCIDENT, acknowledged: seen }, { nowMs: NOW })).toMatch(
      /acknowledged +by mara at 2026-11-21 12:01:00: rolling back/,
    );
  });

  it('has medians and tails before and since, and the runs to look at, with ids that can be copied', () => {
    expect(text).toMatch(/^ttfb_ms +edge on clip +20.0 ms +412.3 ms +p95 +31.0 ms +800.0 ms$/m);
    expect(text).toMatch(/901.2 ms {2}edge on clip\n {2}eu-west-1\/b\/9$/m);
  });

  it.each([
    [{ status: 'resolved', resolved_at: '2026-11-21T14:30:00.000Z' }, 'RESOLVED after 2 h 30 min'],
    [{ status: 'resolved', resolved_at: '2026-11-21T14:30:00.000Z', merged_into: 'inc-7' }, 'PART OF inc-7'],
  ] as const)('says how it ended: %j', (more, words) => {
    const ended = incidentText({ ...INCIDENT, ...more }, { nowMs: NOW });
    expect(ended).toContain(`CRITICAL, ${words}\n`);
    expect(ended).not.toContain('by nobody yet');
  });

  it('fits a terminal of 80 columns, down to what its newest run saw', () => {
    const note = incidentText(INCIDENT, { nowMs: NOW });
    expect(note.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  });

  it('says who did not answer, and what the newest failed run saw', () => {
    for (const part of [
      'did not answer',
      '2 of 3 agents',
      '412.3 ms',
      '7 of 8',
      'us-east',
      '| one',
      '503 after',
    ])
      expect(text).toContain(part);
  });

  it('shows a screenful of series, and how many there are beside', () => {
    expect(text).toContain('(2 more in the JSON: -o json)');
    expect(text).not.toContain('eu-west-12');
  });

  it('lets nothing through that a terminal would obey', () => {
    expect(text).toContain(SHOWN);
    expect(text).not.toMatch(unsafe);
  });

  it('says how much of the traffic it concerns, and which error budgets it uses up', () => {
    const burn: BurnJson = {
      ...{ probe: 'edge', target: 'clip', objective: 0.999, period_ms: 2_592_000_000, severity: 'critical' },
      ...{ long_ms: 3_600_000, long_rate: 24.3, short_ms: 300_000, short_rate: 30, runs: 100, failures: 3 },
      ...{ began_ms: 0, ended_ms: null },
    };
    const impact = { share: 0.3, by_traffic: true, size: 1, score: 0.3 } as const;
    const evidence = { impact, budgets: [burn, { ...burn, probe: EVIL }] };
    const text = incidentText({ ...INCIDENT, evidence, runs: [] });
    expect(text).toContain('30 % of the traffic');
    expect(text).toContain('edge on clip 24 times too fast over 1h');
    expect(text).not.toMatch(unsafe);
    const watched = { impact: { share: 0.251, size: 1, score: 0.251 } };
    expect(incidentText({ ...INCIDENT, evidence: watched, runs: [] })).toContain('25 % of what is watched');
  });

  it('is whole without second looks, without failed runs, and with the evidence of an earlier version', () => {
    const bare = incidentText({ ...INCIDENT, evidence: {}, runs: [] });
    expect(bare).toContain('inc-1');
    expect(bare).not.toMatch(/WHO SEES|ASKED|FAILED/);
  });
});

describe('a run as text', () => {
  it('lets nothing through that a terminal would obey', () => {
    const text = runText(RUN);
    expect(text).not.toMatch(unsafe);
    expect(text).toContain(`  | one\n  |\n  | ${SHOWN}\n`);
    for (const part of [
      '12.3 ms',
      '192.0.2.7',
      'certificate:',
      '(2 earlier requests are left out)',
      '/screenshot',
    ])
      expect(text).toContain(part);
  });

  it('is no longer than honest evidence, however much is sent', () => {
    const [dial] = EVIDENCE.dials;
    const [request] = EVIDENCE.requests;
    const [phase] = EVIDENCE.phases;
    if (!dial || !request || !phase) throw new Error('no evidence');
    const many = <T>(one: T): T[] => Array.from({ length: 5000 }, () => one);
    const flood = { ...EVIDENCE, dials: many(dial), requests: many(request), phases: many(phase) };
    expect(evidenceText(flood, 'r').join('\n').split('\n').length).toBeLessThan(400);
  });

  it.each([
    [{}],
    [{ dials: 7, requests: 'x', phases: null }],
    [{ ...EVIDENCE, phases: [{ name: 5, startMs: 'a', durationMs: null }] }],
    [{ ...EVIDENCE, requests: [null] }],
  ])('says that evidence which is none cannot be read: %j', (evidence) => {
    expect(evidenceText(evidence as unknown as Evidence, 'r')).toEqual([
      'The evidence of this run cannot be read; -o json shows it as it came.',
    ]);
  });
});
