import { describe, expect, it, onTestFinished } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { collectorUrl } from '../../agent/link.ts';
import type { SessionOptions } from '../../agent/session.ts';
import { Session } from '../../agent/session.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import type { Welcome } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { draft, LABELS, temporaryFolder } from './fixtures.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const EVERY_MS = LINK_LIMITS.healthEveryMs.value;

/** A session over a real socket, under virtual time. */
function dial(url: string, options: { time?: VirtualTime; spool?: Spool } = {}) {
  const time = options.time ?? new VirtualTime();
  const spool =
    options.spool ??
    new Spool({ dataDir: temporaryFolder(), boot: 'boot-1', clock: systemClock, timers: systemTimers });
  onTestFinished(() => spool.close());
  const welcomes: Welcome[] = [];
  const session = new Session({
    url: collectorUrl(url),
    clock: time.clock,
    timers: time.timers,
    spool,
    offset: new ClockOffset(time.clock),
    singly: false,
    hello: () => ({
      agent: 'agent-1',
      labels: LABELS,
      capabilities: { probeTypes: ['echo'], browser: '' },
      software: 'test',
      scheduleRevision: 0,
    }),
    health: () => ({
      pending: 0,
      running: 0,
      dropped: {},
      scheduleRevision: 0,
      eventLoopDelayMs: 0,
      cpuRatio: 0,
      rssBytes: 1,
      clockOffsetMs: 0,
      lastError: '',
    }),
    onWelcome: (welcome) => welcomes.push(welcome),
    onSchedule: () => {},
    onRunNow: () => {},
  } satisfies SessionOptions);
  return { time, session, spool, welcomes };
}

describe('Session', () => {
  it('says how the agent is every five seconds', async () => {
    const collector = await ScriptedCollector.start();
    const { time, session } = dial(collector.url);
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length === 1);
    for (const count of [2, 3, 4]) {
      await settle();
      time.advance(EVERY_MS);
      await peer.until(() => peer.healths.length === count);
    }
    session.close(1000, 'done');
    expect((await session.ended).code).toBe(1000);
  });

  it('gives up a collector that has gone silent without closing', async () => {
    const collector = await ScriptedCollector.start();
    const { time, session } = dial(collector.url);
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length === 1);
    await settle();
    // Frozen, as behind a firewall that forgot the connection: no answer, and no end either.
    peer.socket.pause();
    time.advance(3 * EVERY_MS + 1);
    expect(session.welcomed).toBe(true);
    time.advance(EVERY_MS);
    const end = await session.ended;
    expect(end.code).toBe(1006);
    expect(end.reason).toContain('not heard');
    expect(end.lastedMs).toBeGreaterThanOrEqual(3 * EVERY_MS);
  });

  it('gives up a collector that answers pings but sends no welcome', async () => {
    const collector = await ScriptedCollector.start({ welcome: () => undefined });
    const { time, session } = dial(collector.url);
    const peer = await collector.session(0);
    await peer.until(() => peer.hello !== undefined);
    time.advance(2 * EVERY_MS);
    const end = await session.ended;
    expect(end.reason).toContain('no welcome');
    expect(end.lastedMs).toBeUndefined();
  });

  it('is not called broken by a collector that is only quiet: pongs count', async () => {
    const collector = await ScriptedCollector.start();
    const { time, session } = dial(collector.url);
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length === 1);
    for (let count = 0; count < 8; count += 1) {
      const { length } = peer.healths;
      time.advance(EVERY_MS);
      await peer.until(() => peer.healths.length > length);
      await settle();
    }
    expect(peer.closed).toBeUndefined();
    session.close(1000, 'done');
    await session.ended;
  });

  it('leaves a draining collector that acknowledges nothing more after a while', async () => {
    const collector = await ScriptedCollector.start({ acks: false });
    const { time, session, spool } = dial(collector.url);
    spool.add([draft(1)]);
    spool.commit();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length === 1);
    session.notify();
    await settle();
    time.advance(AGENT_LIMITS.flushMs.value);
    await peer.until(() => peer.results.length === 1);
    peer.send({ type: 'drain', retryAfterMs: 86_400_000 });
    await peer.quiet(20);
    time.advance(AGENT_LIMITS.drainMs.value);
    const end = await session.ended;
    expect(end.unacked).toEqual({ boot: 'boot-1', seq: 1 });
    // A day is too long to obey.
    expect(end.retryAfterMs).toBe(AGENT_LIMITS.retryAfterMaxMs.value);
  });

  it('names at most as many boots as a hello holds, and comes back for the others', async () => {
    const dataDir = temporaryFolder();
    const clocks = { clock: systemClock, timers: systemTimers };
    const boots = Array.from({ length: 70 }, (_, index) => `boot-${index}`);
    for (const boot of boots) {
      const earlier = new Spool({ dataDir, boot, ...clocks });
      earlier.add([draft()]);
      earlier.close();
    }
    const spool = new Spool({ dataDir, boot: 'now', ...clocks });
    const collector = await ScriptedCollector.start();
    const { session } = dial(collector.url, { spool });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length === 63);
    expect(peer.hello?.spooledBoots).toHaveLength(64);
    expect(peer.hello?.spooledBoots).toContain('now');
    const end = await session.ended;
    expect([end.code, end.reason]).toEqual([1000, 'further boots']);
    spool.commit();
    expect(spool.boots()).toEqual([...boots.slice(63), 'now']);
  });

  it('explains in its end what the network said', async () => {
    const gone = await ScriptedCollector.start();
    const { url } = gone;
    await gone.close();
    const { session } = dial(url);
    const end = await session.ended;
    expect(end.code).toBe(1006);
    expect(end.reason).toContain('ECONNREFUSED');
  });
});
