import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { Collectors, type RunningCollector, ToldAgent } from './several.ts';

/** Longer than a look at the fleet and the poll of the peers, by the real clock. */
const SOON = { timeout: 15_000, interval: 50 };
const SPEC = {
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.example/' }],
  probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '2s', from: '2 per region' }],
};

let test: TestStore;
let clock: ManualClock;
let collectors: Collectors;
let one: RunningCollector;

beforeEach(async () => {
  test = await openTestStore('embedded');
  clock = manualClock(Date.now() - 7_200_000);
  collectors = new Collectors(test.store, clock);
  one = await collectors.start('one');
  await one.registry.apply(SPEC);
});
afterEach(async () => {
  await collectors.close();
  await test.close();
});

const fleetOf = (count: number) => Array.from({ length: count }, (_, n) => new ToldAgent(`edge-${n}`));
const running = (agents: readonly ToldAgent[]) =>
  agents.filter(({ schedule }) => schedule.assignments.length > 0).map(({ id }) => id);
const beginsOf = (agents: readonly ToldAgent[]) =>
  agents.flatMap(({ id, schedule }) =>
    schedule.assignments.map(({ effectiveFromMs }) => [id, effectiveFromMs]),
  );

describe('places of a probe', () => {
  it('are the same at two collectors that have half of the agents each', async () => {
    const two = await collectors.start('two');
    const agents = fleetOf(6);
    for (const [index, agent] of agents.entries()) await agent.join(index % 2 === 0 ? one : two);
    // Until they have heard of each other's agents, each gives places to its own.
    const views = () => [one, two].map(({ registry }) => registry.probe('front')?.agents.toSorted().join());
    const agreed = () => new Set([...views(), running(agents).join()]).size === 1;
    await expect.poll(() => running(agents).length === 2 && agreed(), SOON).toBe(true);
  });

  it('stay with agents that move to another collector: what they run goes on without a gap', async () => {
    const two = await collectors.start('two');
    const agents = fleetOf(4);
    for (const agent of agents) await agent.join(one);
    await expect.poll(() => running(agents).length, SOON).toBe(2);
    const before = beginsOf(agents);
    await expect.poll(() => two.registry.probe('front')?.agents.length, SOON).toBe(2);
    clock.advance(10_000);
    for (const agent of agents) await agent.join(two);
    expect(beginsOf(agents)).toEqual(before);
  });

  it('stay with their agents when the collector restarts', async () => {
    const agents = fleetOf(4);
    for (const agent of agents) await agent.join(one);
    await expect.poll(() => running(agents).length, SOON).toBe(2);
    const before = beginsOf(agents);
    for (const agent of agents) await agent.leave();
    await one.close();
    clock.advance(20_000);
    const again = await collectors.start('again');
    for (const agent of agents.toReversed()) await agent.join(again);
    expect(beginsOf(agents)).toEqual(before);
  });
});
