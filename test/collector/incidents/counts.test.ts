import { expect, it } from 'vitest';
import { addCounts } from '../../../collector/incidents/counts.ts';

it('adds count by count, and takes what is lacking for nothing', () => {
  expect(addCounts({ a: 1, b: 2 }, { a: 10, b: 20 })).toEqual({ a: 11, b: 22 });
  expect(addCounts({ a: 1, b: 2 }, { b: 20 })).toEqual({ a: 1, b: 22 });
  expect(addCounts({ a: 1, b: 2 }, undefined)).toEqual({ a: 1, b: 2 });
});
