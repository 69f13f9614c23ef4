import { expect, it } from 'vitest';
import { residentBytes } from '../../agent/resident-memory.ts';

it('the memory in use is that of this process, and the last one known where it cannot be read', () => {
  expect(residentBytes()).toBeGreaterThan(10_000_000);
  expect(residentBytes(() => 7)).toBe(7);
  const unread = (): number => {
    throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  };
  expect(residentBytes(unread)).toBe(7);
});
