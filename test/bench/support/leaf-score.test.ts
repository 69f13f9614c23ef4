import { describe, expect, it } from 'vitest';
import { f1Of, sameSets, scoreSets } from './leaf-score.ts';

describe('the score of found sets', () => {
  it('counts exact sets only, whatever the order of names and sets', () => {
    const labelled = [{ isp: 'a', cdn: '1' }, { cdn: '2' }];
    expect(scoreSets([{ cdn: '1', isp: 'a' }, { isp: 'a' }], labelled)).toEqual({
      ...{ right: 1, found: 2, labelled: 2 },
    });
    expect(sameSets([{ cdn: '2' }, { cdn: '1', isp: 'a' }], labelled)).toBe(true);
    expect(sameSets([{ cdn: '2' }], labelled)).toBe(false);
  });

  it('is F1 over the sets of all cases, and nothing for nothing', () => {
    expect(f1Of([scoreSets([{ a: '1' }], [{ a: '1' }]), scoreSets([{ a: '1' }], [{ b: '1' }])])).toBe(0.5);
    expect(f1Of([scoreSets([], [{ a: '1' }])])).toBe(0);
    expect(f1Of([])).toBe(0);
  });
});
