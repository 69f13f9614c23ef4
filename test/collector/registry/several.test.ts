import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { olderHealthOf } from '../../support/health.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { Collectors, probe, type RunningCollector, SOON, spec, ToldAgent } from './several.ts';

const names = (registry: RunningRegistry) => registry.probes().map(({ spec: { name } }) => name);

describeEngines('two collectors on one store', (engine) => {
  let test: TestStore;
  let clock: ManualClock;
  let collectors: Collectors;
  let one: RunningCollector;
  let two: RunningCollector;

  beforeEach(async () => {
    test = await openTestStore(engine);
    clock = manualClock(Date.now() - 7_200_000);
    collectors = new Collectors(test.store, clock);
    one = await collectors.start('one');
    two = await collectors.start('two');
  });
  afterEach(async () => {
    await collectors.close();
    await test.close();
  });

  it('have the same specifications a moment after either has changed them, and tell their agents', async () => {
    const agent = new ToldAgent('a');
    await agent.join(two);
    await one.registry.apply(spec(probe('front')));
    await expect.poll(() => names(two.registry), SOON).toEqual(['front']);
    await expect.poll(() => agent.schedule.assignments.map((check) => check.probe), SOON).toEqual(['front']);
    await two.registry.deleteProbe('front');
    await expect.poll(() => names(one.registry), SOON).toEqual([]);
    expect(agent.schedule.assignments).toEqual([]);
  });

  it('lose no change that is made at both at once, and agree about the last', async () => {
    await one.registry.apply(spec());
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        (index % 2 === 0 ? one : two).registry.apply(
          spec(probe(`p${index}`), probe('shared', { every: `${index + 2}s` })),
        ),
      ),
    );
    const all = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'shared'];
    await expect.poll(() => [names(one.registry), names(two.registry)], SOON).toEqual([all, all]);
    const everyMs = [one, two].map(({ registry }) => registry.probe('shared')?.everyMs);
    expect(everyMs[0]).toBe(everyMs[1]);
    expect(
      await test.store.query(
        'SELECT version, uniqExact(change) AS changes FROM spec_changes GROUP BY version HAVING changes > 1',
      ),
    ).toEqual([]);
    const [stored] = await test.store.query<{ spec: string }>(
      `SELECT spec FROM probes FINAL WHERE name = 'shared' AND deleted = 0`,
    );
    expect(JSON.parse(stored?.spec ?? '{}').every).toBe(`${(everyMs[0] ?? 0) / 1000}s`);
  });

  it('do not undo each other: a pause at one holds when the other has just applied something else', async () => {
    await one.registry.apply(spec(probe('front'), probe('other')));
    await two.registry.pause('front');
    await one.registry.apply(spec(probe('other', { every: '9s' })));
    expect(one.registry.probe('front')?.spec.paused).toBe(true);
    await expect.poll(() => two.registry.probe('other')?.everyMs, SOON).toBe(9000);
  });

  it('let an agent move without a new begin, without telling it again what it holds, and without a slot too many', async () => {
    await one.registry.apply(spec(probe('front')));
    const agent = new ToldAgent('a');
    await agent.join(one);
    const begin = agent.schedule.assignments[0]?.effectiveFromMs ?? 0;
    expect(begin).toBe(clock.wallMs() + 2000);
    clock.advance(60_000);
    await agent.join(two);
    clock.advance(60_000);
    // The other collector has not seen this process yet; then it has.
    const told = [await agent.join(one), await agent.join(one)];
    expect(told.map(({ assignments }) => assignments.length)).toEqual([0, 0]);
    expect(agent.schedule.assignments[0]?.effectiveFromMs).toBe(begin);
    const { total } = await two.registry.ledger();
    const series = slotSeries('front', 'origin', 'a', 2000);
    const last = slotAtOrAfter(series, clock.wallMs() - 7000);
    expect(total.expected).toBe((last - slotAtOrAfter(series, begin)) / 2000);
  });

  it('give an agent that moves what has changed meanwhile, and end what it ran', async () => {
    await one.registry.apply(spec(probe('front'), probe('gone')));
    const agent = new ToldAgent('a');
    await agent.join(one);
    await agent.leave();
    clock.advance(30_000);
    await one.registry.deleteProbe('gone');
    await one.registry.apply(spec(probe('front', { every: '3s' })));
    clock.advance(30_000);
    await agent.join(two);
    expect(agent.schedule.assignments).toMatchObject([
      { probe: 'front', everyMs: 3000, effectiveFromMs: clock.wallMs() + 2000 },
    ]);
    const rows = await test.store.query(
      `SELECT probe, every_ms, effective_until IS NULL AS open, collector FROM assignments FINAL ORDER BY probe, every_ms`,
    );
    expect(rows).toEqual([
      { probe: 'front', every_ms: 2000, open: 0, collector: 'two-1' },
      { probe: 'front', every_ms: 3000, open: 1, collector: 'two-1' },
      { probe: 'gone', every_ms: 2000, open: 0, collector: 'two-1' },
    ]);
  });

  it('see the agents of each other: who they are, that they live, how they are, and that they are silent', async () => {
    const agent = new ToldAgent('a', { labels: labelsOf('ap-southeast') });
    await agent.join(one);
    one.registry.heard('a', olderHealthOf({ pending: 7 }));
    await expect.poll(() => two.registry.agent('a')?.health?.pending, SOON).toBe(7);
    expect(two.registry.agent('a')).toMatchObject({
      state: 'connected',
      collector: 'one-1',
      connectedSinceMs: clock.wallMs(),
      labels: { region: 'ap-southeast' },
    });
    one.registry.goodbye('a', clock.wallMs());
    await expect.poll(() => two.registry.agent('a')?.state, SOON).toBe('stopped');
    await agent.join(two);
    await expect.poll(() => one.registry.agent('a')?.collector, SOON).toBe('two-1');
    clock.advance(15_001);
    expect(one.registry.agent('a')?.state).toBe('silent');
  });

  it('fall back to what the store has of the agents of one that does not answer', async () => {
    await two.hangUp();
    const agent = new ToldAgent('late');
    await agent.join(two);
    await expect
      .poll(() => one.registry.agent('late'), SOON)
      .toMatchObject({
        state: 'connected',
        collector: 'two-1',
      });
  });

  it('count the agents of a collector that has ended as connected nowhere', async () => {
    await new ToldAgent('a').join(two);
    await expect.poll(() => one.registry.agent('a')?.connectedSinceMs, SOON).toBeDefined();
    await two.close();
    await expect.poll(() => one.registry.agent('a')?.connectedSinceMs, SOON).toBeUndefined();
  });

  it('hear nothing more of one that was taken out: what it would tell an agent is not in the store, so nobody is told', async () => {
    await one.registry.apply(spec(probe('front')));
    await expect.poll(() => names(two.registry), SOON).toEqual(['front']);
    const agent = new ToldAgent('a');
    await agent.join(two);
    await test.store.command(`INSERT INTO fences (collector) VALUES ('two-1')`);
    const before = agent.schedules.length;
    await one.registry.apply(spec(probe('front'), probe('second')));
    await expect.poll(() => names(two.registry), SOON).toEqual(['front', 'second']);
    await two.registry.settled();
    await agent.join(one);
    expect(agent.schedules).toHaveLength(before + 1);
    expect(agent.schedule.assignments.map((check) => check.probe)).toEqual(['front', 'second']);
    expect(
      await test.store.query(
        "SELECT uniqExact(effective_from) AS begins FROM assignments FINAL WHERE probe = 'second'",
      ),
    ).toEqual([{ begins: 1 }]);
  });

  it('account for every slot of agents that move, whatever changes meanwhile and whatever becomes of the slots', async () => {
    const fate = fc.constantFrom('ok', 'ok', 'ok', 'missed', 'dropped', 'held', 'lost');
    const step = fc.record({
      everyS: fc.constantFrom(2, 3, 5),
      secondProbe: fc.boolean(),
      tookMs: fc.integer({ min: 5000, max: 90_000 }),
      change: fc.boolean(),
      moves: fc.boolean(),
      fates: fc.array(fate, { minLength: 7, maxLength: 7 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        run += 1;
        await accountFor(`agent-${run}`, steps);
      }),
      { numRuns: 4 },
    );
  }, 120_000);

  interface Step {
    readonly everyS: number;
    readonly secondProbe: boolean;
    readonly tookMs: number;
    readonly change: boolean;
    readonly moves: boolean;
    readonly fates: readonly string[];
  }

  /** Lets an agent live through the steps, reports its slots as their fates say, and holds the ledger against that. */
  async function accountFor(id: string, steps: readonly Step[]): Promise<void> {
    const startMs = clock.wallMs();
    const agent = new ToldAgent(id);
    const counts: Record<string, number> = { ok: 0, missed: 0, dropped: 0, held: 0, lost: 0 };
    let at = one;
    let seq = 0;
    await agent.join(at);
    for (const { everyS, secondProbe, tookMs, change, moves, fates } of steps) {
      if (change) {
        const probes = [probe('front', { every: `${everyS}s` }), probe('second', { paused: !secondProbe })];
        await at.registry.apply(spec(...probes));
        await told(agent, at);
      }
      const fromMs = clock.wallMs();
      clock.advance(tookMs);
      const rows = [];
      for (const slot of slotsOf(agent, fromMs, clock.wallMs())) {
        const kind = fates[seq % fates.length] ?? 'ok';
        seq += 1;
        counts[kind] = (counts[kind] ?? 0) + 1;
        const missed = { outcome: 'missed', missedReason: 'overrun', metrics: {} } as const;
        if (kind === 'ok' || kind === 'missed')
          rows.push(rowOf(seq, { ...slot, ...(kind === 'missed' && missed) }, { agent: id }));
      }
      if (rows.length > 0) await test.store.insertResults(resultBlock(`${id}-${seq}`, rows));
      if (moves) at = at === one ? two : one;
      await agent.join(at);
    }
    at.registry.goodbye(id, clock.wallMs());
    at.registry.heard(
      id,
      olderHealthOf({ pending: counts.held ?? 0, dropped: { spool_age: counts.dropped ?? 0 } }),
    );
    // Whatever was due is to be accounted for by then, and nothing new is due.
    clock.advance(10_000);
    const { agents } = await at.registry.ledger({ sinceMs: startMs, agent: id });
    const [ledger] = agents;
    const { stored = 0, pending = 0, missed = 0, dropped = 0, unaccounted = 0 } = ledger ?? {};
    expect(ledger?.expected).toBe(stored + pending + missed + dropped + unaccounted);
    expect({ ...ledger }).toMatchObject({
      expected: seq,
      stored: counts.ok,
      missed: counts.missed,
      dropped: counts.dropped,
      pending: counts.held,
      unaccounted: counts.lost,
      extra: 0,
      duplicates: 0,
    });
    await agent.leave();
  }

  /** Waits until the agent has been told what its collector has for it. */
  async function told(agent: ToldAgent, { registry }: RunningCollector): Promise<void> {
    const wanted = async () =>
      (await registry.assignments(agent.id)).map(({ probe, everyMs }) => [probe, everyMs]);
    const has = () => agent.schedule.assignments.map(({ probe, everyMs }) => [probe, everyMs]);
    const target = await wanted();
    await expect.poll(has, SOON).toEqual(target);
  }

  /** The slots that an agent would run in [from, until), as it was told last. */
  function slotsOf(agent: ToldAgent, fromMs: number, untilMs: number) {
    return agent.schedule.assignments.flatMap((check) => {
      const series = slotSeries(check.probe, check.target.name, agent.id, check.everyMs);
      const slots = [];
      const first = slotAtOrAfter(series, Math.max(fromMs, check.effectiveFromMs));
      for (let scheduledMs = first; scheduledMs < untilMs; scheduledMs += check.everyMs)
        slots.push({ probe: check.probe, target: check.target.name, scheduledMs });
      return slots;
    });
  }
});

describeEngines('many agents that connect at once', (engine) => {
  it('are read from the store in a few questions', async () => {
    const test = await openTestStore(engine);
    let questions = 0;
    const counting: Store = {
      ...test.store,
      query: (sql, params) => {
        questions += 1;
        return test.store.query(sql, params);
      },
    };
    const collectors = new Collectors(counting, manualClock(Date.now()));
    try {
      const { registry } = await collectors.start('one');
      await registry.apply(spec(probe('front'), probe('second')));
      const agents = Array.from({ length: 1500 }, (_, index) => new ToldAgent(`agent-${index}`));
      await Promise.all(agents.map((agent) => agent.join({ registry })));
      questions = 0;
      const told = await Promise.all(agents.map((agent) => agent.join({ registry })));
      expect(questions).toBeLessThan(3 * Math.ceil(agents.length / REGISTRY_LIMITS.readAgents.value) + 10);
      // The same processes hold what they were told: they need not be told again.
      expect(told.every(({ assignments }) => assignments.length === 0)).toBe(true);
      expect(agents.every(({ schedule }) => schedule.assignments.length === 2)).toBe(true);
    } finally {
      await collectors.close();
      await test.close();
    }
  });
});
