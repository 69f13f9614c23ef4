import { expect, it } from 'vitest';
import { agentState, completenessText, spoolText } from '../../../collector/dashboard/agents-text.js';
import { concerns } from '../../../collector/dashboard/incident-about.js';
import { incidentLines, incidentMarks } from '../../../collector/dashboard/incident-lines.js';
import { wantedIncidents } from '../../../collector/dashboard/pages/incidents.js';
import { budgetText, burnText } from '../../../collector/dashboard/slos.js';
import { standingOf } from '../../../collector/dashboard/standing.js';

const incident = {
  ...{
    scope: 'region:eu-west',
    scope_kind: 'region',
    probe: null,
    target: null,
    metric: 'ttfb_ms',
    summary: 'It is slow.',
  },
  ...{
    started_at: '2026-11-21T12:00:00Z',
    detected_at: '2026-11-21T12:00:11Z',
    resolved_at: null,
    merged_into: null,
  },
  evidence: {
    ...{ agents: ['eu-west-1'], silent_agents: ['eu-west-2'], cells: [{ probe: 'page', target: 'origin' }] },
    changes: [{ at_ms: Date.UTC(2026, 10, 21, 11, 59), kind: 'deploy', name: 'web-1' }],
  },
};

it('an incident concerns what it names and what is in its evidence', () => {
  const found = [{ probe: 'page' }, { target: 'origin' }, { agent: 'eu-west-1' }, { agent: 'eu-west-2' }].map(
    (of) => concerns(incident, of),
  );
  expect(found).toEqual([true, true, true, true]);
  expect(
    [{ probe: 'other' }, { target: 'other' }, { agent: 'us-1' }].map((of) => concerns(incident, of)),
  ).toEqual([...[false, false, false]]);
  expect(concerns({ scope: 'agent:a-1' }, { agent: 'a-1' })).toBe(true);
});

it('incidents are found by place, by words, and by the end of the time; parts of wider ones when asked for', () => {
  const none = { status: '', scope: '', words: '', parts: '' };
  const noon = Date.UTC(2026, 10, 21, 12);
  const part = { ...incident, merged_into: 'inc-9' };
  const of = (filter: object, toMs = noon) =>
    wantedIncidents([incident, part], { ...none, ...filter }, toMs).length;
  expect([of({}), of({ parts: 'shown' }), of({ scope: 'region' }), of({ scope: 'agent' })]).toEqual([
    1, 2, 1, 0,
  ]);
  expect([of({ words: 'SLOW eu-west' }), of({ words: 'fast' }), of({}, noon - 1)]).toEqual([1, 0, 0]);
});

it('marks of an incident are its onset, its detection, its end and what was changed before', () => {
  expect(incidentMarks(incident).map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    ...['incident began', 'incident detected', 'change deploy web-1'],
  ]);
});

it('what is drawn of an incident is its metric, or the share of failures, or how many runs came', () => {
  const point = { ok: 3, fail: 1, missed: 0, p50: null, tail: null };
  const nothing = { ...point, ok: 0, fail: 0 };
  const titles = (metric: string, inside: object) => {
    const { lines, title, unit } = incidentLines(metric, [{ inside, elsewhere: nothing }]);
    return [title, unit, lines.map(({ values }) => values[0])];
  };
  expect(titles('ttfb_ms', { ...point, p50: 20, tail: 40 })).toEqual([
    ...['Time to first byte: there and elsewhere', 'ms', [20, 40, null]],
  ]);
  expect(titles('failure_ratio', point)).toEqual([
    ...['Share of runs that failed: there and elsewhere', 'ratio', [0.25, null]],
  ]);
  expect(titles('silence', point)).toEqual(['Runs that were heard of, each step', 'runs', [4]]);
});

it('nothing is green before it is known, nor when it fails', () => {
  const probe = { paused: false, agents: ['a'] };
  const words = [
    standingOf(probe, 0, undefined),
    standingOf(probe, 0, { ok: 0, fail: 0 }),
    standingOf(probe, 0, { ok: 90, fail: 10 }),
    standingOf(probe, 2, { ok: 100, fail: 0 }),
    standingOf({ ...probe, paused: true }, 0, { ok: 1, fail: 0 }),
    standingOf({ ...probe, agents: [] }, 0, { ok: 1, fail: 0 }),
    standingOf(probe, 0, { ok: 100, fail: 0 }),
  ];
  expect(words.map(({ word }) => word)).toEqual([
    ...['Asking…', 'No runs', 'Failing', '2 incidents', 'Paused', 'No agent', 'OK'],
  ]);
  expect(words.filter(({ state }) => state === 'ok')).toHaveLength(1);
});

it('an agent is told by a word, what it holds and how complete its results are', () => {
  expect(['connected', 'silent', 'stopped'].map((state) => agentState(state).word)).toEqual([
    ...['Connected', 'Silent', 'Stopped'],
  ]);
  expect(spoolText({ health: { pending: 1, spool: { bytes: 2500, refusing: true } } })).toBe(
    '1 result, 2.5 kB, full: refusing',
  );
  expect(spoolText({ health: null })).toBe('not heard');
  expect([completenessText({ expected: 100, stored: 99 }), completenessText(undefined)]).toEqual([
    ...['99.0 %', 'nothing expected'],
  ]);
});

it('a budget is told by what is left of it, and how fast it goes', () => {
  const of = (remaining_ratio: number | null) =>
    budgetText({ budget: { remaining_ratio, remaining_seconds: 1560 } }).text;
  expect([0.62, 0.1, -0.4, null].map(of)).toEqual([
    ...[
      '✓ 62.0 % left (26 min)',
      '▲ 10.0 % left (26 min)',
      '✕ used up, 40.0 % beyond it',
      'not measured yet',
    ],
  ]);
  expect(burnText({ burn: [{ burning: true, rate: 14.44, window: '1h' }, { burning: false }] })).toBe(
    '▲ 14.4× too fast over 1h',
  );
  expect(burnText({ burn: [] })).toBe('not too fast');
});
