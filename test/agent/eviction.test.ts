import { describe, expect, it } from 'vitest';
import { Eviction, evictionGoal } from '../../agent/eviction.ts';
import type { OldRow } from '../../agent/spool-rows.ts';

/** Ten rows of 100 bytes, stored at 0, 10, 20 … ms. */
const ROWS: readonly OldRow[] = Array.from({ length: 10 }, (_, i) => ({
  boot: 'boot',
  bootId: 1,
  seq: i + 1,
  storedMs: i * 10,
  bytes: 100,
}));
const asked: number[] = [];
const rows = {
  oldest(limit: number) {
    asked.push(limit);
    return ROWS.slice(0, limit);
  },
};
const NEVER = Number.NEGATIVE_INFINITY;
const ANY = Number.POSITIVE_INFINITY;

const reasons = (bounds: Parameters<Eviction['next']>[1], eviction = new Eviction()) =>
  eviction.next(rows, bounds).map(({ reason, seq }) => `${seq} ${reason}`);

describe('what a spool gives up', () => {
  it('is nothing within the bounds, found out by a look at one row', () => {
    asked.length = 0;
    expect(reasons({ bytes: 1000, goalBytes: 1000, oldestMs: 0 })).toEqual([]);
    expect(asked).toEqual([1]);
  });

  it('is not looked for again until it is time for the oldest, the size is passed, or a minute is over', () => {
    const eviction = new Eviction();
    const lookedAt = (changes: Partial<Parameters<Eviction['next']>[1]>): boolean => {
      asked.length = 0;
      reasons({ bytes: 1000, goalBytes: 1000, oldestMs: -50, ...changes }, eviction);
      return asked.length > 0;
    };
    expect(lookedAt({})).toBe(true);
    expect(lookedAt({})).toBe(false);
    expect(lookedAt({ oldestMs: 0 })).toBe(false);
    expect(lookedAt({ oldestMs: 1 })).toBe(true);
    expect(lookedAt({ goalBytes: 950 })).toBe(true);
    const other = new Eviction();
    const farBack = { bytes: 1000, goalBytes: ANY, oldestMs: -1e9 };
    reasons(farBack, other);
    asked.length = 0;
    reasons({ ...farBack, oldestMs: -1e9 + 60_000 }, other);
    expect(asked).toEqual([]);
    reasons({ ...farBack, oldestMs: -1e9 + 60_001 }, other);
    expect(asked).toEqual([1]);
  });

  it('is the oldest until the rest fits', () => {
    expect(reasons({ bytes: 1000, goalBytes: 750, oldestMs: NEVER })).toEqual([
      '1 spool_full',
      '2 spool_full',
      '3 spool_full',
    ]);
  });

  it('is what is too old, whatever the size', () => {
    expect(reasons({ bytes: 1000, goalBytes: ANY, oldestMs: 20 })).toEqual(['1 spool_age', '2 spool_age']);
  });

  it('has the reason of size as long as that is the trouble, then that of age', () => {
    expect(reasons({ bytes: 1000, goalBytes: 900, oldestMs: 20 })).toEqual(['1 spool_full', '2 spool_age']);
  });

  it('begins past the limit, and goes on a little below it', () => {
    expect(evictionGoal(1000, 1000)).toBe(ANY);
    expect(evictionGoal(1001, 1000)).toBe(950);
  });

  it('of an empty spool is nothing', () => {
    expect(new Eviction().next({ oldest: () => [] }, { bytes: 0, goalBytes: -1, oldestMs: ANY })).toEqual([]);
  });
});
