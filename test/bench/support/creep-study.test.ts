import { expect, it } from 'vitest';
import { creepStudy } from './creep-study.ts';

it('counts what was found of regions that creep, and how long it took', () => {
  const { falseAlarms, faults, hours, regionDays } = creepStudy([1], 0.25, 6);
  expect([faults, falseAlarms]).toEqual([2, 0]);
  expect(hours.length).toBeGreaterThan(0);
  for (const one of hours) expect(one).toBeGreaterThan(0);
  expect(regionDays).toBeCloseTo(7.57, 2);
}, 60_000);
