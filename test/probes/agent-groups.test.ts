import { describe, expect, it } from 'vitest';
import { expandGroups, groupsIn } from '../../probes/agent-groups.ts';
import { LOCATION_LIMITS, parseExpression } from '../../probes/location.ts';

const GROUPS = new Map([
  ['homes', 'residential + eu-west | AS3320'],
  ['lab', 'tag:"test bench"'],
]);

describe('a group of agents in a location', () => {
  it('stands for its places, each with what else is asked for', () => {
    expect(expandGroups({ at: 'berlin + group:homes', count: 2 }, GROUPS)).toEqual({
      at: '"berlin" + "residential" + "eu-west" | "berlin" + asn:"3320"',
      count: 2,
    });
  });

  it('that is not meant excludes each of its places', () => {
    expect(expandGroups({ at: '!group:homes' }, GROUPS).at).toBe(
      '!"residential" + !asn:"3320" | !"eu-west" + !asn:"3320"',
    );
  });

  it('becomes text that is read as the same places', () => {
    expect(parseExpression(expandGroups({ at: 'group:lab' }, GROUPS).at ?? '')).toEqual([
      [{ not: false, label: 'tag', value: 'test bench' }],
    ]);
  });

  it('leaves locations without one as they are', () => {
    const location = { at: 'eu-west' };
    expect(expandGroups(location, GROUPS)).toBe(location);
    expect(groupsIn('eu-west | group:homes')).toEqual(['homes']);
  });

  it('that nobody declared, or that is too long with all its places, is an error', () => {
    expect(() => expandGroups({ at: 'group:gone' }, GROUPS)).toThrow('there is no agent group gone');
    const many = new Map([
      ['many', Array.from({ length: LOCATION_LIMITS.terms.value }, (_, i) => `a${i}`).join('|')],
    ]);
    expect(() => expandGroups({ at: 'group:many + b' }, many)).toThrow('written out');
  });

  it('that cannot be read any more with all its places written out is an error, and not for those who read it', () => {
    const long = Array.from({ length: 60 }, (_, i) => `a-long-place-${i}`).join('|');
    expect(parseExpression(long)).toHaveLength(60);
    expect(() => expandGroups({ at: 'group:long' }, new Map([['long', long]]))).toThrow(
      'with its groups written out it is longer than 1000 characters',
    );
    const odd = 'a"+"b';
    expect(parseExpression(odd)).toHaveLength(1);
    expect(() => expandGroups({ at: 'group:odd' }, new Map([['odd', odd]]))).toThrow('quotation mark');
  });
});
