import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GivenUp, GivenUpRows } from '../../../collector/publish/given-up.ts';
import { PUBLICATION_LIMITS } from '../../../collector/publish/limits.ts';
import type { ResultBlock } from '../../../collector/store/result-block.ts';
import { labelsOf } from '../../support/records.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

/** However busy the machine is. */
const SOON = { timeout: 15_000 };

let test: TestStore;
beforeEach(async () => {
  test = await openTestStore('embedded');
});
afterEach(() => test.close());

const given = (more: Partial<GivenUp> = {}): GivenUp => ({
  ...{ run: 'u1', probe: 'post', type: 'publish', target: 'clip', region: 'mars', reason: 'agent_down' },
  askedMs: Date.now(),
  ...more,
});

type StorePart = ConstructorParameters<typeof GivenUpRows>[0]['store'];

function rowsIn(store: Partial<StorePart> = {}, gatherMs = 1): GivenUpRows {
  const { insertResults, life, query, shards } = test.store;
  return new GivenUpRows({
    store: { insertResults, life, query, shards, ...store },
    ...{ name: 'c1', run: 'c1-1:publish', log: SILENT_LOG, retryMs: 1, gatherMs },
  });
}

const stored = () =>
  test.store.query(
    `SELECT agent, boot, seq, region, country, probe, type, target, trigger, request_id, outcome, missed_reason,
     attributes, uniqExact(block) OVER (PARTITION BY request_id) AS blocks
     FROM results ORDER BY seq`,
  );

describe('a watcher that was given up', () => {
  it('is a missed row of an author of its own, with whom it is about', async () => {
    const rows = rowsIn();
    const watcher = { id: 'us-1', labels: labelsOf('us-east') };
    rows.add([given(), given({ region: 'us-east', watcher })]);
    rows.add([given({ run: 'u2', reason: 'shed' })]);
    rows.add([]);
    await rows.close();
    const common = {
      ...{ agent: 'collector:c1', boot: 'c1-1:publish', probe: 'post', type: 'publish', target: 'clip' },
      ...{ trigger: 'publish', outcome: 'missed', missed_reason: 'agent_down', request_id: 'u1', blocks: 1 },
    };
    expect(await stored()).toEqual([
      { ...common, seq: 1, region: 'mars', country: '', attributes: { publish_run: 'u1' } },
      {
        ...{ ...common, seq: 2, region: 'us-east', country: 'DE' },
        attributes: { publish_run: 'u1', watcher: 'us-1' },
      },
      {
        ...{ ...common, seq: 3, region: 'mars', country: '', request_id: 'u2', missed_reason: 'shed' },
        ...{ attributes: { publish_run: 'u2' } },
      },
    ]);
    expect(rows.lost).toBe(0);
  });

  it('is in one block with all others of the moment', async () => {
    const { gatherMs } = PUBLICATION_LIMITS;
    let inserts = 0;
    const rows = rowsIn(
      {
        insertResults: async (block, options) => {
          inserts += 1;
          await test.store.insertResults(block, options);
        },
      },
      gatherMs.value,
    );
    for (let i = 0; i < 40; i += 1) rows.add([given({ run: `u${i}` })]);
    await expect.poll(async () => (await stored()).length, SOON).toBe(40);
    expect(inserts).toBe(1);
    rows.add([given()]);
    await rows.close();
    expect([inserts, (await stored()).length, rows.lost]).toEqual([2, 41, 0]);
  });

  it('is written once, though the store failed after it had taken the row', async () => {
    let attempts = 0;
    const rows = rowsIn({
      insertResults: async (block: ResultBlock, options) => {
        attempts += 1;
        await test.store.insertResults(block, options);
        if (attempts < 4) throw new Error('the answer was lost');
      },
    });
    rows.add([given()]);
    await expect.poll(() => attempts, SOON).toBe(4);
    await rows.close();
    expect([attempts, (await stored()).length, rows.lost]).toEqual([4, 1, 0]);
  });

  it.each([
    ['and had it', true],
    ['and had it not', false],
  ])('is written once, though the server died over it %s', async (_what, had) => {
    let attempts = 0;
    let lookups = 0;
    const rows = rowsIn({
      life: async () => `life ${attempts}`,
      query: (...asked) => {
        lookups += 1;
        return test.store.query(...asked);
      },
      insertResults: async (block: ResultBlock, options) => {
        attempts += 1;
        if (had || attempts > 1) await test.store.insertResults(block, options);
        if (attempts === 1) throw new Error('killed');
      },
    });
    rows.add([given()]);
    await expect.poll(() => lookups, SOON).toBe(1);
    await rows.close();
    expect([attempts, (await stored()).length, rows.lost]).toEqual([had ? 1 : 2, 1, 0]);
  });

  it('is counted when the store takes no row for too long', async () => {
    let attempts = 0;
    const down = async () => {
      attempts += 1;
      throw new Error('down');
    };
    const rows = rowsIn({ life: down });
    rows.add([given(), given()]);
    await expect.poll(() => rows.lost, SOON).toBe(2);
    expect(attempts).toBe(PUBLICATION_LIMITS.writeTries.value);
  });

  it('is counted beyond the limit of what is held, and nothing is waited for at the end', async () => {
    const { value } = PUBLICATION_LIMITS.unwrittenBlocks;
    let blocks = 0;
    const down = Promise.withResolvers<never>();
    const rows = rowsIn({
      life: () => {
        blocks += 1;
        return down.promise;
      },
    });
    while (blocks < value) {
      const held = blocks;
      rows.add([given()]);
      await expect.poll(() => blocks, { ...SOON, interval: 1 }).toBe(held + 1);
    }
    rows.add([given(), given(), given()]);
    await expect.poll(() => rows.lost, SOON).toBe(3);
    const closed = rows.close();
    down.reject(new Error('down'));
    await closed;
    expect([rows.lost, blocks]).toEqual([value + 3, value]);
  });

  it('is counted beyond what one block takes', async () => {
    const { value } = PUBLICATION_LIMITS.rowsPerBlock;
    const rows = rowsIn({}, 60_000);
    const many = Array.from({ length: value }, () => given());
    rows.add(many.slice(1));
    rows.add([given(), given(), given()]);
    rows.add([given()]);
    expect(rows.lost).toBe(3);
    await rows.close();
    expect([rows.lost, (await stored()).length]).toEqual([3, value]);
  });

  it('is counted, and not written behind the back of who closed, when it comes after the end', async () => {
    const rows = rowsIn();
    await rows.close();
    rows.add([given(), given()]);
    expect(rows.lost).toBe(2);
    await rows.close();
    expect(await stored()).toEqual([]);
  });
});
