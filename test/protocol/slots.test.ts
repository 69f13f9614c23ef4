import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotAtOrAfter, slotSeries, slotsBetween } from '../../protocol/slots.ts';

const everyMs = fc.integer({ min: 500, max: 86_400_000 });
const instant = fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });

describe('slots', () => {
  it('are the same for the same check at the same agent, whoever asks', () => {
    expect(slotSeries('p', 't', 'a', 2000)).toEqual(slotSeries('p', 't', 'a', 2000));
  });

  it('follow each other by exactly the interval', () => {
    fc.assert(
      fc.property(everyMs, instant, (every, time) => {
        const series = slotSeries('p', 't', 'a', every);
        const slot = slotAtOrAfter(series, time);
        expect(slot).toBeGreaterThanOrEqual(time);
        expect(slot - time).toBeLessThan(every);
        expect(slotAtOrAfter(series, slot + 1)).toBe(slot + every);
      }),
    );
  });

  it('are counted as a walk over them would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 5000 }), instant, fc.nat(100_000), (every, from, length) => {
        const series = slotSeries('p', 't', 'a', every);
        let walked = 0;
        for (let slot = slotAtOrAfter(series, from); slot < from + length; slot += every) walked += 1;
        expect(slotsBetween(series, from, from + length)).toBe(walked);
      }),
    );
  });

  it('add up over adjacent stretches', () => {
    fc.assert(
      fc.property(everyMs, instant, fc.nat(1e8), fc.nat(1e8), (every, from, first, second) => {
        const series = slotSeries('p', 't', 'a', every);
        const [middle, end] = [from + first, from + first + second];
        expect(slotsBetween(series, from, middle) + slotsBetween(series, middle, end)).toBe(
          slotsBetween(series, from, end),
        );
      }),
    );
  });

  it('are none in an empty or reversed stretch', () => {
    expect(slotsBetween(slotSeries('p', 't', 'a', 1000), 5000, 5000)).toBe(0);
    expect(slotsBetween(slotSeries('p', 't', 'a', 1000), 5000, 1000)).toBe(0);
  });

  it('of 10,000 agents spread evenly over the interval', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let agent = 0; agent < 10_000; agent += 1) {
      const { phaseMs } = slotSeries('p', 't', `agent-${agent}`, 10_000);
      const tenth = Math.floor(phaseMs / 1000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Binomial(10000, 0.1) has a standard deviation of 30.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
