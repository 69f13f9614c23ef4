import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from '../../probes/suggest.ts';

describe('the edit distance', () => {
  it('is 0 for the same word only, and the same both ways', () => {
    const word = fc.stringMatching(/^[a-c]{0,6}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('counts a swap of neighbours as one', () => {
    expect(editDistance('htpp', 'http')).toBe(1);
    expect(editDistance('evrey', 'every')).toBe(1);
  });
});

describe('a suggestion', () => {
  it('is the nearest known word', () => {
    expect(suggest('lables', ['labels', 'url', 'name'])).toBe('labels');
    expect(suggest('Region', ['region', 'country'])).toBe('region');
  });

  it('takes no time for a very long word', () => {
    expect(suggest('x'.repeat(1e6), ['y'.repeat(1e6)])).toBeUndefined();
  });

  it('is not made where nothing is near', () => {
    expect(suggest('colour', ['url', 'name', 'labels'])).toBeUndefined();
    expect(suggest('x', [])).toBeUndefined();
  });
});
