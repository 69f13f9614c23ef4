import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeLabels, spread } from '../../../collector/dashboard/world-map.js';

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

describe('names on the map', () => {
  const mark = (name: string, x: number, y: number, isLoud = true) => ({ name, spot: { x, y }, isLoud });

  it('stand right of their marks, and left where the map ends', () => {
    const labels = placeLabels([mark('sg', 100, 50), mark('fiji', 390, 90)], 400);
    expect(labels.get('sg')).toEqual({ text: 'sg', isLeft: false, isHidden: false });
    expect(labels.get('fiji')).toEqual({ text: 'fiji', isLeft: true, isHidden: false });
  });

  it('stand on the side where no other mark is', () => {
    const labels = placeLabels([mark('ng', 100, 50), mark('ke', 125, 52, false)], 400);
    expect(labels.get('ng')).toMatchObject({ isLeft: true, isHidden: false });
    expect(labels.get('ke')).toMatchObject({ isHidden: true });
  });

  it('never lie over each other, however many there are: those without room are hidden', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 345 }), y: fc.integer({ min: 0, max: 145 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 30 }), (points) => {
        const marks = points.map(({ x, y }, i) => mark(`region-${i}`, x, y));
        const labels = placeLabels(marks, 345);
        const shown = marks.flatMap(({ name, spot: { x, y } }) => {
          const { isHidden, isLeft, text } = labels.get(name) ?? { isHidden: true, isLeft: false, text: '' };
          const long = text.length * 7.5;
          const from = isLeft ? x - 14 - long : x + 14;
          return isHidden ? [] : [{ from, to: from + long, y }];
        });
        for (const [i, a] of shown.entries()) {
          expect(a.from >= 0 && a.to <= 345).toBe(true);
          for (const b of shown.slice(i + 1))
            expect(Math.abs(a.y - b.y) >= 14 || a.to <= b.from || b.to <= a.from).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are cut where they are long', () => {
    expect(
      placeLabels([mark('southeast-asia-mobile-networks', 10, 10)], 400).get('southeast-asia-mobile-networks')
        ?.text,
    ).toBe('southeast-asia-mobile-n…');
  });
});
