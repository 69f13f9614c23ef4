import { describe, expect, it } from 'vitest';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { Sightings } from '../../../collector/members/sightings.ts';

const row = (incarnation: string, beat: number) => ({ incarnation, beat });
const GAP_MS = MEMBER_LIMITS.gapMs.value;

describe('how long another collector has given no sign of life', () => {
  it('is nothing for one that is seen for the first time, or that nobody knows', () => {
    const sightings = new Sightings();
    expect(sightings.unchangedMs('a')).toBe(0);
    sightings.looked([row('a', 7)], 1000, 1010);
    expect(sightings.unchangedMs('a')).toBe(0);
  });

  it('grows from the end of the first look at its beat to the beginning of the last', () => {
    const sightings = new Sightings();
    sightings.looked([row('a', 7), row('b', 1)], 1000, 1010);
    sightings.looked([row('a', 7), row('b', 2)], 3000, 3010);
    sightings.looked([row('a', 7), row('b', 3)], 5000, 5010);
    expect(sightings.unchangedMs('a')).toBe(5000 - 1010);
    expect(sightings.unchangedMs('b')).toBe(0);
  });

  it('is nothing again once it beats', () => {
    const sightings = new Sightings();
    sightings.looked([row('a', 7)], 1000, 1010);
    sightings.looked([row('a', 7)], 3000, 3010);
    sightings.looked([row('a', 8)], 5000, 5010);
    expect(sightings.unchangedMs('a')).toBe(0);
  });

  it('does not count a time in which nobody looked: the store may have been away for all', () => {
    const sightings = new Sightings();
    sightings.looked([row('a', 7)], 1000, 1010);
    sightings.looked([row('a', 7)], 1000 + GAP_MS + 1, 1020 + GAP_MS);
    expect(sightings.unchangedMs('a')).toBe(0);
    sightings.looked([row('a', 7)], 1000 + 2 * GAP_MS, 1010 + 2 * GAP_MS);
    expect(sightings.unchangedMs('a')).toBe(GAP_MS - 20);
  });

  it('forgets who has ended', () => {
    const sightings = new Sightings();
    sightings.looked([row('a', 7)], 1000, 1010);
    sightings.looked([], 2000, 2010);
    sightings.looked([row('a', 7)], 3000, 3010);
    expect(sightings.unchangedMs('a')).toBe(0);
  });
});
