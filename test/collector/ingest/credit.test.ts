import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Credit, CreditPool, refreshCredits } from '../../../collector/ingest/credit.ts';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';

const open = (pool: CreditPool, sessions: number) => Array.from({ length: sessions }, () => pool.open());

describe('credit', () => {
  it('is an equal part of the queue, at most what one session may have, and one at least', () => {
    const pool = new CreditPool(1000);
    const [first] = open(pool, 1) as [Credit];
    expect(first.renew()).toBe(1000);
    const others = open(pool, 9);
    expect(first.renew()).toBe(100);
    expect(others.map((credit) => credit.renew())).toEqual(Array(9).fill(100));
    open(pool, 5000);
    expect(first.renew()).toBe(1);
    expect(new CreditPool().share).toBe(LINK_LIMITS.creditResults.value);
  });

  it('never grants more than there is: a newcomer waits until the others have got less', () => {
    const pool = new CreditPool(1000);
    const [first] = open(pool, 1) as [Credit];
    first.renew();
    const [second] = open(pool, 1) as [Credit];
    expect(second.renew()).toBe(1);
    expect(second.stale).toBe(true);
    expect(first.stale).toBe(true);
    expect(first.renew()).toBe(500);
    expect(second.renew()).toBe(500);
    expect([first.stale, second.stale]).toEqual([false, false]);
    expect(pool.granted).toBe(1000);
  });

  it('is shared out evenly in two looks at all sessions, though they came one by one and nothing is sent', () => {
    const pool = new CreditPool(150_000);
    const credits: Credit[] = [];
    const refresh = () => {
      for (const credit of credits) if (credit.stale) credit.renew();
    };
    for (let session = 0; session < 1000; session += 1) {
      credits.push(...open(pool, 1));
      credits.at(-1)?.renew();
      if (session % 100 === 0) refresh();
    }
    refresh();
    refresh();
    const granted = credits.map((credit) => credit.granted);
    expect(Math.min(...granted)).toBeGreaterThanOrEqual(pool.share / 2);
    expect(Math.max(...granted)).toBeLessThanOrEqual(1.5 * pool.share);
  });

  it('goes back when the session ends, once', () => {
    const pool = new CreditPool(1000);
    const [first, second] = open(pool, 2) as [Credit, Credit];
    first.renew();
    second.renew();
    first.close();
    first.close();
    expect(pool.granted).toBe(500);
    expect(second.renew()).toBe(1000);
  });

  it('allows what was granted before, until the agent has surely heard of the smaller part', () => {
    const pool = new CreditPool(1000);
    const [first] = open(pool, 1) as [Credit];
    first.renew();
    open(pool, 9);
    expect(first.renew()).toBe(100);
    expect(first.most).toBe(1000);
    first.age();
    expect(first.most).toBe(1000);
    first.age();
    expect(first.most).toBe(100);
    first.renew();
    expect(first.most).toBe(100);
  });

  it('whatever sessions come, go and are acknowledged: the sum granted is at most the queue and one for each', () => {
    const step = fc.oneof(
      fc.constant(['open'] as const),
      fc.tuple(fc.constant('renew' as const), fc.nat(100)),
      fc.tuple(fc.constant('close' as const), fc.nat(100)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pool = new CreditPool(500);
        const sessions: Credit[] = [];
        const granted = new Map<Credit, number>();
        for (const [what, nth = 0] of steps) {
          if (what === 'open') sessions.push(pool.open());
          const credit = sessions[nth % Math.max(1, sessions.length)];
          if (!credit) continue;
          if (what === 'close') {
            credit.close();
            granted.delete(credit);
            sessions.splice(sessions.indexOf(credit), 1);
          } else granted.set(credit, credit.renew());
          const sum = [...granted.values()].reduce((total, part) => total + part, 0);
          expect(pool.granted).toBe(sum);
          expect(sum).toBeLessThanOrEqual(500 + sessions.length);
          for (const part of granted.values()) expect(part).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it('that has changed is told to so many at a time, to the others the next time', () => {
    const most = INGEST_LIMITS.creditsPerSweep.value;
    const pool = new CreditPool(10 * most);
    const told: number[] = [];
    const sessions = open(pool, most + 200).map((credit, nth) => ({
      refreshCredit: () => {
        if (!credit.stale) return false;
        credit.renew();
        told.push(nth);
        return true;
      },
    }));
    refreshCredits(sessions);
    expect(told).toEqual(sessions.slice(0, most).map((_, nth) => nth));
    refreshCredits(sessions);
    expect(told).toEqual(sessions.map((_, nth) => nth));
    refreshCredits(sessions);
    expect(told).toHaveLength(sessions.length);
  });

  it('of as many sessions as are let in is still a few results each', () => {
    const pool = new CreditPool();
    const credits = open(pool, INGEST_LIMITS.sessions.value);
    for (let round = 0; round < 2; round += 1) for (const credit of credits) credit.renew();
    expect(pool.share).toBe(7);
    expect(pool.granted).toBe(7 * INGEST_LIMITS.sessions.value);
  });
});
