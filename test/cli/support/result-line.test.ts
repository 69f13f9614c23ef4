import { expect, it } from 'vitest';
import { resultLine } from '../../../cli/support/result-line.ts';
import type { ResultJson } from '../../../collector/api/answers/checks.ts';
import { resultJsonOf } from '../../support/result-json.ts';

const RESULT = resultJsonOf({
  ...{ duration_ms: 40.4, metrics: { ttfb_ms: 21.26, a_ms: 1, b_ms: 2, c_ms: 3, d_ms: 4 } },
});
const PIPE = { colours: false, columns: Number.POSITIVE_INFINITY };
const line = (more: Partial<ResultJson> = {}) => resultLine({ ...RESULT, ...more }, PIPE);

it('a result in a line has when, where, what, how it ended, and its first numbers', () => {
  expect(line()).toBe(
    '2026-11-21T12:00:00.000Z  eu-west  eu-west-1  edge  clip  ok  40 ms  ttfb_ms=21.3 a_ms=1 b_ms=2 c_ms=3',
  );
});

it('says what asked for it when that was not the schedule, and why it failed or was missed', () => {
  expect(line({ trigger: 'confirm', metrics: {} })).toMatch(/ clip {2}confirm {2}ok {2}40 ms {2}–$/);
  const failed = { outcome: 'fail', layer: 'http', code: 'timeout', blame: 'network' } as const;
  expect(line(failed)).toContain('clip  fail http/timeout (blame network)  40 ms');
  expect(line({ outcome: 'missed', missed_reason: 'shed' })).toContain('clip  missed shed');
});

it('makes control characters of names visible', () => {
  expect(line({ agent: 'a\u001b[31m' })).toContain('a\\x1b[31m');
});

it('is as long as the screen is wide at most: fewer numbers first, then cut', () => {
  const at = (columns: number) => resultLine(RESULT, { colours: false, columns });
  expect(at(80)).toBe('12:00:00  eu-west-1  edge  clip  ok  40 ms  ttfb_ms=21.3 a_ms=1 b_ms=2 c_ms=3');
  expect(at(60)).toBe('12:00:00  eu-west-1  edge  clip  ok  40 ms  ttfb_ms=21.3');
  expect(at(30)).toBe('12:00:00  eu-west-1  edge  cl…');
});

it('has the outcome in colour on a screen', () => {
  const failed = { ...RESULT, outcome: 'fail', layer: 'http', code: 'status', blame: 'target' } as const;
  expect(resultLine(failed, { colours: true, columns: 80 })).toContain(
    '\u001b[31mfail\u001b[39m http/status',
  );
});
