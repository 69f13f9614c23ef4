import { describe, expect, it } from 'vitest';
import { CheckTable } from '../../../cli/simulate/check-table.ts';
import type { Waiting } from '../../../cli/simulate/memory-spool.ts';
import { SlotPlan } from '../../../cli/simulate/slot-plan.ts';
import type { Assignment } from '../../../protocol/frame.ts';
import { slotAtOrAfter, slotSeries, slotsBetween } from '../../../protocol/slots.ts';
import { VirtualTime } from '../../agent/virtual-time.ts';

const AGENT = 'sim-1-1';
const START_MS = 1_700_000_000_000;

const assignmentOf = (probe: string, more: Partial<Assignment> = {}): Assignment => ({
  probe,
  type: 'http',
  target: { name: probe, url: 'https://video.sim.invalid/1', labels: {} },
  everyMs: 1000,
  timeoutMs: 5000,
  params: {},
  effectiveFromMs: START_MS,
  ...more,
});

function planOf(durationMs = 100) {
  const time = new VirtualTime(START_MS);
  const made: Waiting[] = [];
  const plan = new SlotPlan({
    agent: AGENT,
    clock: time.clock,
    timers: time.timers,
    checks: new CheckTable(),
    sinceMs: START_MS,
    durationMs: () => durationMs,
    onResult: (waiting) => made.push(waiting),
  });
  const slots = (probe: string) => made.filter(({ check }) => check.probe === probe).map((one) => one.slotMs);
  return { time, made, plan, slots };
}

/** What the ledger of the collector would expect. */
function expectedSlots(probe: string, fromMs: number, untilMs: number, everyMs = 1000): number[] {
  const series = slotSeries(probe, probe, AGENT, everyMs);
  const first = slotAtOrAfter(series, fromMs);
  const count = slotsBetween(series, fromMs, untilMs);
  return Array.from({ length: count }, (_, index) => first + index * everyMs);
}

describe('the slots of a simulated agent', () => {
  it('make one result each, those and no others that the protocol has', () => {
    const { time, plan, slots } = planOf();
    plan.follow([assignmentOf('a'), assignmentOf('b', { everyMs: 700 })]);
    time.advance(10_000);
    const stoppedAtMs = plan.stop();
    expect(slots('a')).toEqual(expectedSlots('a', START_MS, stoppedAtMs));
    expect(slots('b')).toEqual(expectedSlots('b', START_MS, stoppedAtMs, 700));
    expect(time.armed).toBe(0);
  });

  it('make it when the run would have ended, and count as running until then', () => {
    const { time, made, plan } = planOf(300);
    plan.follow([assignmentOf('a')]);
    const [first = 0] = expectedSlots('a', START_MS, START_MS + 1000);
    time.advance(first - START_MS + 200);
    expect([made.length, plan.running]).toEqual([0, 1]);
    time.advance(150);
    expect([made.length, plan.running]).toEqual([1, 0]);
  });

  it('overlap when runs last longer than the interval', () => {
    const { time, plan, slots } = planOf(2500);
    plan.follow([assignmentOf('a')]);
    time.advance(10_000);
    expect(plan.running).toBeGreaterThanOrEqual(2);
    const stoppedAtMs = plan.stop();
    expect(slots('a')).toEqual(expectedSlots('a', START_MS, stoppedAtMs));
  });

  it('of a check that stays are neither lost nor run twice by a new schedule', () => {
    const { time, plan, slots } = planOf();
    plan.follow([assignmentOf('a')]);
    time.advance(3456);
    plan.follow([assignmentOf('a'), assignmentOf('b', { effectiveFromMs: START_MS + 5000 })]);
    time.advance(3456);
    plan.follow([assignmentOf('a'), assignmentOf('b', { effectiveFromMs: START_MS + 5000 })]);
    time.advance(3456);
    const stoppedAtMs = plan.stop();
    expect(slots('a')).toEqual(expectedSlots('a', START_MS, stoppedAtMs));
    expect(slots('b')).toEqual(expectedSlots('b', START_MS + 5000, stoppedAtMs));
  });

  it('that had begun when the check was taken away still end', () => {
    const { time, plan, slots } = planOf(900);
    plan.follow([assignmentOf('a')]);
    time.advance(4000);
    plan.follow([]);
    time.advance(4000);
    expect(slots('a')).toEqual(expectedSlots('a', START_MS, START_MS + 4001));
  });

  it('are missed, not invented, when the simulator stood still', () => {
    const { time, made, plan, slots } = planOf();
    plan.follow([assignmentOf('a')]);
    time.freeze(10_000);
    time.advance(20);
    const stoppedAtMs = plan.stop();
    expect(slots('a')).toEqual(expectedSlots('a', START_MS, stoppedAtMs));
    const missed = made.filter((one) => one.missed);
    expect(missed.length).toBeGreaterThanOrEqual(6);
    for (const { slotMs } of missed) expect(slotMs).toBeLessThan(START_MS + 8100);
    for (const one of made) expect(one.missed).toBe(one.latenessMs > 2000);
  });

  it('before the simulation began are not its own', () => {
    const { time, plan, slots } = planOf();
    plan.follow([assignmentOf('a', { effectiveFromMs: START_MS - 3_600_000 })]);
    time.advance(2000);
    expect(slots('a')[0]).toBe(expectedSlots('a', START_MS, START_MS + 1000)[0]);
  });

  it('are over once it is stopped', () => {
    const { time, made, plan } = planOf();
    plan.follow([assignmentOf('a')]);
    time.advance(2000);
    plan.stop();
    const count = made.length;
    plan.follow([assignmentOf('a')]);
    time.advance(5000);
    expect(made).toHaveLength(count);
  });
});
