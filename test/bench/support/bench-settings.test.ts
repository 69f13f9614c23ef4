import { describe, expect, it } from 'vitest';
import { timesOf } from './bench-settings.ts';

describe('the number of times', () => {
  it('is what was promised, or what the environment says', () => {
    expect(timesOf('OUTRIDER_BENCH_ROUNDS', 15, {})).toBe(15);
    expect(timesOf('OUTRIDER_BENCH_ROUNDS', 15, { OUTRIDER_BENCH_ROUNDS: '' })).toBe(15);
    expect(timesOf('OUTRIDER_BENCH_ROUNDS', 15, { OUTRIDER_BENCH_ROUNDS: '2' })).toBe(2);
  });

  it.each(['0', '-1', '1.5', 'many'])('is never %s', (text) => {
    expect(() => timesOf('OUTRIDER_BENCH_RUNS', 20, { OUTRIDER_BENCH_RUNS: text })).toThrow(RangeError);
  });
});
