/** A collector that the others took for dead, and that lives: what it had not acknowledged is not lost, and not stored twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { once, readExact } from '../../support/exact.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { LocalMembers, type LocalMembership } from '../../support/local-members.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

describeEngines('a collector that is fenced', (engine) => {
  let test: TestStore;
  let link: LinkServer;
  let membership: LocalMembership;

  beforeAll(async () => {
    test = await openTestStore(engine);
    membership = new LocalMembers().join('c1');
    link = await startLinkServer(test.store, { membership });
  });
  afterAll(async () => {
    await link?.close();
    await test?.close();
  });

  const fence = () => test.store.insertRows('fences', [{ collector: membership.incarnation }]);
  const records = (probe: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      recordOf(from + index, { probe, scheduledMs: Date.now() }),
    );

  it('throws away what it holds, sends its agents away, and goes on under another name', async () => {
    const id = 'fenced-1-';
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    const { agent: idle } = await ScriptedAgent.join(link.url, { agent: 'idle' });
    agent.results('boot-1', records(id, 1, 10));
    await agent.acked(10);
    const before = membership.incarnation;
    await fence();
    agent.results('boot-1', records(id, 11, 30));
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
    expect(await idle.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
    expect(link.ingest.counters).toMatchObject({ fenced: 1, resultsDisowned: 20 });
    expect(await readExact(test.store, id)).toEqual(once(10));

    await expect.poll(() => membership.incarnation).not.toBe(before);
    const again = await ScriptedAgent.join(link.url, { agent: id });
    expect(again.welcome.held).toEqual({ 'boot-1': 10 });
    again.agent.results('boot-1', records(id, 11, 40));
    await again.agent.acked(40);
    expect(await readExact(test.store, id)).toEqual(once(40));
    expect(
      await test.store.query(
        'SELECT DISTINCT collector, block FROM results WHERE probe = {id:String} ORDER BY min(seq) OVER (PARTITION BY collector)',
        { id },
      ),
    ).toEqual([
      { collector: before, block: 1 },
      { collector: membership.incarnation, block: 1 },
    ]);
    await again.agent.close();
  });

  it('takes no agent before it has its new name', async () => {
    const id = 'fenced-2-';
    const gate = Promise.withResolvers<void>();
    membership.beforeRenewal = () => gate.promise;
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    await fence();
    agent.results('boot-1', records(id, 1, 5));
    await agent.closed;
    await expect(ScriptedAgent.connect(link.url)).rejects.toThrow('503');
    gate.resolve();
    membership.beforeRenewal = async () => undefined;
    await expect
      .poll(() =>
        ScriptedAgent.join(link.url, { agent: id }).then(
          ({ agent: next }) => next.close(),
          () => 'refused',
        ),
      )
      .toBeUndefined();
  });

  it('tries again when it cannot register', async () => {
    const id = 'fenced-3-';
    let failures = 2;
    membership.beforeRenewal = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('the store is away');
    };
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    await fence();
    agent.results('boot-1', records(id, 1, 5));
    await agent.closed;
    await expect.poll(() => failures, { timeout: 5000 }).toBe(-1);
    await expect
      .poll(() =>
        ScriptedAgent.connect(link.url).then(
          (next) => next.close(),
          () => 'refused',
        ),
      )
      .toBeUndefined();
    const again = await ScriptedAgent.join(link.url, { agent: id });
    again.agent.results('boot-1', records(id, 1, 5));
    await again.agent.acked(5);
    expect(await readExact(test.store, id)).toEqual(once(5));
    await again.agent.close();
  });
});
