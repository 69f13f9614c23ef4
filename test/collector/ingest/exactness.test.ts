/**
 * Agents that send by the rules, and everything else that can go wrong: sessions cut at any moment, acks not heard, inserts that
 * fail before or after they are done, results around midnight, collectors fenced and agents that change between two. At the
 * end each result is in every table once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { IngestOptions } from '../../../collector/ingest/ingest.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import type { Store } from '../../../collector/store/store.ts';
import { once, readExact } from '../../support/exact.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { LocalMembers, type LocalMembership } from '../../support/local-members.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const DAY_MS = 86_400_000;
const AGENTS = 8;
const RESULTS = 70;

/** Numbers in [0, 1) that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describeEngines('whatever happens', (engine) => {
  let test: TestStore;
  const links: LinkServer[] = [];
  const memberships: LocalMembership[] = [];
  const random = seeded(7);
  let calm = false;

  /** A store whose inserts go wrong every other time. */
  const unreliable = (store: Store): IngestOptions['store'] => ({
    shards: store.shards,
    life: () => store.life(),
    query: (sql, params) => store.query(sql, params),
    async insertResults(block, options) {
      const luck = calm ? 1 : random();
      if (luck < 0.2) throw new StoreError('unreachable', 'before');
      await store.insertResults(block, options);
      if (luck < 0.4) throw new StoreError('unreachable', 'after');
    },
  });

  beforeAll(async () => {
    test = await openTestStore(engine);
    const members = new LocalMembers();
    for (const name of ['c1', 'c2']) {
      const at = links.length;
      const membership = members.join(name, () => links[at]?.ingest);
      memberships.push(membership);
      links.push(await startLinkServer(test.store, { membership, inserts: unreliable(test.store) }));
    }
  });
  afterAll(async () => {
    for (const link of links) await link.close();
    await test?.close();
  });

  /** The agent's side: keeps what is not acknowledged, and goes on until all is. */
  async function live(id: string, index: number): Promise<void> {
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    // The same result has the same slot each time it is sent.
    const slotMs = (seq: number) => midnight + (((seq * 7919 + index) % 5) - 2) * 1000;
    const record = (seq: number) => recordOf(seq, { probe: 'whatever', scheduledMs: slotMs(seq) });
    let acknowledged = 0;
    while (acknowledged < RESULTS) {
      const link = links[Math.floor(random() * links.length)] as LinkServer;
      const joined = await ScriptedAgent.join(link.url, { agent: id }).catch(() => undefined);
      if (!joined) {
        await sleep(20 + 200 * random());
        continue;
      }
      const { agent, welcome } = joined;
      const held = welcome.held['boot-1'] ?? 0;
      expect(held).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = held;
      const upTo = Math.min(RESULTS, held + 10 + Math.floor(60 * random()));
      for (let from = held + 1; from <= upTo; ) {
        const to = Math.min(upTo, from + Math.floor(20 * random()));
        agent.results(
          'boot-1',
          Array.from({ length: to - from + 1 }, (_, nth) => record(from + nth)),
        );
        // Now and then some of it again.
        from = random() < 0.2 ? Math.max(held + 1, to - 5) : to + 1;
      }
      const patience = sleep(random() < 0.5 ? 30 : 1500);
      await Promise.race([agent.acked(upTo).catch(() => undefined), patience]);
      for (const frame of agent.frames) if (frame.type === 'ack') expect(frame.seq).toBeLessThanOrEqual(upTo);
      if (random() < 0.7) agent.socket.terminate();
      else await agent.close();
    }
  }

  it('each result is in every table once', async () => {
    const agents = Array.from({ length: AGENTS }, (_, nth) => live(`whatever-${nth}`, nth));
    for (let round = 0; round < 3; round += 1) {
      await sleep(700);
      const membership = memberships[round % 2] as LocalMembership;
      await test.store.insertRows('fences', [{ collector: membership.incarnation }]);
    }
    await sleep(1500);
    calm = true;
    await Promise.all(agents);
    expect(await readExact(test.store, 'whatever')).toEqual(once(AGENTS * RESULTS));
    const days = await test.store.query(
      'SELECT max(days) AS days FROM (SELECT uniqExact(toDate(scheduled_at)) AS days FROM results GROUP BY collector, block)',
    );
    expect(days).toEqual([{ days: 1 }]);
  }, 120_000);
});
