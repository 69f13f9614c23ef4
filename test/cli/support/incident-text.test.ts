import { describe, expect, it } from 'vitest';
import type { RunJson } from '../../../cli/support/api-types.ts';
import { type IncidentDetailJson, incidentText } from '../../../cli/support/incident-text.ts';
import { evidenceText, runText } from '../../../cli/support/run-text.ts';
import type { Evidence } from '../../../probes/evidence.ts';

/** Would colour, clear or turn around what a terminal shows after it. */
const EVIL = '\u001b[2Jevil\u202e';
const SHOWN = '\\x1b[2Jevil\\u202e';

const INCIDENT: IncidentDetailJson = {
  ...{ id: 'inc-1', scope: 'region:eu-west', scope_kind: 'region', status: 'open', metric: 'ttfb_ms' },
  ...{ blame: 'target', severity: 'critical', summary: `eu-west: it is slow ${EVIL}` },
  ...{ started_at: '2026-11-21T12:00:00.000Z', detected_at: '2026-11-21T12:00:11.000Z', resolved_at: null },
  evidence: {
    place: { verdict: 'REGION', share: 0.914 },
    changes: [{ at_ms: 1_795_262_340_000, kind: 'deploy', name: EVIL, text: EVIL, lead_ms: 60_000 }],
    timeline: [
      { at_ms: 1_795_262_400_000, what: 'began', text: '' },
      { at_ms: 1_795_262_420_000, what: 'detected', text: EVIL },
    ],
    ...{ agents: ['eu-west-1', 'eu-west-2'], agents_heard: 3, silent_agents: [] },
    series: Array.from({ length: 14 }, (_, i) => ({
      ...{ agent: `eu-west-${i}`, probe: 'edge', target: 'clip', metric: 'ttfb_ms' },
      ...{ before: 20, after: 412.34, limit: 31, exceeded: 7, samples: 8 },
    })),
    unaffected: [{ kind: 'region', name: 'us-east', share: 0 }],
    failures: [{ layer: 'http', code: 'status', blame: 'target', count: 5 }],
    phases: [{ metric: 'connect_ms', before: 10, after: 11 }],
    second_look: { stand: 'supports', text: 'confirmed' },
    confirmations: [
      {
        ...{ region: 'eu-west', probe: 'edge', target: 'clip', metric: 'ttfb_ms', verdict: 'region' },
        ...{ asked_ms: 0, settled_ms: 2000 },
        answers: [
          {
            ...{ agent: EVIL, region: 'eu-west', role: 'same', network: 'AS1', outcome: 'silent' },
            ...{ raised: null, value: null, limit: null, code: '' },
          },
        ],
      },
    ],
  },
  runs: [
    {
      ...{ run_id: 'eu-west-1/b/7', agent: 'eu-west-1', probe: 'edge', target: 'clip', message: '' },
      ...{ scheduled_at: '2026-11-21T12:00:05.000Z', trigger: 'schedule', layer: 'http', code: 'status' },
      has_evidence: true,
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
  ...{ run_id: 'eu-west-1/b/7', agent: 'eu-west-1', region: 'eu-west', probe: 'edge', type: 'http' },
  ...{ target: 'clip', scheduled_at: '2026-11-21T12:00:05.000Z', trigger: 'schedule', duration_ms: 40 },
  ...{ outcome: 'fail', layer: 'http', blame: 'target', code: 'status', message: EVIL, missed_reason: '' },
  ...{ request_id: '', metrics: { ttfb_ms: 12.345 }, attributes: { pop: EVIL } },
  ...{ agent_state: { disturbed: false }, evidence: EVIDENCE },
} as const;

const unsafe = /[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u;

describe('an incident as text', () => {
  const text = incidentText(INCIDENT, RUN);

  it('says whose part of the way it is, what was changed shortly before, and what became of it', () => {
    expect(text).toMatch(/place +REGION, with 91 % of all that is bad/);
    expect(text).toMatch(/CHANGED SHORTLY BEFORE\n.*\n.*deploy .* 60 s/);
    expect(text).toMatch(/TIMELINE\n.*\n.*began.*\n.*detected/);
  });

  it('begins with its sentence, and has what bears it out in sections', () => {
    expect(text.startsWith(`eu-west: it is slow ${SHOWN}\n`)).toBe(true);
    const titles = text.match(/^[A-Z]+( [A-Z]+)*(?=[,:\n])/gm);
    expect(titles).toEqual([
      ...['EVIDENCE', 'WHERE IT CHANGED THE MOST', 'FAILURES', 'PARTS OF THE RUN'],
      ...['CHANGED SHORTLY BEFORE', 'TIMELINE', 'ASKED TO LOOK AGAIN'],
      ...['FAILED RUNS', 'WHAT THE NEWEST OF THEM SAW', 'WATERFALL', 'CONNECTIONS', 'SCREENSHOT'],
    ]);
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

  it('is whole without second looks, without failed runs, and with the evidence of an earlier version', () => {
    const bare = incidentText({ ...INCIDENT, evidence: {}, runs: [] });
    expect(bare).toContain('inc-1');
    expect(bare).not.toMatch(/EVIDENCE|ASKED|FAILED/);
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
