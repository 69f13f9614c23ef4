/** Results that come again, whose ack was lost, or whose slots lie around midnight: once in every table that people read. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { IngestOptions } from '../../../collector/ingest/ingest.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import { once, readExact } from '../../support/exact.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const DAY_MS = 86_400_000;

describeEngines('delivery', (engine) => {
  let test: TestStore;
  let link: LinkServer;
  /** What happens to the next inserts: before or after the store has done them, they fail. */
  let mishaps: ('before' | 'after')[] = [];
  let nth = 0;
  let id: string;

  beforeAll(async () => {
    test = await openTestStore(engine);
    const { store } = test;
    const inserts: IngestOptions['store'] = {
      shards: store.shards,
      life: () => store.life(),
      query: (sql, params) => store.query(sql, params),
      async insertResults(block, options) {
        const mishap = mishaps.shift();
        if (mishap === 'before') throw new StoreError('unreachable', 'the connection broke');
        await store.insertResults(block, options);
        if (mishap === 'after') throw new StoreError('unreachable', 'the answer was lost');
      },
    };
    link = await startLinkServer(store, { inserts });
  });
  afterAll(async () => {
    await link?.close();
    await test?.close();
  });
  beforeEach(() => {
    nth += 1;
    id = `sender-${nth}-`;
    mishaps = [];
  });

  const records = (from: number, to: number, slotMs: (seq: number) => number = () => Date.now()) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      recordOf(from + index, { probe: id, scheduledMs: slotMs(from + index) }),
    );
  /** Blocks of this test with their days and numbers, in the order of commits. */
  const blocks = () =>
    test.store.query<{ days: number; first: number; last: number }>(
      `SELECT uniqExact(toDate(scheduled_at)) AS days, min(seq) AS first, max(seq) AS last
       FROM results WHERE probe = {id:String} GROUP BY collector, block ORDER BY block`,
      { id },
    );

  it('an insert that fails before or after the commit is repeated until its answer comes, and counts once', async () => {
    mishaps = ['after', 'before', 'after', 'after'];
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', records(1, 50));
    await agent.acked(50);
    expect(mishaps).toEqual([]);
    expect(await readExact(test.store, id)).toEqual(once(50));
    await agent.close();
  });

  it('results that come again while they are on their way are acknowledged with them', async () => {
    mishaps = ['before', 'after'];
    const first = await ScriptedAgent.join(link.url, { agent: id });
    first.agent.results('boot-1', records(1, 30));
    await expect.poll(() => link.ingest.gauges().queuedRows).toBe(30);
    first.agent.socket.terminate();
    const second = await ScriptedAgent.join(link.url, { agent: id });
    expect(second.welcome.held).toEqual({ 'boot-1': 0 });
    second.agent.results('boot-1', records(1, 20));
    second.agent.results('boot-1', records(21, 40));
    await second.agent.acked(40);
    expect(await readExact(test.store, id)).toEqual(once(40));
    await second.agent.close();
  });

  it('an agent that was acknowledged and did not hear it is told, and sends again what it likes', async () => {
    const first = await ScriptedAgent.join(link.url, { agent: id });
    first.agent.socket.pause();
    first.agent.results('boot-1', records(1, 30));
    await expect.poll(async () => (await readExact(test.store, id)).rows, { timeout: 10_000 }).toBe(30);
    await expect.poll(() => link.ingest.gauges().queuedRows, { timeout: 10_000 }).toBe(0);
    first.agent.socket.terminate();
    const second = await ScriptedAgent.join(link.url, { agent: id });
    expect(second.welcome.held).toEqual({ 'boot-1': 30 });
    second.agent.results('boot-1', records(1, 30));
    await second.agent.acked(30);
    expect(await readExact(test.store, id)).toEqual(once(30));
    await second.agent.close();
  });

  it('a batch over midnight goes into a block a day, and the ack waits for the last', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    agent.results(
      'boot-1',
      records(1, 30, (seq) => midnight + (seq - 15) * 1000),
    );
    const acks: number[] = [];
    while (acks.at(-1) !== 30) acks.push((await agent.next('ack')).seq);
    expect(acks).toEqual([14, 30]);
    expect(await blocks()).toEqual([
      { days: 1, first: 1, last: 14 },
      { days: 1, first: 15, last: 30 },
    ]);
    expect(await readExact(test.store, id)).toEqual(once(30));
    await agent.close();
  });

  it('slots that go back and forth over midnight stay in their order, whatever fails in between', async () => {
    mishaps = ['after', 'before'];
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const slotMs = (seq: number) => midnight + (seq % 3 === 0 ? -1000 : 1000);
    agent.results('boot-1', records(1, 12, slotMs));
    agent.results('boot-1', records(13, 20, slotMs));
    await agent.acked(20);
    expect((await blocks()).every(({ days }) => days === 1)).toBe(true);
    const ends = (await blocks()).map(({ first, last }) => [first, last]);
    for (const [index, [first]] of ends.entries()) expect(first).toBeGreaterThan(ends[index - 1]?.[1] ?? 0);
    expect(await readExact(test.store, id)).toEqual(once(20));
    await agent.close();
  });

  it('results of impossible times between good ones are settled with these', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results(
      'boot-1',
      records(1, 9, (seq) => (seq % 3 === 0 ? 0 : Date.now())),
    );
    await agent.acked(9);
    expect((await readExact(test.store, id)).rows).toBe(6);
    await agent.close();
    // The store never heard of 9: what is not stored is acknowledged anew, and not stored now either.
    const second = await ScriptedAgent.join(link.url, { agent: id });
    expect(second.welcome.held).toEqual({ 'boot-1': 8 });
    second.agent.results(
      'boot-1',
      records(9, 9, () => 0),
    );
    await second.agent.acked(9);
    expect(await readExact(test.store, id)).toEqual(once(6));
    await second.agent.close();
  });
});
