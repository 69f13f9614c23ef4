import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from '../../../collector/dashboard/world-map.js';

const BOX = { width: 400, height: 170, apart: 25 };

describe('marks on the map', () => {
  it('stay where they belong while none is near another', () => {
    const points = [
      { x: 20, y: 20 },
      { x: 100, y: 60 },
    ];
    expect(spread(points, BOX)).toEqual(points);
  });

  it('part when they lie over each other, into the box', () => {
    const [a, b, c] = spread(Array(3).fill({ x: 395, y: 5 }), BOX);
    if (!a || !b || !c) throw new Error('three points');
    for (const [one, other] of [
      [a, b],
      [b, c],
      [a, c],
    ] as const)
      expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(24);
    for (const { x, y } of [a, b, c]) {
      expect(x).toBeLessThanOrEqual(BOX.width);
      expect(y).toBeGreaterThanOrEqual(0);
    }
  });

  it('end at the same places each time, in the box, whatever they are', () => {
    const point = fc.record({
      x: fc.double({ min: 0, max: 400, noNaN: true }),
      y: fc.double({ min: 0, max: 170, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const moved = spread(points, BOX);
        expect(moved).toEqual(spread(points, BOX));
        expect(moved).toHaveLength(points.length);
        for (const { x, y } of moved) {
          expect(x >= 0 && x <= BOX.width).toBe(true);
          expect(y >= 0 && y <= BOX.height).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
