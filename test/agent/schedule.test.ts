import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnrunReason } from '../../agent/schedule.ts';
import { Scheduler, scheduleFault } from '../../agent/schedule.ts';
import { checkOf, SlotBook } from '../../agent/slot-book.ts';
import type { Assignment } from '../../protocol/frame.ts';
import { slotAtOrAfter, slotsBetween } from '../../protocol/slots.ts';
import { assignment } from './fixtures.ts';
import { VirtualTime } from './virtual-time.ts';

/** A scheduler under virtual time, and what it did. */
function start(bootMs?: number) {
  const time = new VirtualTime();
  const started: { probe: string; slotMs: number; latenessMs: number }[] = [];
  const unrun: { slotMs: number; reason: UnrunReason }[] = [];
  let beyond = 0;
  const book = new SlotBook();
  const scheduler = new Scheduler({
    agent: 'agent-1',
    clock: time.clock,
    timers: time.timers,
    book,
    bootMs: bootMs ?? time.clock.wallMs(),
    onDue(check, slotMs) {
      started.push({
        probe: check.assignment.probe,
        slotMs,
        latenessMs: time.clock.wallMs() - slotMs,
      });
      book.settle(check, slotMs);
    },
    onUnrun(_check, missed, reason) {
      for (const slotMs of missed.slots) unrun.push({ slotMs, reason });
      beyond += missed.beyond;
    },
  });
  const fromNow = (changes: Partial<Assignment> = {}): Assignment =>
    assignment({ effectiveFromMs: time.clock.wallMs(), ...changes });
  return { time, book, scheduler, started, unrun, fromNow, beyond: () => beyond };
}

const KNOWN = { knownFromMs: 0 };

describe('Scheduler', () => {
  it('starts a check on each of its slots, at the very millisecond', () => {
    const { time, scheduler, started, unrun, fromNow } = start();
    const one = fromNow();
    scheduler.follow([one], KNOWN);
    time.advance(10_000);
    expect(started).toHaveLength(10);
    expect(started.map((run) => run.slotMs)).toEqual(
      started.map((_, index) => (started[0]?.slotMs ?? 0) + index * 1000),
    );
    expect(started[0]?.slotMs).toBe(slotAtOrAfter(checkOf(one, 'agent-1').series, one.effectiveFromMs));
    expect(started.every((run) => run.latenessMs < 1)).toBe(true);
    expect(unrun).toEqual([]);
  });

  it('starts nothing before the assignment begins', () => {
    const { time, scheduler, started, fromNow } = start();
    const beginMs = time.clock.wallMs() + 5000;
    scheduler.follow([fromNow({ effectiveFromMs: beginMs })], KNOWN);
    time.advance(4999);
    expect(started).toEqual([]);
    time.advance(2000);
    expect(started.every((run) => run.slotMs >= beginMs)).toBe(true);
    expect(started.length).toBeGreaterThan(0);
  });

  it('misses slots for overrun when the process stood still, and none of them silently', () => {
    const { time, scheduler, started, unrun, fromNow } = start();
    const one = fromNow();
    scheduler.follow([one], KNOWN);
    time.advance(3000);
    time.freeze(20_000);
    time.advance(3000);
    const { series } = checkOf(one, 'agent-1');
    expect(started.length + unrun.length).toBe(
      slotsBetween(series, one.effectiveFromMs, time.clock.wallMs() + 1),
    );
    expect(unrun.length).toBeGreaterThanOrEqual(18);
    expect(new Set(unrun.map((slot) => slot.reason))).toEqual(new Set(['overrun']));
  });

  it('misses slots for the clock when somebody sets it forward', () => {
    const { time, scheduler, unrun, fromNow } = start();
    scheduler.follow([fromNow()], KNOWN);
    time.advance(3000);
    time.setWall(60_000);
    time.advance(3000);
    expect(unrun.length).toBeGreaterThanOrEqual(58);
    expect(new Set(unrun.map((slot) => slot.reason))).toEqual(new Set(['clock']));
  });

  it('runs no slot twice when the clock is set back', () => {
    const { time, scheduler, started, fromNow } = start();
    scheduler.follow([fromNow()], KNOWN);
    time.advance(10_000);
    time.setWall(-5000);
    time.advance(20_000);
    const slots = started.map((run) => run.slotMs);
    expect(new Set(slots).size).toBe(slots.length);
    expect(slots.length).toBe(25);
  });

  it('reports slots before the boot as agent_down and those that it learned of too late as overrun', () => {
    const time = new VirtualTime();
    const { scheduler, unrun, time: its } = start(time.clock.wallMs() + 2000);
    its.advance(5000);
    scheduler.follow([assignment({ effectiveFromMs: its.clock.wallMs() - 10_000 })], KNOWN);
    const down = unrun.filter((slot) => slot.reason === 'agent_down');
    const late = unrun.filter((slot) => slot.reason === 'overrun');
    expect(down).toHaveLength(7);
    expect(late).toHaveLength(3);
    expect(down.every((slot) => slot.slotMs < time.clock.wallMs() + 2000)).toBe(true);
  });

  it('reports nothing of the time before it knew anything, nor of the time that is nobody’s yet', () => {
    const { scheduler, unrun, time } = start();
    const nowMs = time.clock.wallMs();
    const old = assignment({ effectiveFromMs: nowMs - 60_000 });
    scheduler.follow([old], { knownFromMs: nowMs - 10_000, quietFromMs: nowMs - 5000 });
    expect(unrun).toHaveLength(5);
    scheduler.follow([old], { knownFromMs: nowMs - 10_000 });
    expect(unrun).toHaveLength(10);
  });

  it('does not report or run again what the same schedule, sent again, covers', () => {
    const { time, scheduler, started, unrun, fromNow } = start();
    const one = fromNow();
    scheduler.follow([one], KNOWN);
    for (let round = 0; round < 10; round += 1) {
      time.advance(777);
      scheduler.follow([one], KNOWN);
    }
    time.advance(2230);
    expect(unrun).toEqual([]);
    expect(started).toHaveLength(10);
  });

  it('bounds what it reports of a long absence, and shares it among the checks', () => {
    const { scheduler, unrun, beyond, time } = start();
    const checks = ['a', 'b'].map((probe) =>
      assignment({ probe, effectiveFromMs: time.clock.wallMs() - 86_400_000 }),
    );
    scheduler.follow(checks, KNOWN);
    expect(unrun).toHaveLength(10_000);
    expect(beyond()).toBe(2 * 86_400 - 10_000);
  });

  it('says exactly from when on it started nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 500, max: 3000 }),
        (runMs, everyMs) => {
          const { time, scheduler, started, unrun, fromNow } = start();
          const one = fromNow({ everyMs });
          scheduler.follow([one], KNOWN);
          time.advance(runMs);
          const stoppedAtMs = scheduler.stop();
          time.advance(10_000);
          const { series } = checkOf(one, 'agent-1');
          expect(started.length + unrun.length).toBe(slotsBetween(series, one.effectiveFromMs, stoppedAtMs));
          expect(started.every((run) => run.slotMs < stoppedAtMs)).toBe(true);
          expect(scheduler.stop()).toBe(stoppedAtMs);
        },
      ),
    );
  });

  it('leaves no timer behind when it stops, and follows nothing afterwards', () => {
    const { time, scheduler, started, fromNow } = start();
    scheduler.follow([fromNow()], KNOWN);
    scheduler.stop();
    scheduler.follow([fromNow()], KNOWN);
    time.advance(5000);
    expect(time.armed).toBe(0);
    expect(started).toEqual([]);
  });

  it('accounts for every slot through any sequence of pauses, clock steps and repeated schedules', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({ do: fc.constant('freeze' as const), ms: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({ do: fc.constant('set' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ do: fc.constant('follow' as const), ms: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { time, scheduler, started, unrun, fromNow } = start();
        const one = fromNow({ everyMs: 700 });
        scheduler.follow([one], KNOWN);
        for (const { do: what, ms } of steps) {
          if (what === 'advance') time.advance(ms);
          if (what === 'freeze') time.freeze(ms);
          if (what === 'set') time.setWall(ms);
          if (what === 'follow') scheduler.follow([one], KNOWN);
        }
        const stoppedAtMs = scheduler.stop();
        const slots = [...started, ...unrun].map((slot) => slot.slotMs);
        expect(new Set(slots).size).toBe(slots.length);
        expect(slots.length).toBe(
          slotsBetween(checkOf(one, 'agent-1').series, one.effectiveFromMs, stoppedAtMs),
        );
      }),
    );
  });
});

describe('scheduleFault', () => {
  const fault = (...assignments: Assignment[]) =>
    scheduleFault({ type: 'schedule', revision: 1, assignments });

  it('accepts what the specification allows', () => {
    expect(fault(assignment(), assignment({ probe: 'other' }))).toBeUndefined();
  });

  it('refuses an interval that would be a load test, an endless timeout, and a check that is there twice', () => {
    expect(fault(assignment({ everyMs: 1 }))).toContain('every 1 ms');
    expect(fault(assignment({ timeoutMs: 1e9 }))).toContain('timeout');
    expect(fault(assignment(), assignment({ everyMs: 2000 }))).toContain('twice');
  });
});
