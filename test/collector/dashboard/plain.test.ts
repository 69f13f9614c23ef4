import { describe, expect, it } from 'vitest';
import { sawText } from '../../../collector/dashboard/confirmations.js';
import { fields, finite, items, plain, plainLines } from '../../../collector/dashboard/plain.js';

describe('text of others', () => {
  it('is one line, bounded, and shows what would hide or turn letters around', () => {
    expect(plain('a\nb\tc')).toBe('a b c');
    expect(plain('x\u0000\u001b[31m\u202eevil\u200b\u2066')).toBe(
      'x\\u0000\\u001b[31m\\u202eevil\\u200b\\u2066',
    );
    expect(plain('y'.repeat(5000))).toHaveLength(601);
    expect(plain(7)).toBe('7');
  });

  it('is nothing where it is not text', () => {
    for (const value of [null, undefined, {}, ['a'], true, () => 'a']) expect(plain(value)).toBe('');
    expect(plainLines(7)).toBe('');
  });

  it('keeps its lines where it has several', () => {
    expect(plainLines('a\r\nb\n\tc\u0007')).toBe('a\nb\n\tc\\u0007');
    expect(plainLines('z'.repeat(9000))).toHaveLength(2049);
  });

  it('is read as the objects and numbers that it should be, and else as none', () => {
    expect(items(['a', null, { b: 1 }, [2]], 10)).toEqual([{}, {}, { b: 1 }, {}]);
    expect(items([{ n: 1 }, { n: 2 }, { n: 3 }], 2)).toEqual([{ n: 2 }, { n: 3 }]);
    for (const value of [undefined, 'abc', { length: 3 }]) expect(items(value, 5)).toEqual([]);
    expect(fields([1])).toEqual({});
    for (const value of ['1', Number.NaN, Number.POSITIVE_INFINITY, 1e300, null])
      expect(finite(value)).toBeNull();
    expect(finite(-2.5)).toBe(-2.5);
  });
});

describe('what an agent saw when it was asked again', () => {
  it.each([
    [{ outcome: 'silent', raised: null }, 'none', 'did not answer'],
    [{ outcome: 'missed', raised: null, code: 'shed' }, 'none', 'could not run: shed'],
    [{ outcome: 'fail', raised: true, code: 'timeout' }, 'raised', 'failed: timeout'],
    [{ outcome: 'fail', raised: null, code: 'browser_crashed' }, 'none', 'failed: browser_crashed (no say)'],
    [{ outcome: 'ok', raised: true, value: 412.4, limit: 30 }, 'raised', '412 ms, normal to 30 ms'],
    [{ outcome: 'ok', raised: false, value: 20 }, 'well', '20 ms'],
    [{ outcome: 'ok', raised: false }, 'well', 'succeeded'],
    [{ outcome: 'ok', raised: null, value: 20 }, 'none', '20 ms (no say)'],
    [{ outcome: 'ok', raised: null, value: 900, disturbed: true }, 'none', '900 ms (no say: disturbed)'],
    [{}, 'none', 'succeeded (no say)'],
  ])('%j', (answer, state, text) => {
    expect(sawText(answer, 'ms')).toEqual([state, text]);
  });
});
