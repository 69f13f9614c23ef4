import { describe, expect, it } from 'vitest';
import { makeWorld, meanPlace, spotOf } from '../../../collector/dashboard/world.ts';

describe('the map of the world', () => {
  const world = makeWorld();

  it('is one path of land within its frame, small enough to send', () => {
    expect(world.land).toMatch(/^M[\d.,MLZ-]+$/);
    expect(world.land.length).toBeLessThan(45_000);
    const numbers = [...world.land.matchAll(/(-?\d+),(-?\d+)/g)];
    expect(Math.max(...numbers.map(([, x]) => Number(x)))).toBeLessThanOrEqual(world.width);
    expect(Math.max(...numbers.map(([, , y]) => Number(y)))).toBeLessThanOrEqual(world.height);
    expect(world.height).toBeGreaterThan(world.width / 3);
  });

  it('has places where they are: west left, north up, Greenwich in the middle', () => {
    const [frankfurt, singapore, saoPaulo] = [
      { lat: 50.1, lon: 8.7 },
      { lat: 1.35, lon: 103.8 },
      { lat: -23.5, lon: -46.6 },
    ].map(spotOf);
    expect(frankfurt?.y).toBeLessThan(singapore?.y ?? 0);
    expect(saoPaulo?.x).toBeLessThan(frankfurt?.x ?? 0);
    expect(spotOf({ lat: 0, lon: 0 }).x).toBe(world.width / 2);
    expect(frankfurt).toMatchObject({ lat: 50.1, lon: 8.7 });
  });
});

describe('the middle of places', () => {
  it('is on the globe, not on the map: of 179° east and 179° west it is 180°', () => {
    const middle = meanPlace([
      { lat: 10, lon: 179 },
      { lat: 10, lon: -179 },
    ]);
    expect(Math.abs(middle?.lon ?? 0)).toBeCloseTo(180, 6);
    expect(middle?.lat).toBeCloseTo(10, 1);
  });

  it('is the place itself where there is one, and none where there is none', () => {
    expect(meanPlace([{ lat: 50, lon: 8 }])?.lat).toBeCloseTo(50, 9);
    expect(meanPlace([])).toBeUndefined();
    expect(
      meanPlace([
        { lat: 0, lon: 0 },
        { lat: 0, lon: 180 },
      ]),
    ).toBeUndefined();
  });
});
