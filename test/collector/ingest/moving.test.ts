/** An agent that moves between two collectors on one store, while results of it are on their way: each counts once. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../collector/store/open-store.ts';
import type { Store } from '../../../collector/store/store.ts';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { once, readExact } from '../../support/exact.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { LocalMembers } from '../../support/local-members.ts';
import { recordOf } from '../../support/records.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { startTcpGate, type TcpGate } from '../../support/tcp-gate.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`two collectors on one server${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  /** Between the first collector and the server. */
  let gate: TcpGate;
  let firstStore: Store;
  let first: LinkServer;
  let second: LinkServer;
  let nth = 0;
  /** An agent, and a probe, of its own for each test. */
  let id: string;

  beforeAll(async () => {
    test = await openTestStore('server');
    gate = await startTcpGate(test.server?.url ?? '');
    firstStore = await openStore({ dataDir: test.options.dataDir, clickhouse: { url: gate.url } });
    const members = new LocalMembers();
    first = await startLinkServer(firstStore, { membership: members.join('c1', () => first?.ingest) });
    second = await startLinkServer(test.store, { membership: members.join('c2', () => second?.ingest) });
  });
  afterAll(async () => {
    await first?.close();
    await second?.close();
    await firstStore?.close();
    await gate?.close();
    await test?.close();
  });
  beforeEach(() => {
    nth += 1;
    id = `mover-${nth}-`;
  });
  afterEach(() => gate.open());

  const records = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      recordOf(from + index, { probe: id, scheduledMs: Date.now() }),
    );

  /** Joins, as often as it is told that it is too early. */
  async function joinPatiently(url: string) {
    for (;;) {
      const agent = await ScriptedAgent.connect(url);
      agent.send(helloOf({ agent: id }));
      const welcome = await agent.next('welcome').catch(() => undefined);
      if (welcome) return { agent, welcome };
    }
  }

  async function refused(url: string) {
    const agent = await ScriptedAgent.connect(url);
    agent.send(helloOf({ agent: id }));
    return agent.closed;
  }

  it.each([
    ['does not reach the server', 'requests'],
    ['is committed and not answered', 'answers'],
  ] as const)(
    'an insert that %s: nobody else takes the agent before it is over',
    async (_what, direction) => {
      const { agent } = await ScriptedAgent.join(first.url, { agent: id });
      gate.hold(direction);
      agent.results('boot-1', records(1, 100));
      await expect.poll(() => first.ingest.gauges().queuedRows).toBe(100);
      agent.socket.terminate();
      expect(await refused(second.url)).toMatchObject({
        code: CLOSE_CODES.unavailable,
        reason: expect.stringContaining('another collector'),
      });

      gate.open();
      const moved = await joinPatiently(second.url);
      expect(moved.welcome.held).toEqual({ 'boot-1': 100 });
      moved.agent.results('boot-1', records(51, 150));
      await moved.agent.acked(150);
      expect(await readExact(test.store, id)).toEqual(once(150));
      await moved.agent.close();
    },
  );

  it('an insert of which the connection breaks after the commit is not repeated', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    gate.hold('answers');
    agent.results('boot-1', records(1, 100));
    await expect.poll(async () => (await readExact(test.store, id)).rows, { timeout: 10_000 }).toBe(100);
    agent.socket.terminate();
    gate.cut();
    gate.open();
    const moved = await joinPatiently(second.url);
    expect(moved.welcome.held).toEqual({ 'boot-1': 100 });
    moved.agent.results('boot-1', records(101, 120));
    await moved.agent.acked(120);
    expect(await readExact(test.store, id)).toEqual(once(120));
    await moved.agent.close();
  });

  it('the session at the first is ended when the agent comes to the second', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    agent.results('boot-1', records(1, 10));
    await agent.acked(10);
    const moved = await ScriptedAgent.join(second.url, { agent: id });
    expect(await agent.closed).toMatchObject({
      code: CLOSE_CODES.unavailable,
      reason: expect.stringContaining('another collector'),
    });
    expect(moved.welcome.held).toEqual({ 'boot-1': 10 });
    await moved.agent.close();
  });

  it('back and forth, with results under way each time', async () => {
    let seq = 0;
    for (let round = 0; round < 6; round += 1) {
      const { url } = round % 2 === 0 ? first : second;
      const { agent, welcome } = await joinPatiently(url);
      const from = (welcome.held['boot-1'] ?? 0) + 1;
      expect(from).toBeLessThanOrEqual(seq + 1);
      agent.results('boot-1', records(from, seq + 20));
      seq += 20;
      if (round % 3 === 0) await agent.acked(seq);
      else await new Promise((resolve) => setTimeout(resolve, 20 * round));
      agent.socket.terminate();
    }
    const { agent, welcome } = await joinPatiently(first.url);
    agent.results('boot-1', records((welcome.held['boot-1'] ?? 0) + 1, seq + 1));
    await agent.acked(seq + 1);
    expect(await readExact(test.store, id)).toEqual(once(seq + 1));
    await agent.close();
  });

  it('another process under the id of a living agent is refused there too', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    const other = await ScriptedAgent.connect(second.url);
    other.send(helloOf({ agent: id, boot: 'boot-2' }));
    expect(await other.closed).toMatchObject({ code: CLOSE_CODES.replaced });
    agent.results('boot-1', records(1, 1));
    await agent.acked(1);
    // One that does not answer any more holds nobody up.
    agent.socket.pause();
    const next = await ScriptedAgent.join(second.url, { agent: id, boot: 'boot-2' });
    agent.socket.terminate();
    await next.agent.close();
  });

  it('a release says of each agent what became of it', async () => {
    const living = await ScriptedAgent.join(first.url, { agent: `${id}living` });
    const moving = await ScriptedAgent.join(first.url, { agent: `${id}moving` });
    gate.hold('answers');
    moving.agent.results('boot-1', records(1, 1));
    await expect.poll(() => first.ingest.gauges().queuedRows).toBe(1);
    const before = first.ingest.counters.released;
    expect(
      await first.ingest.release(
        [
          { agent: `${id}living`, boot: 'boot-2' },
          { agent: `${id}moving`, boot: 'boot-1' },
          { agent: `${id}unknown`, boot: 'boot-1' },
        ],
        200,
      ),
    ).toEqual(['in_use', 'busy', 'released']);
    gate.open();
    expect(await first.ingest.release([{ agent: `${id}moving`, boot: 'boot-1' }], 5000)).toEqual([
      'released',
    ]);
    expect(first.ingest.counters.released - before).toBe(2);
    await living.agent.close();
    await moving.agent.closed;
  });
});
