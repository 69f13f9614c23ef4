import { expect, it } from 'vitest';
import { confirmationTables } from '../../../cli/support/confirmation-table.ts';

it('a second look is told in a line, and who said what in a table', () => {
  const who = { region: 'eu-west', code: '', limit: 112.5, network: 'AS1 One', run_id: '' };
  const text = confirmationTables([
    {
      ...{ region: 'eu-west', probe: 'edge', target: 'clip', metric: 'ttfb_ms', verdict: 'here' },
      ...{ agent: 'eu-west-1', request_id: 'r1' },
      ...{ asked_ms: Date.UTC(2026, 10, 21, 3, 40, 45), settled_ms: Date.UTC(2026, 10, 21, 3, 40, 47) },
      answers: [
        { ...who, agent: 'eu-west-1', role: 'same', outcome: 'ok', raised: true, value: 415.2 },
        { ...who, agent: 'eu-west-2', role: 'sibling', outcome: 'silent', raised: null, value: null },
        {
          ...who,
          agent: 'eu-west-4',
          role: 'sibling',
          outcome: 'ok',
          raised: null,
          value: 9,
          disturbed: true,
        },
        {
          ...who,
          agent: 'eu-west-3',
          role: 'sibling',
          outcome: 'fail',
          raised: true,
          value: null,
          code: 'timeout',
        },
        {
          ...who,
          agent: 'us-east-1',
          region: 'us-east',
          role: 'neighbour',
          outcome: 'ok',
          raised: false,
          value: 9,
        },
      ],
    },
  ]);
  const lines = text.split('\n');
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(lines.map((line) => line.replace(/ {2,}/g, '  ').trim())).toEqual([
    '2026-11-21 03:40:45  ttfb_ms of edge on clip in eu-west: here: it was still',
    'there, after 2.0 s',
    'ASKED  AGENT  NETWORK  OUTCOME  SAYS  VALUE  NORMAL TO',
    'same  eu-west-1  AS1 One  ok  raised  415.2 ms  112.5 ms',
    'sibling  eu-west-2  AS1 One  did not  no say  –  112.5 ms',
    'answer',
    'sibling  eu-west-4  AS1 One  ok  no say:  9.0 ms  112.5 ms',
    'disturbed',
    'sibling  eu-west-3  AS1 One  fail timeout  raised  –  112.5 ms',
    'neighbour  us-east-1  AS1 One  ok  well  9.0 ms  112.5 ms',
    'us-east',
  ]);
});
