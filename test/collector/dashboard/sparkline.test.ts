import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawSparkline, niceCeiling, shownSteps } from '../../../collector/dashboard/sparkline.js';

const BOX = { width: 100, height: 50, fromMs: 0, untilMs: 100, ceiling: 100 };

describe('the sparkline', () => {
  it('runs from left to right and puts zero at the bottom', () => {
    const points = [
      { at_ms: 0, value: 0 },
      { at_ms: 50, value: 100 },
      { at_ms: 100, value: 50 },
    ];
    expect(drawSparkline(points, BOX).line).toBe('M0 50L50 0L100 25');
  });

  it('breaks where nothing was measured, instead of drawing through it', () => {
    const points = [10, 20, null, 30, 40].map((value, index) => ({ at_ms: index * 25, value }));
    const { line, area } = drawSparkline(points, BOX);
    expect(line.match(/M/g)).toHaveLength(2);
    expect(area.match(/Z/g)).toHaveLength(2);
  });

  it('shows a single point as a dot that can be seen', () => {
    expect(drawSparkline([{ at_ms: 10, value: 50 }], BOX).line).toBe('M10 25h0.1');
  });

  it('is empty without data', () => {
    const points = [null, null].map((value, index) => ({ at_ms: index, value }));
    expect(drawSparkline(points, BOX)).toEqual({ line: '', area: '', last: null, min: 0, max: 0 });
  });

  it('says where it ends and what its extremes are', () => {
    const points = [80, 20, 40].map((value, index) => ({ at_ms: index * 50, value }));
    expect(drawSparkline(points, BOX)).toMatchObject({ last: { x: 100, y: 30 }, min: 20, max: 80 });
  });

  it('stays in its box for any data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 80 }),
        (values) => {
          const points = values.map((value, index) => ({ at_ms: index, value }));
          const ceiling = niceCeiling(Math.max(0, ...values.map((value) => value ?? 0)));
          const { line } = drawSparkline(points, { ...BOX, untilMs: 80, ceiling });
          for (const [, x, y] of line.matchAll(/([\d.-]+) ([\d.-]+)/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0);
            expect(Number(x)).toBeLessThanOrEqual(100);
            expect(Number(y)).toBeGreaterThanOrEqual(0);
            expect(Number(y)).toBeLessThanOrEqual(50);
          }
        },
      ),
    );
  });
});

describe('the length of the chart', () => {
  const spark = (steps: number) => [...Array(60 - steps).fill(null), ...Array(steps).fill(20)];

  it('grows with the fleet’s age, the same for all regions', () => {
    expect(shownSteps([spark(20), spark(31), spark(0)])).toBe(31);
    expect(shownSteps([spark(60), spark(5)])).toBe(60);
  });

  it('is two minutes at least', () => {
    expect(shownSteps([spark(3)])).toBe(12);
    expect(shownSteps([])).toBe(12);
  });
});

describe('the top of the scale', () => {
  it('is a round number that the data does not pass, and at most twice of it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (value) => {
        expect(niceCeiling(value)).toBeGreaterThanOrEqual(value);
        expect(niceCeiling(value)).toBeLessThanOrEqual(value * 2);
      }),
    );
  });

  it('is 1 where there is nothing to scale by', () => {
    expect([niceCeiling(0), niceCeiling(-1), niceCeiling(Number.NaN)]).toEqual([1, 1, 1]);
  });
});
