import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCounters } from '../../../collector/ingest/counters.ts';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import { ProgressLookup } from '../../../collector/ingest/progress-lookup.ts';
import type { QueryParams } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

describeEngines('a lookup of progress', (engine) => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore(engine);
    await test.store.command(
      `INSERT INTO agent_progress (agent, boot, seq, results, last_at)
       SELECT concat('agent-', toString(number)), 'boot-1', number, 1, now64(3) FROM numbers(10000)`,
    );
    await test.store.insertRows('agent_progress', [
      { agent: 'agent-7', boot: 'boot-1', seq: 70, results: 1, last_at: 0 },
      { agent: 'agent-7', boot: 'boot-2', seq: 3, results: 1, last_at: 0 },
    ]);
  });
  afterAll(() => test?.close());

  it('gives the highest seq of each boot, and nothing for what the store does not have', async () => {
    const lookup = new ProgressLookup(test.store, newCounters());
    const [seven, other, nobody] = await Promise.all([
      lookup.find('agent-7', ['boot-1', 'boot-2', 'boot-3']),
      lookup.find('agent-8', ['boot-1']),
      lookup.find('agent-x', ['boot-1']),
    ]);
    expect([...seven]).toEqual(
      expect.arrayContaining([
        ['boot-1', 70],
        ['boot-2', 3],
      ]),
    );
    expect(seven.size).toBe(2);
    expect([...other]).toEqual([['boot-1', 8]]);
    expect(nobody.size).toBe(0);
  });

  it('of ten thousand agents that come at once is a few questions', async () => {
    const counters = newCounters();
    const lookup = new ProgressLookup(test.store, counters);
    const held = await Promise.all(
      Array.from({ length: 10_000 }, (_, nth) => lookup.find(`agent-${nth}`, ['boot-1'])),
    );
    for (const [nth, boots] of held.entries()) expect(boots.get('boot-1')).toBe(nth === 7 ? 70 : nth);
    expect(counters.progressLookups).toBeLessThanOrEqual(5);
  });

  it('takes the longest names that a hello can bring', async () => {
    const name = (nth: number) => `${nth}`.padStart(1024, 'ß').slice(-512);
    const lookup = new ProgressLookup(test.store, newCounters());
    const boots = Array.from({ length: 64 }, (_, nth) => name(nth));
    expect((await lookup.find(name(1), boots)).size).toBe(0);
  });
});

describe('questions for progress', () => {
  const answerless = (asked: QueryParams[]) => ({
    shards: 1,
    query: async <T>(_sql: string, params: QueryParams = {}) => {
      asked.push(params);
      return [] as T[];
    },
  });

  it('wait a moment for others; who comes after that is in the next', async () => {
    const asked: QueryParams[] = [];
    const answer = Promise.withResolvers<void>();
    const { shards, query } = answerless(asked);
    const lookup = new ProgressLookup(
      {
        shards,
        query: async <T>(sql: string, params?: QueryParams) => {
          const rows = await query<T>(sql, params);
          await answer.promise;
          return rows;
        },
      },
      newCounters(),
    );
    const startMs = performance.now();
    const first = [lookup.find('a', ['1'])];
    await Promise.resolve();
    first.push(lookup.find('b', ['1']));
    expect(asked).toEqual([]);
    await expect.poll(() => asked, { interval: 2 }).toHaveLength(1);
    // Timers count whole milliseconds.
    expect(performance.now() - startMs).toBeGreaterThan(INGEST_LIMITS.lookupWaitMs.value - 2);
    const late = lookup.find('c', ['1']);
    answer.resolve();
    await Promise.all([...first, late]);
    expect(asked.map(({ agents }) => agents)).toEqual([['a', 'b'], ['c']]);
  });

  it('hold no more names than ClickHouse takes', async () => {
    const asked: QueryParams[] = [];
    const lookup = new ProgressLookup(answerless(asked), newCounters());
    const boot = 'b'.repeat(1000);
    await Promise.all(
      Array.from({ length: 200 }, (_, nth) => lookup.find(`agent-${nth}`, [`${boot}${nth}`])),
    );
    expect(asked.length).toBe(3);
    for (const { agents, boots } of asked) {
      const bytes = [...(agents as string[]), ...(boots as string[])].join('').length;
      expect(bytes).toBeLessThanOrEqual(INGEST_LIMITS.lookupBytes.value);
    }
  });

  it('that fail fail for those who asked, and not for who asks next', async () => {
    let fails = true;
    const lookup = new ProgressLookup(
      {
        shards: 1,
        query: async <T>() => {
          if (fails) throw new Error('away');
          return [{ agent: 'a', boot: 'b', held: 4 }] as T[];
        },
      },
      newCounters(),
    );
    await expect(Promise.all([lookup.find('a', ['b']), lookup.find('c', ['d'])])).rejects.toThrow('away');
    fails = false;
    expect((await lookup.find('a', ['b'])).get('b')).toBe(4);
  });
});
