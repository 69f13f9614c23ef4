import { expect, it } from 'vitest';
import { flatRows } from '../../../cli/support/flat-rows.ts';

it('what lies within a field has a column of its own in every row, null where it is not there', () => {
  expect(
    flatRows([
      { region: 'new', p50: 1, diff: null, spark: [1, null] },
      { region: 'old', p50: 2, diff: { p50: { value: 1, verdict: 'noise' } } },
    ]),
  ).toEqual([
    { region: 'new', p50: 1, spark: [1, null], diff_p50_value: null, diff_p50_verdict: null },
    { region: 'old', p50: 2, spark: null, diff_p50_value: 1, diff_p50_verdict: 'noise' },
  ]);
});
