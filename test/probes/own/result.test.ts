import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLAMES, ERROR_CODES, LAYERS } from '../../../probes/outcome.ts';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import { ownFailure, parseOwnResult } from '../../../probes/own/result.ts';

const parse = (value: unknown) => parseOwnResult(JSON.stringify(value));
const problemOf = (value: unknown) => {
  const parsed = parse(value);
  return 'problem' in parsed ? parsed.problem : '';
};
const failure = { layer: 'content', blame: 'target', code: 'bad_body', message: 'The cart was empty.' };

describe('the result of an own probe', () => {
  it('may be as short as its outcome', () => {
    expect(parse({ outcome: 'ok' })).toEqual({
      result: { outcome: 'ok', metrics: {}, attributes: {}, phases: [] },
    });
  });

  it('has what was measured, and a failure where there is one', () => {
    const measured = {
      metrics: { own_ms: 12.5, ttfb_ms: 3 },
      attributes: { pop: 'fra' },
      phases: [{ name: 'search', startMs: 0, durationMs: 4, note: 'warm' }],
    };
    expect(parse({ version: 1, outcome: 'fail', failure, ...measured })).toEqual({
      result: { outcome: 'fail', failure, ...measured },
    });
  });

  it.each([
    ['no outcome', {}, 'outcome'],
    ['missed as outcome, which is the agent’s to say', { outcome: 'missed' }, 'outcome'],
    ['a failure that is not one', { outcome: 'fail' }, 'failure'],
    ['a failure on a good run', { outcome: 'ok', failure }, 'failure'],
    ['an unknown blame', { outcome: 'fail', failure: { ...failure, blame: 'me' } }, 'failure.blame'],
    ['an unknown code', { outcome: 'fail', failure: { ...failure, code: 'oops' } }, 'failure.code'],
    [
      'a metric of its own',
      { outcome: 'ok', metrics: { cart_ms: 1 } },
      'metrics.cart_ms: not in the metric dictionary',
    ],
    ['a number as text', { outcome: 'ok', metrics: { own_ms: '1' } }, 'metrics.own_ms'],
    [
      'a number past what can be stored',
      { outcome: 'ok', metrics: { own_ms: 1e300 } },
      'metrics.own_ms: too large',
    ],
    ['an attribute that is no text', { outcome: 'ok', attributes: { pop: 1 } }, 'attributes.pop'],
    ['an attribute of an odd name', { outcome: 'ok', attributes: { 'A b': 'x' } }, 'attributes.A b'],
    ['an unknown key', { outcome: 'ok', findings: [] }, 'findings'],
    ['another version', { version: 2, outcome: 'ok' }, 'version'],
    ['nothing', null, 'the whole'],
  ])('is refused with %s, and says where', (_what, value, where) => {
    expect(problemOf(value)).toContain(where);
  });

  it('is refused when it is not JSON', () => {
    expect(parseOwnResult('disk full')).toEqual({ problem: expect.stringContaining('it is not JSON') });
    expect(parseOwnResult('')).toEqual({ problem: expect.stringContaining('it is not JSON') });
  });

  it('is refused past the limits: resultBytes, attributes, phases, metrics', () => {
    const many = (count: number, make: (index: number) => unknown) =>
      Array.from({ length: count }, (_, i) => make(i));
    const { attributes, metrics, phases, resultBytes } = OWN_LIMITS;
    expect(problemOf({ outcome: 'ok', attributes: { a: 'x'.repeat(resultBytes.value) } })).toContain(
      'larger than',
    );
    const named = (count: number) =>
      Object.fromEntries(many(count, (index) => [`a${index}`, 'x']) as [string, string][]);
    expect(problemOf({ outcome: 'ok', attributes: named(attributes.value) })).toBe('');
    expect(problemOf({ outcome: 'ok', attributes: named(attributes.value + 1) })).toContain('attributes');
    const phase = () => ({ name: 'p', startMs: 0, durationMs: 1 });
    expect(problemOf({ outcome: 'ok', phases: many(phases.value, phase) })).toBe('');
    expect(problemOf({ outcome: 'ok', phases: many(phases.value + 1, phase) })).toContain('phases');
    const numbers = Object.fromEntries(
      many(metrics.value + 1, (index) => [`m${index}_ms`, 1]) as [string, number][],
    );
    expect(problemOf({ outcome: 'ok', metrics: numbers })).toContain(`more than ${metrics.value} metrics`);
  });

  it('never makes anything else than a result or a problem of whatever JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parse(value);
        if ('problem' in parsed) expect(parsed.problem).not.toBe('');
        else expect(['ok', 'fail']).toContain(parsed.result.outcome);
      }),
    );
  });

  it('keeps every failure that the vocabulary can say', () => {
    const failures = fc.record({
      layer: fc.constantFrom(...LAYERS),
      blame: fc.constantFrom(...BLAMES),
      code: fc.constantFrom(...Object.keys(ERROR_CODES)),
      message: fc.string({ minLength: 1, maxLength: 200 }),
    });
    fc.assert(
      fc.property(failures, (one) => {
        expect(parse({ outcome: 'fail', failure: one })).toMatchObject({ result: { failure: one } });
      }),
    );
  });
});

describe('a failure of the agent’s side', () => {
  it('is the agent’s, whatever it was, and short enough for the wire', () => {
    const result = ownFailure('own_probe', 'word '.repeat(1000));
    expect(result).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'agent', blame: 'agent', code: 'own_probe' },
    });
    const message = result.outcome === 'fail' ? result.failure.message : '';
    expect(message.length).toBeGreaterThan(1000);
    expect(message.length).toBeLessThanOrEqual(1024);
    expect(message.endsWith('word')).toBe(true);
  });
});
