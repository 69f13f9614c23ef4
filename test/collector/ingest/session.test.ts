import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../protocol/codec.ts';
import { CLOSE_CODES, GOODBYE } from '../../../protocol/errors.ts';
import { AGENT_PATH, SUBPROTOCOL } from '../../../protocol/frame.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';
import { olderHealthOf } from '../../support/health.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

let test: TestStore;
let link: LinkServer;
let nth = 0;
/** An agent of its own for each test. */
let id: string;

beforeAll(async () => {
  test = await openTestStore('embedded');
  link = await startLinkServer(test.store);
});
afterAll(async () => {
  await link?.close();
  await test?.close();
});
beforeEach(() => {
  nth += 1;
  id = `agent-${nth}`;
});

const now = () => Date.now();
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => recordOf(from + index, { scheduledMs: now() }));
const stored = (agent: string) =>
  test.store.query('SELECT boot, seq FROM results WHERE agent = {agent:String} ORDER BY boot, seq', {
    agent,
  });

describe('a session', () => {
  it('is welcomed with the version, the clock, the credit and a schedule', async () => {
    const { agent, welcome } = await ScriptedAgent.join(link.url, { agent: id, sentMs: 1234 });
    expect(welcome).toMatchObject({ version: 1, helloSentMs: 1234, held: { 'boot-1': 0 }, credit: 5000 });
    expect(welcome.schedule.assignments).toEqual([]);
    expect(Math.abs(welcome.serverMs - now())).toBeLessThan(5000);
    await agent.close();
  });

  it('acknowledges what is committed, and only then', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', records(1, 3));
    const ack = await agent.next('ack');
    expect(ack).toMatchObject({ boot: 'boot-1', seq: 3 });
    expect(await stored(id)).toEqual([1, 2, 3].map((seq) => ({ boot: 'boot-1', seq })));
    await agent.close();
  });

  it('stores results under the labels that the collector has, whatever order batches of boots come in', async () => {
    const { agent } = await ScriptedAgent.join(link.url, {
      agent: id,
      labels: labelsOf('us-east', { country: 'US', isp: 'Example Fiber' }),
      spooledBoots: ['boot-0', 'boot-1'],
    });
    agent.results('boot-1', records(1, 2));
    agent.results('boot-0', records(5, 6), 4);
    await agent.next('ack', ({ boot }) => boot === 'boot-1');
    await agent.next('ack', ({ boot }) => boot === 'boot-0');
    expect(
      await test.store.query(
        'SELECT DISTINCT region, country, isp FROM results WHERE agent = {agent:String}',
        { agent: id },
      ),
    ).toEqual([{ region: 'us-east', country: 'US', isp: 'Example Fiber' }]);
    await agent.close();
  });

  it('answers health with the time, and remembers it', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.send(olderHealthOf({ sentMs: 77, pending: 3, dropped: { spool_full: 2 }, scheduleRevision: 0 }));
    const answer = await agent.next('health_ack');
    expect(answer.echoSentMs).toBe(77);
    expect(link.registry.agent(id)?.health).toMatchObject({ pending: 3, dropped: { spool_full: 2 } });
    await agent.close();
  });

  it('skips what it holds already: what is sent twice is stored once and acknowledged', async () => {
    const before = link.ingest.counters.resultsDuplicate;
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', records(1, 4));
    agent.results('boot-1', records(1, 4));
    agent.results('boot-1', records(3, 6));
    await agent.acked(6);
    expect(await stored(id)).toHaveLength(6);
    expect(link.ingest.counters.resultsDuplicate - before).toBe(6);
    await agent.close();
  });

  it('tells an agent that comes back how far it has come, and takes the rest once', async () => {
    const first = await ScriptedAgent.join(link.url, { agent: id });
    first.agent.results('boot-1', records(1, 10));
    await first.agent.acked(10);
    await first.agent.close();
    const second = await ScriptedAgent.join(link.url, { agent: id, spooledBoots: ['boot-1', 'boot-0'] });
    expect(second.welcome.held).toEqual({ 'boot-1': 10, 'boot-0': 0 });
    second.agent.results('boot-1', records(8, 12));
    await second.agent.acked(12);
    expect(await stored(id)).toHaveLength(12);
    await second.agent.close();
  });

  it('acknowledges to the next session what the cut one had sent', async () => {
    const first = await ScriptedAgent.join(link.url, { agent: id });
    first.agent.results('boot-1', records(1, 10));
    await sleep(20);
    first.agent.socket.terminate();
    const second = await ScriptedAgent.join(link.url, { agent: id });
    const from = (second.welcome.held['boot-1'] ?? 0) + 1;
    if (from <= 10) second.agent.results('boot-1', records(from, 10));
    second.agent.results('boot-1', records(11, 11));
    await second.agent.acked(11);
    expect(await stored(id)).toHaveLength(11);
    await second.agent.close();
  });

  it('takes results that came before those in front of them for none of its own, and neither acks nor stores them', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', records(1, 2));
    agent.results('boot-1', records(5, 6), 1);
    const { code, reason } = await agent.closed;
    expect([code, reason]).toEqual([CLOSE_CODES.bad_frame, 'seq 5 came after 2, and only 1 were given up']);
    expect(agent.frames.some((frame) => frame.type === 'ack' && frame.seq > 2)).toBe(false);
    const again = await ScriptedAgent.join(link.url, { agent: id });
    again.agent.results('boot-1', records((again.welcome.held['boot-1'] ?? 0) + 1, 6));
    await again.agent.acked(6);
    expect(await stored(id)).toHaveLength(6);
    await again.agent.close();
  });

  it('takes a gap in the numbers as results given up where the agent says so, and counts it', async () => {
    const before = link.ingest.counters.sequenceGaps;
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', records(1, 2));
    agent.results('boot-1', records(9, 10), 6);
    await agent.acked(10);
    expect(await stored(id)).toHaveLength(4);
    expect(link.ingest.counters.sequenceGaps - before).toBe(1);
    await agent.close();
  });

  it('acknowledges results of impossible times without storing them', async () => {
    const before = link.ingest.counters.resultsOutOfRange;
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    agent.results('boot-1', [
      recordOf(1, { scheduledMs: 0 }),
      recordOf(2, { scheduledMs: now() + 86_400_000 }),
      recordOf(3, { scheduledMs: now() }),
    ]);
    await agent.acked(3);
    expect(await stored(id)).toEqual([{ boot: 'boot-1', seq: 3 }]);
    agent.results('boot-1', [recordOf(4, { scheduledMs: 0 })]);
    await agent.acked(4);
    expect(link.ingest.counters.resultsOutOfRange - before).toBe(3);
    await agent.close();
  });

  it('notes a goodbye', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    const stoppedAtMs = now() - 5;
    agent.send({ type: 'goodbye', stoppedAtMs, reason: 'SIGTERM' });
    expect(await agent.closed).toEqual(GOODBYE);
    expect(link.registry.agent(id)).toMatchObject({ state: 'stopped', stoppedAtMs });
    const [row] = await test.store.query<{ stopped: number }>(
      'SELECT toUnixTimestamp64Milli(stopped_at) AS stopped FROM agents FINAL WHERE id = {id:String}',
      { id },
    );
    expect(row?.stopped).toBe(stoppedAtMs);
  });
});

describe('two sessions of one agent', () => {
  it('of one process: the newer takes over', async () => {
    const { agent: older } = await ScriptedAgent.join(link.url, { agent: id });
    const { agent: newer } = await ScriptedAgent.join(link.url, { agent: id });
    expect(await older.closed).toMatchObject({
      code: CLOSE_CODES.replaced,
      reason: expect.stringContaining('newer'),
    });
    newer.results('boot-1', records(1, 1));
    await newer.acked(1);
    expect(link.registry.agent(id)?.connectedSinceMs).toBeDefined();
    await newer.close();
  });

  it('of two living processes: the newer is refused', async () => {
    const { agent: older } = await ScriptedAgent.join(link.url, { agent: id });
    const newer = await ScriptedAgent.connect(link.url);
    newer.send(helloOf({ agent: id, boot: 'boot-2' }));
    expect(await newer.closed).toMatchObject({
      code: CLOSE_CODES.replaced,
      reason: expect.stringContaining('another process'),
    });
    older.results('boot-1', records(1, 1));
    await older.acked(1);
    expect(link.registry.agent(id)?.boot).toBe('boot-1');
    await older.close();
  });

  it('of a process that does not answer any more and another: the newer takes over', async () => {
    const { agent: older } = await ScriptedAgent.join(link.url, { agent: id });
    older.socket.pause();
    const { agent: newer, welcome } = await ScriptedAgent.join(link.url, { agent: id, boot: 'boot-2' });
    expect(welcome.held).toEqual({ 'boot-2': 0 });
    expect(link.registry.agent(id)?.boot).toBe('boot-2');
    older.socket.terminate();
    await newer.close();
  });
});

describe('a peer that breaks the contract', () => {
  let witness: ScriptedAgent;
  let seq = 0;
  beforeEach(async () => {
    seq = 0;
    witness = (await ScriptedAgent.join(link.url, { agent: `witness-${nth}` })).agent;
  });
  /** Whatever happened, the neighbour is served. */
  afterEach(async () => {
    seq += 1;
    witness.results('boot-1', records(seq, seq));
    await witness.acked(seq);
    await witness.close();
  });

  const hostile: [string, (agent: ScriptedAgent) => void, number, RegExp][] = [
    [
      'noise',
      (agent) => agent.socket.send(Buffer.from([0xff, 0xff, 0xff, 0xff])),
      CLOSE_CODES.bad_frame,
      /Envelope/,
    ],
    ['an empty frame', (agent) => agent.socket.send(Buffer.alloc(0)), CLOSE_CODES.bad_frame, /./],
    ['text', (agent) => agent.socket.send('hello'), CLOSE_CODES.bad_frame, /text/],
    [
      'text that is no UTF-8',
      (agent) => agent.socket.send(Buffer.from([0xc3, 0x28]), { binary: false }),
      1007,
      /^/,
    ],
    ['too much', (agent) => agent.socket.send(Buffer.alloc(LINK_LIMITS.frameBytes.value + 1)), 1009, /^/],
    [
      'a frame of the collector',
      (agent) => agent.socket.send(encodeFrame({ type: 'drain', retryAfterMs: 1 })),
      CLOSE_CODES.bad_frame,
      /drain/,
    ],
    ['a second hello', (agent) => agent.send(helloOf({ agent: id })), CLOSE_CODES.bad_frame, /twice/],
    [
      'results of a boot that it did not name',
      (agent) => agent.results('other', records(1, 1)),
      CLOSE_CODES.bad_frame,
      /boot other/,
    ],
  ];
  it.each(hostile)('with %s is closed with a code and a reason', async (_what, act, code, reason) => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    act(agent);
    const closed = await agent.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(reason);
    await expect.poll(() => link.ingest.counters.sessionsClosed[code]).toBeGreaterThan(0);
  });

  it('that sends results before its hello is closed', async () => {
    const agent = await ScriptedAgent.connect(link.url);
    agent.results('boot-1', records(1, 1));
    expect(await agent.closed).toMatchObject({
      code: CLOSE_CODES.bad_frame,
      reason: expect.stringContaining('before the welcome'),
    });
  });

  it('that speaks another version is told which are spoken', async () => {
    const agent = await ScriptedAgent.connect(link.url);
    agent.send(helloOf({ agent: id, versions: [7, 8] }));
    expect(await agent.closed).toEqual({
      code: CLOSE_CODES.version,
      reason: 'the agent speaks 7, 8, the collector 1',
    });
  });

  it('that speaks later versions too is welcomed with the common one', async () => {
    const { agent, welcome } = await ScriptedAgent.join(link.url, { agent: id, versions: [9, 1] });
    expect(welcome.version).toBe(1);
    await agent.close();
  });

  it('that takes more than its credit is closed', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: id });
    for (let from = 1; from <= LINK_LIMITS.creditResults.value + 1; from += 1000)
      agent.results('boot-1', records(from, from + 999));
    expect(await agent.closed).toMatchObject({
      code: CLOSE_CODES.over_credit,
      reason: expect.stringContaining('5000'),
    });
  });

  it('that says nothing is closed when its time is over', async () => {
    const agent = await ScriptedAgent.connect(link.url);
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.no_hello });
  });

  it('that sends random bytes never harms the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const agent = await ScriptedAgent.connect(link.url);
        agent.socket.send(bytes);
        expect((await agent.closed).code).toBe(CLOSE_CODES.bad_frame);
      }),
      { numRuns: 30 },
    );
  });

  it('that breaks WebSocket itself is cut off', async () => {
    const socket = connect(Number(new URL(link.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET ${AGENT_PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    const said: Buffer[] = [];
    socket.on('data', (chunk) => said.push(chunk));
    // A frame without a mask, which only servers may send.
    socket.write(Buffer.from([0x82, 0x05, 1, 2, 3, 4, 5]));
    await new Promise((resolve) => socket.once('close', resolve));
    // It is closed for that, with 1002, and not for a greeting that did not come (RFC 6455 §5.5.1, §7.4.1).
    const close = Buffer.concat(said);
    expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, 1002]);
  });
});

describe('an upgrade', () => {
  it('on another path is not found', async () => {
    await expect(ScriptedAgent.connect(link.url, { path: '/v1/other' })).rejects.toThrow('404');
  });
  it('without the subprotocol is refused', async () => {
    await expect(ScriptedAgent.connect(link.url, { protocol: 'other.v1' })).rejects.toThrow('400');
  });
  it('from a page of a browser is refused', async () => {
    await expect(ScriptedAgent.connect(link.url, { origin: 'http://evil.example' })).rejects.toThrow('403');
  });
});
