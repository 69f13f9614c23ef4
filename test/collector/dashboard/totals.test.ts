import { describe, expect, it } from 'vitest';
import type { Overview } from '../../../collector/api/overview.ts';
import { modelText, terms } from '../../../collector/dashboard/totals.js';

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

describe('the line about the model', () => {
  const model = { pairs: 6, drifted: 0, off: 0, abs_error_p50_ms: 14.4, abs_error_max_ms: 31 };

  it('says how far predictions are off, and of how many that is known', () => {
    expect(modelText(model)).toBe(' · predicted first frames off by 14 ms on 6 pairs');
    expect(modelText({ ...model, pairs: 1 })).toMatch(/on 1 pair$/);
  });

  it('says what has drifted, and what is not to be relied on', () => {
    expect(modelText({ ...model, drifted: 2, off: 1 })).toMatch(/6 pairs, 2 drifted, 1 not to be relied on$/);
  });

  it('is empty while nothing is known', () => {
    expect(modelText({ ...model, pairs: 0, abs_error_p50_ms: null, abs_error_max_ms: null })).toBe('');
  });
});
