import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readContentRange } from '../../sandbox/content-range.ts';

describe('readContentRange', () => {
  it('reads what a chunk is of, in any size', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (first, more, after) => {
        const [last, total] = [first + more, first + more + 1 + after];
        expect(readContentRange(`bytes ${first}-${last}/${total}`)).toEqual({
          kind: 'part',
          first,
          last,
          total,
        });
      }),
    );
  });

  it('reads the example of RFC 9110 §14.4, and one whose length is not known', () => {
    expect(readContentRange('bytes 42-1233/1234')).toEqual({
      kind: 'part',
      first: 42,
      last: 1233,
      total: 1234,
    });
    expect(readContentRange('bytes 42-1233/*')).toMatchObject({ first: 42, last: 1233, total: undefined });
  });

  it('reads the question how far an upload is', () => {
    expect(readContentRange('bytes */2000000')).toEqual({ kind: 'query', total: 2_000_000 });
    expect(readContentRange('bytes */*')).toEqual({ kind: 'query', total: undefined });
  });

  it.each([
    undefined,
    '',
    'bytes',
    'bytes 1-2',
    'bytes 5-4/10',
    'bytes 0-10/10',
    'bytes=0-1/2',
    'octets 0-1/2',
    'bytes 0-1/2, 3-4/5',
    'bytes -1-2/3',
    'bytes 0-1e3/2000',
  ])('takes %s for nothing', (header) => {
    expect(readContentRange(header)).toBeUndefined();
  });
});
