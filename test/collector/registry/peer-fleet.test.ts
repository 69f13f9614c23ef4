import { afterEach, beforeEach, expect, it } from 'vitest';
import { Fleet } from '../../../collector/registry/fleet.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import { PeerFleet } from '../../../collector/registry/peer-fleet.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { Collectors, type RunningCollector, ToldAgent } from './several.ts';

let test: TestStore;
let clock: ManualClock;
let collectors: Collectors;
let other: RunningCollector;
beforeEach(async () => {
  test = await openTestStore('embedded');
  clock = manualClock(Date.now());
  collectors = new Collectors(test.store, clock);
  other = await collectors.start('two');
});
afterEach(async () => {
  await collectors.close();
  await test.close();
});

/** What a collector knows of the agents of the other, before it has asked for them. */
function newPeerFleet() {
  const fleet = new Fleet({ clock, collector: () => 'one-1', stamp: () => 1, checks: () => 0 }, []);
  const peers = { incarnation: 'one-1', storeOffsetMs: 0, others: () => [other.member] };
  return { fleet, peerFleet: new PeerFleet({ peers, fleet, store: test.store, clock, log: SILENT_LOG }) };
}

it('agents of another collector are known by its word', async () => {
  await new ToldAgent('a').join(other);
  const { fleet, peerFleet } = newPeerFleet();
  await peerFleet.refresh();
  expect(fleet.get('a')).toMatchObject({ state: 'connected', collector: 'two-1' });
});

it('agents of one that takes the question and does not answer in time are known by what it wrote', async () => {
  await new ToldAgent('a').join(other);
  other.hang();
  const { fleet, peerFleet } = newPeerFleet();
  const startMs = performance.now();
  await peerFleet.refresh();
  // Timers count whole milliseconds.
  expect(performance.now() - startMs).toBeGreaterThan(REGISTRY_LIMITS.peerAnswerMs.value - 2);
  expect(fleet.get('a')).toMatchObject({ state: 'connected', collector: 'two-1' });
});
