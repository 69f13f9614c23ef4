import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import type { AgentLedger } from '../../../collector/registry/registry.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { RunNow, Schedule } from '../../../protocol/frame.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { olderHealthOf } from '../../support/health.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { rowOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const HEALTH = olderHealthOf();
const EVERY_MS = 2000;
/** Timeout 1 s: a slot must be accounted for after the shortest grace. */
const GRACE_MS = 7000;

describeEngines('the ledger', (engine) => {
  let test: TestStore;
  let clock: ManualClock;
  let registry: RunningRegistry;
  let start: number;
  let seq: number;

  beforeEach(async () => {
    test = await openTestStore(engine);
    start = Date.now() - 3_600_000;
    clock = manualClock(start);
    seq = 0;
    registry = await createRegistry({ store: test.store, clock, log: SILENT_LOG });
    await registry.apply({
      version: 1,
      targets: [{ name: 'origin', url: 'http://video.example/' }],
      probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '2s', timeout: '1s' }],
    });
  });
  afterEach(async () => {
    await registry.close();
    await test.close();
  });

  const link = { send: () => undefined };
  const join = (agent: string) => registry.connected(helloOf({ agent }), link);
  /** The slots of an agent in [from, until). */
  function slots(agent: string, fromMs: number, untilMs: number, everyMs = EVERY_MS): number[] {
    const series = slotSeries('front', 'origin', agent, everyMs);
    const all = [];
    for (let at = slotAtOrAfter(series, fromMs); at < untilMs; at += everyMs) all.push(at);
    return all;
  }
  async function report(
    agent: string,
    at: readonly number[],
    more: Partial<ResultRecord> = {},
  ): Promise<void> {
    const rows = at.map((scheduledMs) => {
      seq += 1;
      return rowOf(seq, { probe: 'front', scheduledMs, ...more }, { agent });
    });
    await test.store.insertResults(resultBlock(`block-${seq}`, rows));
  }
  async function ledgerOf(agent: string): Promise<AgentLedger> {
    const { agents } = await registry.ledger({ agent });
    const [ledger] = agents;
    if (!ledger || agents.length !== 1) throw new Error('one agent was asked for');
    const { expected, stored, pending, missed, dropped, unaccounted } = ledger;
    expect(expected).toBe(stored + pending + missed + dropped + unaccounted);
    return ledger;
  }

  it('expects nothing of an agent that was never told anything', async () => {
    expect(await registry.ledger()).toMatchObject({ agents: [], total: { expected: 0, unaccounted: 0 } });
    await registry.pause('front');
    await join('a');
    clock.advance(60_000);
    expect(await ledgerOf('a')).toMatchObject({ expected: 0, stored: 0, extra: 0 });
  });

  it('counts slots by itself, from the begin of a check to a grace before now', async () => {
    await join('a');
    clock.advance(60_000);
    registry.heard('a', HEALTH);
    const due = slots('a', start + 2000, start + 60_000 - GRACE_MS);
    expect(due.length).toBeGreaterThan(20);
    expect(await ledgerOf('a')).toMatchObject({ expected: due.length, stored: 0, unaccounted: due.length });
    await report('a', slots('a', start + 2000, start + 60_000));
    expect(await ledgerOf('a')).toMatchObject({
      expected: due.length,
      stored: due.length,
      pending: 0,
      missed: 0,
      unaccounted: 0,
      duplicates: 0,
      extra: 0,
    });
  });

  it('tells missed slots, by reason, from stored ones', async () => {
    await join('a');
    clock.advance(60_000);
    registry.heard('a', HEALTH);
    const due = slots('a', start + 2000, start + 60_000 - GRACE_MS);
    const missed = { outcome: 'missed', metrics: {}, durationMs: 0 } as const;
    await report('a', due.slice(0, 3), { ...missed, missedReason: 'overrun' });
    await report('a', due.slice(3, 5), { ...missed, missedReason: 'shed' });
    const failure = { layer: 'http', blame: 'target', code: 'status', message: '' } as const;
    await report('a', due.slice(5), { outcome: 'fail', failure, metrics: {} });
    expect(await ledgerOf('a')).toMatchObject({
      stored: due.length - 5,
      missed: 5,
      missedByReason: { overrun: 3, shed: 2 },
      unaccounted: 0,
    });
  });

  it('takes the word of an agent for what it holds or gave up, but for no more than is open', async () => {
    await join('a');
    clock.advance(60_000);
    const due = slots('a', start + 2000, start + 60_000 - GRACE_MS);
    await report('a', due.slice(10));
    registry.heard('a', { ...HEALTH, pending: 4, running: 1, dropped: { spool_full: 3 } });
    expect(await ledgerOf('a')).toMatchObject({
      pending: 5,
      dropped: 3,
      droppedByReason: { spool_full: 3 },
      unaccounted: 2,
    });
    registry.heard('a', { ...HEALTH, pending: 1000, dropped: { spool_full: 3 } });
    expect(await ledgerOf('a')).toMatchObject({ pending: 7, dropped: 3, unaccounted: 0 });
  });

  it('leaves open what an agent holds until it has spoken for the first time', async () => {
    await join('a');
    clock.advance(12_000);
    expect(await ledgerOf('a')).toMatchObject({ state: 'connected', unaccounted: 0 });
    expect((await ledgerOf('a')).pending).toBeGreaterThan(0);
  });

  it('calls the slots of a silent agent missed, until it reports them itself', async () => {
    const hello = join('a');
    await hello;
    registry.heard('a', HEALTH);
    registry.disconnected('a', link);
    clock.advance(60_000);
    const due = slots('a', start + 2000, start + 60_000 - GRACE_MS);
    await report('a', due.slice(0, 4));
    expect(await ledgerOf('a')).toMatchObject({
      state: 'silent',
      stored: 4,
      missed: due.length - 4,
      missedByReason: { agent_down: due.length - 4 },
      unaccounted: 0,
    });
    await join('a');
    registry.heard('a', HEALTH);
    await report('a', due.slice(4), { outcome: 'missed', missedReason: 'agent_down', metrics: {} });
    expect(await ledgerOf('a')).toMatchObject({
      state: 'connected',
      stored: 4,
      missed: due.length - 4,
      unaccounted: 0,
    });
  });

  it('expects every slot up to a goodbye at once, and none after it', async () => {
    await join('a');
    clock.advance(30_000);
    registry.heard('a', HEALTH);
    const stoppedAtMs = clock.wallMs();
    await report('a', slots('a', start + 2000, stoppedAtMs));
    registry.goodbye('a', stoppedAtMs);
    registry.disconnected('a', link);
    clock.advance(1);
    const whole = slots('a', start + 2000, stoppedAtMs).length;
    expect(await ledgerOf('a')).toMatchObject({
      state: 'stopped',
      expected: whole,
      stored: whole,
      unaccounted: 0,
    });
    clock.advance(600_000);
    expect(await ledgerOf('a')).toMatchObject({ expected: whole, stored: whole });

    const back = clock.wallMs();
    await join('a');
    clock.advance(30_000);
    registry.heard('a', HEALTH);
    const later = slots('a', back + 2000, clock.wallMs() - GRACE_MS);
    await report('a', later);
    expect(await ledgerOf('a')).toMatchObject({
      expected: whole + later.length,
      stored: whole + later.length,
      extra: 0,
    });
  });

  it('remembers what a changed or deleted probe had expected, over a restart', async () => {
    await join('a');
    clock.advance(60_000);
    await registry.apply({
      version: 1,
      probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '5s', timeout: '1s' }],
    });
    clock.advance(60_000);
    await registry.deleteProbe('front');
    clock.advance(60_000);
    registry.heard('a', HEALTH);
    await report('a', slots('a', start + 2000, start + 60_000));
    await report('a', slots('a', start + 62_000, start + 120_000, 5000));
    const all =
      slots('a', start + 2000, start + 60_000).length +
      slots('a', start + 62_000, start + 120_000, 5000).length;
    expect(await ledgerOf('a')).toMatchObject({ expected: all, stored: all, extra: 0, unaccounted: 0 });
    await registry.close();
    registry = await createRegistry({ store: test.store, clock, log: SILENT_LOG });
    expect(await ledgerOf('a')).toMatchObject({ expected: all, stored: all, extra: 0 });
  });

  it('shows a slot that has two rows, and a row that nobody expected', async () => {
    await join('a');
    clock.advance(60_000);
    registry.heard('a', HEALTH);
    const due = slots('a', start + 2000, start + 60_000 - GRACE_MS);
    await report('a', due);
    await report('a', due.slice(0, 2));
    await report('a', slots('a', start - 20_000, start));
    await report('a', due.slice(0, 5), { trigger: 'manual' });
    expect(await ledgerOf('a')).toMatchObject({
      stored: due.length,
      duplicates: 2,
      extra: 10,
      unaccounted: 0,
    });
  });

  it('counts since a given time, one agent or all of them', async () => {
    await join('a');
    await join('b');
    clock.advance(600_000);
    for (const agent of ['a', 'b']) {
      registry.heard(agent, HEALTH);
      await report(agent, slots(agent, start + 2000, clock.wallMs() - GRACE_MS));
    }
    const since = clock.wallMs() - 60_000;
    const expected = ['a', 'b'].map((agent) => slots(agent, since, clock.wallMs() - GRACE_MS).length);
    const { agents, total } = await registry.ledger({ sinceMs: since });
    expect(agents.map(({ agent, expected }) => [agent, expected])).toEqual([
      ['a', expected[0]],
      ['b', expected[1]],
    ]);
    const sum = expected.reduce((a, b) => a + b, 0);
    expect(total).toMatchObject({ expected: sum, stored: sum, unaccounted: 0 });
    expect((await registry.ledger({ sinceMs: since, agent: 'b' })).total.expected).toBe(expected[1]);
  });

  it('counts a day, and more when more is asked for', async () => {
    await join('a');
    clock.advance(REGISTRY_LIMITS.ledgerMs.value + 3_600_000);
    registry.heard('a', HEALTH);
    const nowMs = clock.wallMs();
    const day = slots('a', nowMs - REGISTRY_LIMITS.ledgerMs.value, nowMs - GRACE_MS).length;
    expect(await registry.ledger()).toMatchObject({
      sinceMs: nowMs - REGISTRY_LIMITS.ledgerMs.value,
      total: { expected: day },
    });
    const all = slots('a', start + 2000, nowMs - GRACE_MS).length;
    expect(all).toBeGreaterThan(day);
    expect((await registry.ledger({ sinceMs: start - 1 })).total.expected).toBe(all);
  });

  it('shows what an agent runs between a change and its announcement as extra', async () => {
    const sent: Schedule[] = [];
    const told = { send: (frame: Schedule | RunNow) => void (frame.type === 'schedule' && sent.push(frame)) };
    await registry.connected(helloOf({ agent: 'a' }), told);
    clock.advance(60_000);
    const pausedMs = clock.wallMs();
    await registry.pause('front');
    const startMs = performance.now();
    expect(sent).toEqual([]);
    await expect.poll(() => sent).toMatchObject([{ assignments: [] }]);
    // Timers count whole milliseconds, and this one was set before.
    expect(performance.now() - startMs).toBeGreaterThan(REGISTRY_LIMITS.announceAfterMs.value / 2);
    const between = slots('a', pausedMs, pausedMs + 2 * EVERY_MS);
    await report('a', [...slots('a', start + 2000, pausedMs), ...between]);
    clock.advance(60_000);
    registry.heard('a', HEALTH);
    expect(await ledgerOf('a')).toMatchObject({
      expected: slots('a', start + 2000, pausedMs).length,
      extra: between.length,
      unaccounted: 0,
    });
  });

  it('looks at so many agents with slots that nothing explains, and leaves those of the others open', async () => {
    const most = REGISTRY_LIMITS.ledgerDisputed.value;
    const agents = Array.from({ length: most + 2 }, (_, nth) => `agent-${nth}`);
    await Promise.all(agents.map(join));
    clock.advance(60_000);
    const heardMs = clock.wallMs();
    for (const agent of agents) registry.heard(agent, HEALTH);
    // Two health intervals: they are not silent yet.
    clock.advance(10_000);
    const { agents: ledgers } = await registry.ledger();
    const lostBefore = ({ agent }: AgentLedger) =>
      slots(agent, start + 2000, heardMs + 5000 - GRACE_MS).length;
    expect(ledgers).toHaveLength(agents.length);
    for (const [nth, ledger] of ledgers.entries()) {
      expect(ledger.expected).toBeGreaterThan(25);
      expect(ledger.unaccounted).toBe(nth < most ? lostBefore(ledger) : 0);
      expect(ledger.pendingByPlace).toEqual({ unheard: ledger.expected - ledger.unaccounted });
    }
    // Those that were heard just now have nothing under way that could explain it.
    for (const agent of agents) registry.heard(agent, HEALTH);
    const { total } = await registry.ledger();
    expect(total).toMatchObject({ pending: 0, unaccounted: total.expected });
  });

  it('balances whatever part of the slots was reported, and however', async () => {
    await join('a');
    clock.advance(120_000);
    const due = slots('a', start + 2000, clock.wallMs() - GRACE_MS);
    const fates = ['ok', 'missed', 'none', 'twice'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...fates), { minLength: due.length, maxLength: due.length }),
        fc.nat(50),
        fc.nat(50),
        async (fate, pending, dropped) => {
          await test.store.command('TRUNCATE TABLE results');
          const of = (wanted: (typeof fates)[number]) => due.filter((_, index) => fate[index] === wanted);
          await report('a', [...of('ok'), ...of('twice'), ...of('twice')]);
          await report('a', of('missed'), { outcome: 'missed', missedReason: 'overrun', metrics: {} });
          registry.heard('a', { ...HEALTH, pending, dropped: { spool_age: dropped } });
          const ledger = await ledgerOf('a');
          const open = of('none').length;
          expect(ledger).toMatchObject({
            expected: due.length,
            stored: of('ok').length + of('twice').length,
            missed: of('missed').length,
            duplicates: of('twice').length,
            dropped: Math.min(dropped, open),
            unaccounted: Math.max(0, open - pending - dropped),
          });
        },
      ),
      { numRuns: 15 },
    );
  });
});
