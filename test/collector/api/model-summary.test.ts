import { describe, expect, it } from 'vitest';
import { ModelSummaryCache, summarise } from '../../../collector/api/model-summary.ts';
import { manualClock } from '../../support/manual-clock.ts';

const pair = (error_ms: number, state: 'learning' | 'calibrated' | 'off' | 'drifted' = 'calibrated') => ({
  error_ms,
  state,
});

describe('the summary of the model', () => {
  it('has the median and the largest error without their signs, and how many pairs are how', () => {
    expect(
      summarise([pair(-30), pair(10), pair(400, 'off'), pair(90, 'drifted'), pair(5, 'learning')]),
    ).toEqual({
      pairs: 5,
      drifted: 1,
      off: 1,
      abs_error_p50_ms: 30,
      abs_error_max_ms: 400,
    });
  });

  it('claims nothing without pairs', () => {
    expect(summarise([])).toMatchObject({ pairs: 0, abs_error_p50_ms: null, abs_error_max_ms: null });
  });

  it('is read twice a minute, however often it is asked for, and again at once after an error', async () => {
    const clock = manualClock(Date.UTC(2026, 10, 21));
    let asked = 0;
    let away = false;
    const cache = new ModelSummaryCache(
      {
        query: () => {
          asked += 1;
          return away ? Promise.reject(new Error('away')) : Promise.resolve([]);
        },
      },
      clock,
    );
    await cache.read();
    clock.advance(29_000);
    await cache.read();
    expect(asked).toBe(2);
    away = true;
    clock.advance(1000);
    await expect(cache.read()).rejects.toThrow('away');
    away = false;
    expect(await cache.read()).toMatchObject({ pairs: 0 });
    expect(asked).toBe(6);
  });
});
