import { describe, expect, it } from 'vitest';
import type { Overview } from '../../../collector/api/overview.ts';
import { terms } from '../../../collector/dashboard/totals.js';

function totals(more: Partial<Overview['totals']> = {}): Overview['totals'] {
  return {
    since: '2026-11-20T12:00:00.000Z',
    expected: 100,
    stored: 97,
    pending: 3,
    pending_by_place: {},
    missed: 0,
    missed_by_reason: {},
    missed_inferred: 0,
    dropped: 0,
    dropped_by_reason: {},
    unaccounted: 0,
    duplicates: 0,
    extra: 0,
    results_per_s: 4.25,
    ...more,
  };
}

const line = (given: Overview['totals']) =>
  terms(given)
    .filter((term) => !term.place.startsWith('aside'))
    .map((term) => `${term.sign}${term.value}`)
    .join('');

describe('the equation', () => {
  it('reads expected = stored + pending + missed + dropped', () => {
    expect(line(totals())).toBe('100=97+3+0+0');
  });

  it('shows what is unaccounted for instead of not adding up', () => {
    expect(line(totals({ stored: 90, unaccounted: 7 }))).toBe('100=90+3+0+0+7');
  });

  it('marks only what should not be', () => {
    const bad = (given: Overview['totals']) =>
      terms(given)
        .filter((term) => term.bad)
        .map((term) => term.key);
    expect(bad(totals({ pending: 50 }))).toEqual([]);
    expect(bad(totals({ missed: 1, dropped: 1, duplicates: 1, unaccounted: 1 }))).toEqual([
      'missed',
      'dropped',
      'unaccounted',
      'duplicates',
    ]);
  });
});
