/** Each limit of ingest past its end; those of blocks and credit are in the tests of these. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { newCounters } from '../../../collector/ingest/counters.ts';
import { CreditPool } from '../../../collector/ingest/credit.ts';
import type { IngestOptions } from '../../../collector/ingest/ingest.ts';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import { Session } from '../../../collector/ingest/session.ts';
import { type Occupancy, refusalOf } from '../../../collector/ingest/upgrade.ts';
import type { Clock } from '../../../probes/probe.ts';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { AGENT_PATH, type Assignment, type Schedule, SUBPROTOCOL } from '../../../protocol/frame.ts';
import { type LinkServer, REAL_CLOCK, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const REQUEST = {
  url: AGENT_PATH,
  headers: { 'sec-websocket-protocol': SUBPROTOCOL },
} as unknown as IncomingMessage;
const occupied = (more: Partial<Occupancy>): Occupancy => ({
  sessions: 0,
  arriving: 0,
  isOpen: true,
  random: () => 0,
  ...more,
});

describe('an upgrade', () => {
  const { sessions, arriving, arrivalsPerSecond } = INGEST_LIMITS;

  it('is granted up to the limit of sessions, and of those that arrive', () => {
    expect(refusalOf(REQUEST, occupied({ sessions: sessions.value - 1 }))).toBeUndefined();
    expect(refusalOf(REQUEST, occupied({ sessions: sessions.value }))).toMatchObject({
      status: expect.stringContaining('503'),
      why: 'too many sessions',
    });
    expect(refusalOf(REQUEST, occupied({ arriving: arriving.value - 1 }))).toBeUndefined();
    expect(refusalOf(REQUEST, occupied({ arriving: arriving.value }))).toMatchObject({
      status: expect.stringContaining('503'),
      why: 'too many agents arrive at once',
    });
  });

  it('that is refused may come again after a time that spreads the fleet', () => {
    const retryAfter = (random: number, count: number) =>
      refusalOf(REQUEST, occupied({ isOpen: false, sessions: count, random: () => random }))?.retryAfterS;
    expect(retryAfter(0, 10_000)).toBe(1);
    expect(retryAfter(0.999, 10_000)).toBe(1 + Math.floor(10_001 / arrivalsPerSecond.value));
    expect(retryAfter(0.999, 0)).toBe(1);
  });
});

it('a peer that does not read what it is sent is cut', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const open = new Promise((resolve) => peer.once('open', resolve));
  const ended = Promise.withResolvers<number>();
  const nothing = () => undefined;
  const session = new Session(await connected, {
    clock: REAL_CLOCK,
    counters: newCounters(),
    admit: () => new Promise(nothing),
    accept: nothing,
    watch: () => new Promise(nothing),
    evidence: () => new Promise(nothing),
    health: nothing,
    goodbye: async () => undefined,
    heard: nothing,
    welcomed: () => new CreditPool().open(),
    ended: (_session, code) => ended.resolve(code),
  });
  await open;
  peer.pause();
  const assignment: Assignment = {
    probe: 'p',
    type: 'http',
    target: { name: 't', url: 'http://video.example/', labels: {} },
    everyMs: 1000,
    timeoutMs: 500,
    params: { body: 'x'.repeat(60_000) },
    effectiveFromMs: 0,
  };
  const schedule: Schedule = { type: 'schedule', revision: 1, assignments: Array(10).fill(assignment) };
  // The kernel takes some on both sides before anything waits here.
  for (let sent = 0; !session.over && sent < 100; sent += 1) session.send(schedule);
  expect(await ended.promise).toBe(1006);
  peer.terminate();
  server.close();
});

describe('past its limit', () => {
  let test: TestStore;
  let link: LinkServer;
  /** Added to the clock of the collector. */
  let aheadMs = 0;
  let gate: Promise<void> = Promise.resolve();
  const clock: Clock = {
    wallMs: REAL_CLOCK.wallMs,
    monotonicMs: () => REAL_CLOCK.monotonicMs() + aheadMs,
  };

  beforeAll(async () => {
    test = await openTestStore('embedded');
    const { store } = test;
    const inserts: IngestOptions['store'] = {
      shards: 1,
      life: () => Promise.resolve('one'),
      query: (sql, params) => store.query(sql, params),
      insertResults: async (block, options) => {
        await gate;
        await store.insertResults(block, options);
      },
    };
    link = await startLinkServer(store, { clock, inserts });
  });
  afterAll(async () => {
    await link?.close();
    await test?.close();
  });

  it('a peer that is silent for too long is cut', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'silent' });
    aheadMs += INGEST_LIMITS.silentMs.value + 1;
    expect(await agent.closed).toMatchObject({ code: 1006 });
  });

  it('a peer that does not answer a close is cut', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'deaf' });
    agent.socket.pause();
    agent.results('boot-unknown', [recordOf(1)]);
    await expect.poll(() => link.ingest.gauges().sessions, { timeout: 5000 }).toBe(0);
    agent.socket.terminate();
  });

  it('a goodbye from the far future counts as of the limit', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'hasty' });
    agent.send({ type: 'goodbye', stoppedAtMs: Date.now() + 3_600_000, reason: 'SIGTERM' });
    await agent.close();
    await expect.poll(() => link.registry.agent('hasty')?.state).toBe('stopped');
    const aheadBy = (link.registry.agent('hasty')?.stoppedAtMs ?? 0) - Date.now();
    expect(aheadBy).toBeLessThanOrEqual(INGEST_LIMITS.clockAheadMs.value);
    expect(aheadBy).toBeGreaterThan(INGEST_LIMITS.clockAheadMs.value - 10_000);
  });

  it('results far longer than ordinary ones pause the reading until half of the memory is free', async () => {
    const store = Promise.withResolvers<void>();
    gate = store.promise;
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'verbose' });
    const long = 'x'.repeat(1000);
    const record = (seq: number) => {
      const attributes = Object.fromEntries(
        Array.from({ length: 40 }, (_, nth) => [`k${nth}`, `${seq}-${nth}${long}`]),
      );
      return recordOf(seq, { scheduledMs: Date.now(), attributes });
    };
    const each = 20;
    const frames = Math.ceil((1.3 * INGEST_LIMITS.queueBytes.value) / (each * 40 * 1000));
    for (let nth = 0; nth < frames; nth += 1)
      agent.results(
        'boot-1',
        Array.from({ length: each }, (_, index) => record(nth * each + index + 1)),
      );
    await expect.poll(() => link.ingest.counters.backpressurePauses, { timeout: 20_000 }).toBe(1);
    const { queuedBytes } = link.ingest.gauges();
    expect(queuedBytes).toBeGreaterThan(INGEST_LIMITS.queueBytes.value);
    expect(queuedBytes).toBeLessThan(1.1 * INGEST_LIMITS.queueBytes.value);
    store.resolve();
    await agent.acked(frames * each);
    expect(link.ingest.gauges().queuedBytes).toBe(0);
    await agent.close();
  }, 60_000);

  it('more in flight than any credit it was ever given closes a session', async () => {
    const { agent, welcome } = await ScriptedAgent.join(link.url, { agent: 'greedy' });
    for (let from = 1; from <= welcome.credit + 1; from += 1000)
      agent.results(
        'boot-1',
        Array.from({ length: 1000 }, (_, index) => recordOf(from + index, { scheduledMs: Date.now() })),
      );
    expect(await agent.closed).toMatchObject({
      code: CLOSE_CODES.over_credit,
      reason: expect.stringContaining(`${welcome.credit} are the limit`),
    });
  });
});
