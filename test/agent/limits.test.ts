/** Limits of the agent past their end that no other test goes past. */
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import type { RunningAgent } from '../../agent/agent-deps.ts';
import { Backoff } from '../../agent/backoff.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { disturbancesOf } from '../../agent/control/disturbance.ts';
import { Lanes } from '../../agent/lanes.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { MachineLock } from '../../agent/machine-lock.ts';
import { Scheduler, type UnrunReason } from '../../agent/schedule.ts';
import { checkOf, SlotBook, slotTime } from '../../agent/slot-book.ts';
import { Spool } from '../../agent/spool.ts';
import type { Assignment } from '../../protocol/frame.ts';
import { assignment, begun, draft, LABELS, OK, probeThat, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import { drafts, linkTo } from './linked.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const NEVER = new AbortController().signal;
const PLENTY = 2 ** 40;
const L = AGENT_LIMITS;

function lanesOn(machine: { free?: number; load?: number }, lockFile = join(temporaryFolder(), 'lock')) {
  const time = new VirtualTime();
  const lanes = new Lanes({
    lightConcurrency: 1,
    timers: time.timers,
    lock: new MachineLock(lockFile, time.timers, () => 0.5),
    machine: { freeBytes: () => machine.free ?? PLENTY, loadPerCore: () => machine.load ?? 0 },
  });
  onTestFinished(() => lanes.close());
  return { lanes, time };
}

describe('a lane', () => {
  it(`of browsers has AGENT_LIMITS.browserConcurrency at work, one more waits`, async () => {
    const { lanes } = lanesOn({});
    const count = L.browserConcurrency.value;
    for (let run = 0; run < count; run += 1) await lanes.enter('browser', 60_000, NEVER);
    void lanes.enter('browser', 60_000, NEVER);
    await settle();
    expect(lanes.load.browser).toEqual({ running: count, waiting: 1 });
  });

  it.each([
    ['light', L.lightWaitMs.value],
    ['browser', L.browserWaitMs.value],
  ] as const)(
    'of %s runs lets none wait for longer than %i ms, however rare its check',
    async (name, waitMs) => {
      const { lanes, time } = lanesOn({});
      await lanes.enter(name, 86_400_000, NEVER);
      let second: unknown;
      void lanes.enter(name, 86_400_000, NEVER).then((entry) => {
        second = entry;
      });
      await settle();
      time.advance(waitMs - 1);
      await settle();
      expect(second).toBeUndefined();
      time.advance(1);
      await settle();
      expect(second).toEqual({ entered: false, reason: 'overrun' });
    },
  );

  it.each([
    [
      'browser',
      'browserFreeBytes',
      { free: L.browserFreeBytes.value },
      { free: L.browserFreeBytes.value - 1 },
    ],
    [
      'browser',
      'browserLoadPerCore',
      { load: L.browserLoadPerCore.value },
      { load: L.browserLoadPerCore.value + 0.1 },
    ],
    ['light', 'lightFreeBytes', { free: L.lightFreeBytes.value }, { free: L.lightFreeBytes.value - 1 }],
  ] as const)('sheds a %s run past %s', async (name, _limit, at, past) => {
    expect((await lanesOn(at).lanes.enter(name, 1000, NEVER)).entered).toBe(true);
    expect(await lanesOn(past).lanes.enter(name, 1000, NEVER)).toEqual({ entered: false, reason: 'shed' });
  });
});

function schedulerOf(...assignments: Assignment[]) {
  const time = new VirtualTime();
  const started: number[] = [];
  const unrun: UnrunReason[] = [];
  let beyond = 0;
  const book = new SlotBook();
  const scheduler = new Scheduler({
    ...{ agent: 'agent-1', clock: time.clock, timers: time.timers, book, bootMs: time.clock.wallMs() },
    onDue(check, slotMs) {
      started.push(time.clock.wallMs() - slotMs);
      book.settle(check, slotMs);
    },
    onUnrun(_check, missed, reason) {
      for (const _slot of missed.slots) unrun.push(reason);
      beyond += missed.beyond;
    },
  });
  const begin = (): void =>
    scheduler.follow(
      assignments.map((one) => ({ ...one, effectiveFromMs: time.clock.wallMs() + one.effectiveFromMs })),
      { knownFromMs: 0 },
    );
  return { time, scheduler, started, unrun, begin, beyond: () => beyond };
}

describe('a slot', () => {
  it.each([
    ['startLateMs', L.startLateMs.value, 1, 0],
    ['startLateMs', L.startLateMs.value + 1, 0, 1],
  ])(
    '%s: one that is due %i ms ago is started %i times and missed %i times',
    (_limit, lateMs, runs, misses) => {
      const { begin, scheduler, started, time, unrun } = schedulerOf(assignment({ everyMs: 3_600_000 }));
      begin();
      // To the very slot, where its timer would fire.
      const { series } = scheduler.checks[0] as ReturnType<typeof checkOf>;
      const nowMs = time.clock.wallMs();
      const slotMs = slotTime(series, Math.ceil((nowMs - series.phaseMs) / series.everyMs));
      time.freeze(slotMs - nowMs + lateMs);
      time.advance(0);
      expect([started.length, unrun.length]).toEqual([runs, misses]);
    },
  );

  it.each([
    [L.clockJumpMs.value + 1, 'clock'],
    [L.clockJumpMs.value - 1, 'overrun'],
  ] as const)(
    'missed while the clock was set by %i ms, past or within clockJumpMs, is put down to %s',
    (jumpMs, reason) => {
      const { begin, time, unrun } = schedulerOf(assignment());
      begin();
      time.advance(3000);
      time.freeze(10_000);
      time.setWall(jumpMs);
      time.advance(10);
      expect(new Set(unrun)).toEqual(new Set([reason]));
    },
  );

  it('of an absence is written within backfillSlots, and counted past it', () => {
    const count = L.backfillSlots.value;
    const { begin, beyond, unrun } = schedulerOf(assignment({ effectiveFromMs: -(count + 7) * 1000 }));
    begin();
    expect(unrun).toHaveLength(count);
    expect(beyond()).toBe(7);
  });

  it('is remembered for trackedChecks checks, those used last', () => {
    const book = new SlotBook();
    const checks = Array.from({ length: L.trackedChecks.value + 1 }, (_, i) =>
      checkOf(assignment({ probe: `probe-${i}` }), 'agent-1'),
    );
    for (const check of checks) book.settle(check, slotTime(check.series, 1));
    expect(book.prune()).toEqual([checks[0]?.key]);
  });

  it('counts as accounted for in the oldest gaps past slotRanges', () => {
    const book = new SlotBook();
    const check = checkOf(assignment(), 'agent-1');
    const ranges = (count: number) => {
      for (let index = 0; index < count; index += 1) book.settle(check, slotTime(check.series, 2 * index));
      return book.settled(check).ranges();
    };
    expect(ranges(L.slotRanges.value)).toHaveLength(L.slotRanges.value);
    const past = ranges(L.slotRanges.value + 1);
    expect(past).toHaveLength(L.slotRanges.value);
    expect(past[0]).toEqual([0, 3]);
  });
});

describe('a run', () => {
  it('is disturbed past both disturbedDelayMs and disturbedRatio', () => {
    const [delayMs, ratio] = [L.disturbedDelayMs.value, L.disturbedRatio.value];
    const isDisturbed = (eventLoopDelayMs: number, durationMs: number) =>
      disturbancesOf({ eventLoopDelayMs }, durationMs).length > 0;
    expect(isDisturbed(delayMs + 1, delayMs / ratio)).toBe(true);
    expect(isDisturbed(delayMs, 1)).toBe(false);
    expect(isDisturbed(delayMs + 1, (delayMs + 2) / ratio)).toBe(false);
  });

  it('is disturbed by waits past both disturbedDelayMs and disturbedWaitRatio', () => {
    const [delayMs, ratio] = [L.disturbedDelayMs.value, L.disturbedWaitRatio.value];
    for (const kind of ['cpuWaitMs', 'stealMs', 'memoryStallMs']) {
      const isDisturbed = (waitMs: number, durationMs: number) =>
        disturbancesOf({ eventLoopDelayMs: 0, [kind]: waitMs }, durationMs).length > 0;
      expect(isDisturbed(delayMs + 1, delayMs / ratio)).toBe(true);
      expect(isDisturbed(delayMs, 1)).toBe(false);
      expect(isDisturbed(delayMs + 1, (delayMs + 2) / ratio)).toBe(false);
    }
  });

  it('is disturbed by a delay of the event loop past disturbedBlockMs, however long it is, unless a browser takes its times', () => {
    const blockMs = L.disturbedBlockMs.value;
    const disturbances = (eventLoopDelayMs: number, isTimedHere: boolean) =>
      disturbancesOf({ eventLoopDelayMs }, 100_000, isTimedHere);
    expect(disturbances(blockMs + 1, true)).toEqual(['event_loop']);
    expect(disturbances(blockMs, true)).toEqual([]);
    expect(disturbances(blockMs + 1, false)).toEqual([]);
  });
});

describe('the log of the spool', () => {
  it('is moved into the file past walBytes, even while runs are under way', () => {
    const dataDir = temporaryFolder();
    const time = new VirtualTime();
    const spool = new Spool({ dataDir, boot: 'boot-1', clock: time.clock, timers: time.timers });
    onTestFinished(() => spool.close());
    const walBytes = (): number => statSync(join(dataDir, 'spool.db-wal')).size;
    for (let within = true; within; within = walBytes() < L.walBytes.value) {
      spool.maintain(false);
      expect(walBytes()).toBeGreaterThan(0);
      spool.add(Array.from({ length: 500 }, () => draft()));
      spool.commit();
    }
    spool.maintain(false);
    expect(walBytes()).toBe(0);
  });
});

describe('the way to the collectors', () => {
  it('waits less than backoffMinMs before the second attempt, and less than backoffMaxMs before any', () => {
    const backoff = new Backoff(() => 1);
    const delays = Array.from({ length: 20 }, () => backoff.nextMs());
    expect(delays[0]).toBe(L.backoffMinMs.value);
    expect(Math.max(...delays)).toBe(L.backoffMaxMs.value);
  });

  it.each([
    ['begins anew with the first of the list after a session that held for stableMs', 0, 'first'],
    ['goes on to the next of the list after one that did not', -1, 'second'],
  ] as const)('%s', async (_what, moreMs, expected) => {
    const time = new VirtualTime();
    const [first, second] = [await ScriptedCollector.start(), await ScriptedCollector.start()];
    const { link, ends, urls } = linkTo([first.url, second.url], { time });
    link.start();
    const peer = await first.session(0);
    await peer.until(() => peer.healths.length > 0);
    time.freeze(L.stableMs.value + moreMs);
    peer.socket.terminate();
    while (ends.length === 0) await settle();
    while (urls.length < 2) await time.advanceSettling(10);
    expect(urls[1]).toContain(new URL({ first, second }[expected].url).host);
  });

  it('gives up a collector that does not shake hands within handshakeMs, and tries the next', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const collector = await ScriptedCollector.start();
    const { port } = silent.address() as { port: number };
    const { link, ends } = linkTo([`ws://127.0.0.1:${port}`, collector.url]);
    const startedMs = performance.now();
    link.start();
    await collector.session(0);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(L.handshakeMs.value - 50);
    expect(ends).toHaveLength(1);
  }, 30_000);

  it('sends one result at a time once a collector has refused frames as often as refusals says', async () => {
    const collector = await ScriptedCollector.start({
      acks: false,
      onFrame(frame, peer) {
        if (frame.type === 'results' && frame.batch.records.length > 1) peer.socket.close(4400, 'no');
      },
    });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(3));
    spool.commit();
    link.start();
    const count = L.refusals.value;
    const patient = await collector.session(count);
    await patient.until(() => patient.results.length === 1);
    for (let session = 0; session < count; session += 1)
      expect((await collector.session(session)).results).toHaveLength(3);
    expect(spool.dropped).toEqual({});
  });
});

describe('an agent that stops', () => {
  async function agentOf(
    collector: ScriptedCollector,
    probe = probeThat(async () => OK),
  ): Promise<RunningAgent> {
    const dataDir = temporaryFolder();
    const config = parseAgentConfig({
      ...{ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir },
      browser: { path: '/none', lockFile: join(dataDir, 'browser.lock') },
    });
    const agent = await startAgent(config, { probes: { echo: probe } });
    onTestFinished(() => agent.stop('test over'));
    return agent;
  }
  const scheduling = (plan: Assignment, more = {}) =>
    ScriptedCollector.start({
      welcome: () => ({ schedule: begun({ type: 'schedule', revision: 1, assignments: [plan] }) }),
      ...more,
    });
  const often = assignment({ everyMs: 500, timeoutMs: 60_000, effectiveFromMs: UNBEGUN_MS });

  it('waits stopRunsMs for its runs, then aborts them', async () => {
    let aborted = 0;
    let began = 0;
    const endless = probeThat(({ signal }) => {
      began += 1;
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted += 1;
          resolve(OK);
        });
      });
    });
    const collector = await scheduling(often);
    const agent = await agentOf(collector, endless);
    while (began === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const stoppedMs = performance.now();
    await agent.stop('SIGTERM');
    expect(performance.now() - stoppedMs).toBeGreaterThanOrEqual(L.stopRunsMs.value - 50);
    expect(aborted).toBe(began);
  }, 30_000);

  it('tries for stopFlushMs to deliver what it has, then keeps it', async () => {
    const collector = await scheduling(often, { acks: false });
    const agent = await agentOf(collector);
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length > 0);
    const stoppedMs = performance.now();
    await agent.stop('SIGTERM');
    expect(performance.now() - stoppedMs).toBeGreaterThanOrEqual(L.stopFlushMs.value - 50);
    await peer.until(() => peer.closed !== undefined);
    expect(peer.healths.at(-1)?.pending).toBeGreaterThan(0);
  }, 30_000);

  it('waits no longer than stopGoodbyeMs for a collector that is away when there is nothing to deliver', async () => {
    const collector = await ScriptedCollector.start({ refuse: () => ({ status: 503 }) });
    const agent = await agentOf(collector);
    const stoppedMs = performance.now();
    await agent.stop('SIGTERM');
    const tookMs = performance.now() - stoppedMs;
    expect(tookMs).toBeGreaterThanOrEqual(L.stopGoodbyeMs.value - 50);
    expect(tookMs).toBeLessThan(L.stopFlushMs.value);
  }, 30_000);
});
