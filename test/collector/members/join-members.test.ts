import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../collector/collector.ts';
import { joinMembers, newIncarnation } from '../../../collector/members/join-members.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import type { RunningMembership } from '../../../collector/members/membership.ts';
import { Roll } from '../../../collector/members/roll.ts';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { once, readExact } from '../../support/exact.ts';
import { REAL_CLOCK } from '../../support/link-server.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { startTcpGate, type TcpGate } from '../../support/tcp-gate.ts';
import { collectorsOn, type Here, joinPatiently, LoadedAgent, recordsOf } from './collectors.ts';

describe('the name of a run', () => {
  it('is fit for statements, short, and another each time', () => {
    expect(newIncarnation("c1's box/№1")).toMatch(/^c1-s-box-1-[0-9a-f]{8}$/);
    expect(newIncarnation('x'.repeat(300))).toHaveLength(MEMBER_LIMITS.nameLength.value + 9);
    expect(newIncarnation('c1')).not.toBe(newIncarnation('c1'));
  });
});

describeEngines('a collector that is alone', (engine) => {
  let test: TestStore;
  let membership: RunningMembership | undefined;
  const join = async (url = 'http://127.0.0.1:7077', store = test.store) => {
    membership = await joinMembers({
      ...{ store, name: 'c1', url, version: '0.1.0', clock: REAL_CLOCK, log: SILENT_LOG },
    });
    await membership.appear();
    return membership;
  };
  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  afterEach(() => membership?.close(true));

  it('is on the list, takes agents over from nobody, detects, and has ended when it says so', async () => {
    const members = await join();
    await members.takeOver('a', 'boot-1');
    expect(members.holdsLease('detect')).toBe(true);
    expect(members.others()).toEqual([]);
    expect(await members.list()).toMatchObject([
      {
        incarnation: members.incarnation,
        name: 'c1',
        state: 'active',
        here: true,
        detects: true,
        fenced: false,
      },
    ]);
    expect(Math.abs(members.storeOffsetMs)).toBeLessThan(2000);
    await members.close(true);
    await members.close(true);
    expect(await new Roll(test.store).read()).toEqual([]);
  });

  it('brings to its end what its run before has left', async () => {
    const before = await join();
    await before.close(false);
    expect(await new Roll(test.store).read()).toMatchObject([{ incarnation: before.incarnation }]);
    const after = await join();
    expect(after.incarnation).not.toBe(before.incarnation);
    expect(after.counters.takenOut).toBe(1);
    expect(await new Roll(test.store).read()).toMatchObject([{ incarnation: after.incarnation }]);
  });

  it('does not wait for a store that hangs when it ends; its end is found out by the next', async () => {
    let hangs = false;
    const before = await join('http://127.0.0.1:7077', {
      ...test.store,
      insertRows: (table, rows, options) =>
        hangs ? new Promise(() => undefined) : test.store.insertRows(table, rows, options),
    });
    hangs = true;
    const startMs = performance.now();
    await before.close(true);
    // Timers count whole milliseconds.
    expect(performance.now() - startMs).toBeGreaterThan(MEMBER_LIMITS.endMs.value - 2);
    expect(await new Roll(test.store).read()).toMatchObject([{ incarnation: before.incarnation }]);
    const after = await join();
    expect(after.counters.takenOut).toBe(1);
    expect(await new Roll(test.store).read()).toMatchObject([{ incarnation: after.incarnation }]);
  });
});

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`collectors on one server${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let gate: TcpGate;
  let here: Here;
  let first: Collector;
  let second: Collector;
  let nth = 0;
  let id: string;

  beforeAll(async () => {
    test = await openTestStore('server');
    gate = await startTcpGate(test.server?.url ?? '');
  });
  afterAll(async () => {
    await gate?.close();
    await test?.close();
  });
  beforeEach(async () => {
    nth += 1;
    id = `mover-${nth}-`;
    here = collectorsOn(test.server?.url ?? '');
    first = await here.start('c1', { clickhouse: { url: gate.url } });
    second = await here.start('c2');
  });
  afterEach(async () => {
    gate.open();
    await here.close();
  });

  const exact = () => readExact(test.store, id);
  const listed = async (url: string) => {
    const answer = await fetch(`${url}/api/v1/collectors`);
    return ((await answer.json()) as { data: Record<string, unknown>[] }).data;
  };
  const fence = (collector: Collector) => test.store.fence(collector.membership.incarnation, 1);

  it('know each other, and say so at either', async () => {
    await expect.poll(() => first.membership.others().length, { timeout: 5000 }).toBe(1);
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    await expect
      .poll(async () => (await listed(second.url)).find(({ name }) => name === 'c1')?.agents, {
        timeout: 5000,
      })
      .toBe(1);
    expect(await listed(second.url)).toMatchObject([
      { name: 'c1', url: first.url, state: 'active', here: false, version: '0.0.0-test' },
      { name: 'c2', url: second.url, state: 'active', here: true },
    ]);
    expect((await listed(first.url)).filter(({ detects }) => detects)).toHaveLength(1);
    await agent.close();
  });

  it('give an agent over when it moves, with all that it had sent', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    agent.results('boot-1', recordsOf(id, 1, 100));
    const moved = await joinPatiently([second.url], id);
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
    expect(moved.welcome.held).toEqual({ 'boot-1': 100 });
    moved.agent.results('boot-1', recordsOf(id, 1, 150));
    await moved.agent.acked(150);
    expect(await exact()).toEqual(once(150));
    await moved.agent.close();
  });

  it('wait for one that is not done with the agent, and then go on', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    gate.hold('answers');
    agent.results('boot-1', recordsOf(id, 1, 100));
    await expect.poll(async () => (await exact()).rows).toBe(100);
    const early = await ScriptedAgent.connect(second.url);
    early.send(helloOf({ agent: id }));
    expect(await early.closed).toMatchObject({
      code: CLOSE_CODES.unavailable,
      reason: expect.stringContaining('another collector'),
    });
    expect(second.membership.counters.busy).toBe(1);
    gate.open();
    const moved = await joinPatiently([second.url], id);
    expect(moved.welcome.held).toEqual({ 'boot-1': 100 });
    expect(await exact()).toEqual(once(100));
    await moved.agent.close();
  });

  it('do not mind that the agent is refused where another process under its id lives', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    const other = await ScriptedAgent.connect(second.url);
    other.send(helloOf({ agent: id, boot: 'boot-2' }));
    expect(await other.closed).toMatchObject({ code: CLOSE_CODES.replaced });
    await agent.close();
  });

  it('take out one that the store is cut off from, and it begins anew when it is back', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    agent.results('boot-1', recordsOf(id, 1, 10));
    await agent.acked(10);
    const before = first.membership.incarnation;
    gate.hold('requests');
    agent.results('boot-1', recordsOf(id, 11, 30));
    await expect.poll(() => first.ingest.gauges().queuedRows).toBe(20);
    const moved = await joinPatiently([second.url], id);
    expect(moved.welcome.held).toEqual({ 'boot-1': 10 });
    expect(second.membership.counters.takenOut).toBe(1);
    moved.agent.results('boot-1', recordsOf(id, 11, 40));
    await moved.agent.acked(40);
    gate.open();
    await expect.poll(() => first.membership.incarnation, { timeout: 10_000 }).not.toBe(before);
    await moved.agent.close();
    const back = await joinPatiently([first.url], id);
    expect(back.welcome.held).toEqual({ 'boot-1': 40 });
    back.agent.results('boot-1', recordsOf(id, 41, 50));
    await back.agent.acked(50);
    expect(await exact()).toEqual(once(50));
    await back.agent.close();
  }, 60_000);

  it('find out that they were taken out although they have nothing to store', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    const before = first.membership.incarnation;
    await fence(first);
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
    await expect.poll(() => first.membership.incarnation, { timeout: 5000 }).not.toBe(before);
    await expect.poll(() => first.membership.counters.renewed).toBe(1);
    const again = await joinPatiently([first.url], id);
    await again.agent.close();
    // Nobody was told that the former run has ended: whoever takes an agent over sees to it.
    await expect.poll(async () => (await listed(second.url)).map(({ name }) => name)).toEqual(['c1', 'c2']);
  });

  it('move many agents at a time in few rounds', async () => {
    const count = 300;
    const ids = Array.from({ length: count }, (_, i) => `${id}${i}`);
    const before = second.membership.counters.takeOverRounds;
    const agents = await Promise.all(ids.map((agent) => ScriptedAgent.join(first.url, { agent })));
    // With so many, each may have little in flight.
    for (const { agent } of agents) agent.results('boot-1', recordsOf(id, 1, 1));
    const startedMs = performance.now();
    const moved = await Promise.all(ids.map((agent) => joinPatiently([second.url], agent)));
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(second.membership.counters.takeOverRounds - before).toBeLessThan(count / 4);
    await Promise.all(
      moved.map(async ({ agent, welcome }) => {
        for (let seq = (welcome.held['boot-1'] ?? 0) + 1; seq <= 2; seq += 1) {
          agent.results('boot-1', recordsOf(id, seq, seq));
          await agent.acked(seq);
        }
      }),
    );
    expect(await exact()).toEqual(once(2 * count));
    for (const { agent } of [...agents, ...moved]) agent.socket.terminate();
  }, 60_000);

  it('refuse browsers and other runs at the door for collectors', async () => {
    const ask = (headers: Record<string, string>, incarnation = first.membership.incarnation) =>
      fetch(`${first.url}/api/v1/peers/release`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ from: 'c2-x', incarnation, agents: [] }),
      });
    expect((await ask({})).status).toBe(200);
    expect((await ask({}, 'c1-00000000')).status).toBe(409);
    expect((await ask({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask({ 'content-type': 'text/plain' })).status).toBe(415);
    const agents = Array.from({ length: MEMBER_LIMITS.agentsPerRequest.value + 1 }, () => ({
      agent: 'a',
      boot: 'b',
    }));
    const tooMany = await fetch(`${first.url}/api/v1/peers/release`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'c2-x', incarnation: first.membership.incarnation, agents }),
    });
    expect(tooMany.status).toBe(400);
  });

  it('answer to the name that they advertise', async () => {
    const third = await here.start('c3', { advertiseUrl: 'http://localhost:1' });
    expect((await listed(first.url)).at(-1)).toMatchObject({ name: 'c3', url: 'http://localhost:1' });
    await third.close();
  });

  it('drain: agents go, everything is committed, another detects; then it can be stopped', async () => {
    await expect
      .poll(() => first.membership.holdsLease('detect') || second.membership.holdsLease('detect'))
      .toBe(true);
    const { agent } = await ScriptedAgent.join(first.url, { agent: id });
    agent.results('boot-1', recordsOf(id, 1, 100));
    const begun = await fetch(`${first.url}/api/v1/drain`, { method: 'POST' });
    expect(begun.status).toBe(202);
    await agent.next('drain');
    await agent.acked(100);
    await agent.close();
    const status = async () =>
      (await (await fetch(`${first.url}/api/v1/drain`)).json()) as Record<string, unknown>;
    await expect.poll(async () => (await status()).state, { timeout: 10_000 }).toBe('drained');
    expect(await status()).toMatchObject({ agents: 0, queued_rows: 0, stored: 100 });
    expect(await listed(second.url)).toMatchObject([
      { name: 'c1', state: 'drained', detects: false },
      { name: 'c2', state: 'active' },
    ]);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(503);
    await expect(ScriptedAgent.connect(first.url)).rejects.toThrow('503');
    await expect.poll(() => second.membership.holdsLease('detect'), { timeout: 8000 }).toBe(true);
    await first.close();
    expect(await listed(second.url)).toMatchObject([{ name: 'c2', detects: true }]);
    const moved = await ScriptedAgent.join(second.url, { agent: id });
    expect(moved.welcome.held).toEqual({ 'boot-1': 100 });
    await moved.agent.close();
  }, 60_000);

  it('are upgraded one after the other under load, and nothing is lost or doubled', async () => {
    const urls = [first.url, second.url];
    const load = { perBatch: 5, everyMs: 20 };
    const agents = Array.from({ length: 8 }, (_, i) => new LoadedAgent(`${id}${i}`, urls, load));
    await expect.poll(() => agents.every(({ acked }) => acked > 100), { timeout: 15_000 }).toBe(true);
    for (const [i, old] of [first, second].entries()) {
      await old.drain.start();
      expect(old.ingest.gauges()).toMatchObject({ sessions: 0, queuedRows: 0 });
      await old.close();
      const next = await here.start(`c${i + 1}`, { port: old.port });
      expect(next.url).toBe(old.url);
      const acked = agents.map((agent) => agent.acked);
      await expect
        .poll(() => agents.every((agent, k) => agent.acked > (acked[k] ?? 0) + 100), { timeout: 20_000 })
        .toBe(true);
    }
    const made = await Promise.all(agents.map((agent) => agent.finish()));
    for (const [i, agent] of agents.entries())
      expect([agent.id, await readExact(test.store, agent.id)]).toEqual([agent.id, once(made[i] ?? 0)]);
    expect(agents.every(({ sessions }) => sessions >= 2)).toBe(true);
  }, 120_000);
});
