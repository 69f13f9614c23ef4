import { describe, expect, it } from 'vitest';
import { Budget } from '../../../collector/confirm/budget.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { type SyntheticFault, syntheticFleet } from '../../../collector/detect/synthetic.ts';

const TICK_MS = 2000;
const MINUTE_MS = 60_000;

/** A fleet of three regions with three agents each on a noisy host, and when the budget would have had what looked into. */
function play(seed: number, lengthMs: number, fault?: SyntheticFault) {
  const fleet = syntheticFleet({ seed, lengthMs, faults: fault ? [fault] : [] });
  const detector = new Detector();
  const playback = new Playback(detector);
  const budget = new Budget(fleet.startMs);
  const asked: { atMs: number; region: string }[] = [];
  let alarmMs = Number.POSITIVE_INFINITY;
  let next = 0;
  for (let nowMs = fleet.startMs; nowMs < fleet.endMs; nowMs += TICK_MS) {
    for (; (fleet.observations[next]?.seenMs ?? nowMs) < nowMs; next += 1)
      playback.take(fleet.observations[next] as (typeof fleet.observations)[number]);
    const atMs = nowMs - fleet.startMs;
    if (playback.until(nowMs).some(({ kind }) => kind === 'opened')) alarmMs = Math.min(alarmMs, atMs);
    for (const one of detector.takeSuspicions()) {
      if (budget.isPaused(one, nowMs) || !budget.hasRound(nowMs)) continue;
      budget.spend(one, [], nowMs);
      asked.push({ atMs, region: one.region });
    }
  }
  return { asked, alarmMs, runs: fleet.observations.length };
}

describe('what looking again costs and gives', () => {
  it('is at most three looks a minute of a healthy fleet on a noisy host (measured: 2.2 to 2.8), 2% of its runs', () => {
    const minutes = 20;
    const { asked, alarmMs, runs } = play(1, minutes * MINUTE_MS);
    expect(alarmMs).toBe(Number.POSITIVE_INFINITY);
    expect(asked.length / minutes).toBeLessThan(3);
    const { neighbours, siblings } = CONFIRM_LIMITS;
    expect((asked.length * (1 + siblings.value + neighbours.value)) / runs).toBeLessThan(0.02);
  });

  it.each([
    { kind: 'latency', value: 400, aheadMs: 6000, measured: '4 to 6 s, and 16 s' },
    // Two rounds in which everything fails are an alarm: the first of them asks.
    { kind: 'blackhole', value: 1, aheadMs: TICK_MS, measured: '4 to 6 s, and 8 s' },
  ] as const)(
    'has agents look into a $kind within 8 s, at least $aheadMs ms before the alarm (measured: $measured)',
    ({ kind, value, aheadMs }) => {
      const atMs = 3 * MINUTE_MS;
      const fault = { kind, value, atMs, lengthMs: 1e9, region: 'eu-west' } as const;
      for (const seed of [1, 2, 3]) {
        const { asked, alarmMs } = play(seed, 4 * MINUTE_MS, fault);
        const first = asked.find((one) => one.region === 'eu-west' && one.atMs >= atMs);
        expect((first?.atMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThanOrEqual(8000);
        expect(alarmMs - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(aheadMs);
      }
    },
  );
});
