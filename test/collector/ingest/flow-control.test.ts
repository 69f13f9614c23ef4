/** Shares of the queue as agents see them: given at the welcome, with each ack, and when others come or go. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const MOST = LINK_LIMITS.creditResults.value;
/** So many sessions that their shares are far below what one may have. */
const CROWD = Math.ceil((2 * INGEST_LIMITS.queueRows.value) / MOST);

let test: TestStore;
let link: LinkServer;
beforeEach(async () => {
  test = await openTestStore('embedded');
  link = await startLinkServer(test.store);
});
afterEach(async () => {
  await link?.close();
  await test?.close();
});

const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => recordOf(from + index, { scheduledMs: Date.now() }));

function joinCrowd() {
  return Promise.all(
    Array.from({ length: CROWD }, (_, nth) => ScriptedAgent.join(link.url, { agent: `crowd-${nth}` })),
  );
}

it('an agent that sends nothing is told of its smaller share when others come, and of its larger one when they go', async () => {
  const { agent, welcome } = await ScriptedAgent.join(link.url, { agent: 'idle' });
  expect(welcome.credit).toBe(MOST);
  const crowd = await joinCrowd();
  const smaller = await agent.next('ack', ({ credit }) => credit < MOST);
  expect(smaller).toMatchObject({ boot: 'boot-1', seq: 0 });
  const share = Math.floor(INGEST_LIMITS.queueRows.value / (CROWD + 1));
  await expect
    .poll(() => link.ingest.gauges().creditGranted, { timeout: 5000 })
    .toBeLessThanOrEqual(INGEST_LIMITS.queueRows.value);
  expect(smaller.credit).toBeLessThanOrEqual(1.5 * share);

  for (const one of crowd) await one.agent.close();
  await agent.next('ack', ({ credit }) => credit === MOST);
  await agent.close();
});

it('those who come when everything is granted begin with one result, and soon have their share', async () => {
  const crowd = await joinCrowd();
  const credits = crowd.map(({ welcome }) => welcome.credit);
  expect(Math.min(...credits)).toBe(1);
  const share = Math.floor(INGEST_LIMITS.queueRows.value / CROWD);
  for (const { agent, welcome } of crowd)
    if (welcome.credit < share / 2) await agent.next('ack', ({ credit }) => credit > share / 2);
  for (const { agent } of crowd) await agent.close();
});

it('the ack that brings a credit says no more than what this session knows to be held', async () => {
  const first = await ScriptedAgent.join(link.url, { agent: 'idle' });
  first.agent.results('boot-1', records(1, 10));
  await first.agent.acked(10);
  await first.agent.close();
  const { agent } = await ScriptedAgent.join(link.url, { agent: 'idle' });
  const crowd = await joinCrowd();
  expect(await agent.next('ack', ({ credit }) => credit < MOST)).toMatchObject({ boot: 'boot-1', seq: 10 });
  for (const one of crowd) one.agent.socket.terminate();
  await agent.close();
});

it('an agent that has sent by its larger share is served, though the share is smaller now', async () => {
  const { agent } = await ScriptedAgent.join(link.url, { agent: 'eager' });
  const crowd = await joinCrowd();
  await agent.next('ack', ({ credit }) => credit < MOST);
  // On its way when the smaller share was sent.
  for (let from = 1; from < MOST; from += 1000) agent.results('boot-1', records(from, from + 999));
  await agent.acked(MOST);
  for (const one of crowd) one.agent.socket.terminate();
  await agent.close();
});
