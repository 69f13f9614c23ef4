import { describe, expect, it } from 'vitest';
import { LedgerCache } from '../../../collector/api/ledger-cache.ts';
import type { Ledger } from '../../../collector/registry/registry.ts';

/** A ledger that takes `tookMs` of the clock, and counts how often it was read. */
function slowLedger(tookMs: number) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => clock.nowMs };
  const reads = { count: 0, fail: false };
  const registry = {
    ledger: async (): Promise<Ledger> => {
      reads.count += 1;
      clock.nowMs += tookMs;
      if (reads.fail) throw new Error('no store');
      return { sinceMs: reads.count, agents: [], total: {} as Ledger['total'] };
    },
  };
  return { clock, reads, cache: new LedgerCache(registry, clock, 1000) };
}

describe('the kept ledger', () => {
  it('is read once for all who ask within its age', async () => {
    const { cache, reads, clock } = slowLedger(1);
    await Promise.all([cache.read(), cache.read()]);
    clock.nowMs += 999;
    await cache.read();
    expect(reads.count).toBe(1);
    clock.nowMs += 2;
    expect((await cache.read()).sinceMs).toBe(2);
  });

  it('takes a tenth of the time at most, however slow it is', async () => {
    const { cache, reads, clock } = slowLedger(500);
    await cache.read();
    clock.nowMs += 4499;
    await cache.read();
    expect(reads.count).toBe(1);
    clock.nowMs += 1;
    await cache.read();
    expect(reads.count).toBe(2);
  });

  it('does not keep a failure', async () => {
    const { cache, reads } = slowLedger(1);
    reads.fail = true;
    await expect(cache.read()).rejects.toThrow('no store');
    reads.fail = false;
    expect((await cache.read()).sinceMs).toBe(2);
  });
});
