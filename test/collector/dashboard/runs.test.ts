import { expect, it } from 'vitest';
import { newestFirst } from '../../../collector/dashboard/runs.js';

it('runs stand by their slots, the newest first, however late they came', () => {
  const run = (scheduled_at: string) => ({ scheduled_at });
  const data = ['2026-11-21T12:00:05Z', '2026-11-21T12:00:09Z', '2026-11-21T11:00:00Z'].map(run);
  expect(newestFirst({ data }, 8).map(({ scheduled_at }) => scheduled_at)).toEqual([
    '2026-11-21T12:00:09Z',
    '2026-11-21T12:00:05Z',
    '2026-11-21T11:00:00Z',
  ]);
  expect(newestFirst(undefined, 8)).toEqual([]);
});
