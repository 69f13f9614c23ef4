import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HourOfWeek } from '../../../collector/detect/hour-of-week.ts';
import { readSeasons, SEASON_READ_LIMITS } from '../../../collector/incidents/seasons.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { runOf } from '../detect/observations.ts';
import { counter, insert } from './running-detection.ts';

// Hundreds of statements of a real store: seconds, and much longer beside others.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
/** A Monday at midnight, long enough ago that nothing of it is in the future and recent enough to be kept. */
const NOW_MS = Math.floor((Date.now() - 4 * 86_400_000) / WEEK_MS) * WEEK_MS + 4 * 24 * HOUR_MS - WEEK_MS;
const WHERE = { region: 'eu-west', probe: 'front-page', target: 'shop', metric: 'ttfb_ms' };

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());

/** Four runs an hour over the weeks before now; slow by half at three in the morning. */
async function fill(weeks: number, where: typeof WHERE): Promise<void> {
  const nextSeq = counter();
  const runs = Array.from({ length: weeks * 168 * 4 }, (_, i) => {
    const atMs = NOW_MS - weeks * WEEK_MS + (i * HOUR_MS) / 4;
    const slow = new Date(atMs).getUTCHours() === 3;
    const { probe, region, target } = where;
    return runOf(i, {
      ...{ region, probe, target, agent: `${region}-1`, scheduledMs: atMs, seenMs: atMs + 100 },
      metrics: { ttfb_ms: slow ? 150 : 100 },
    });
  });
  await insert(test.store, runs, nextSeq);
}

describe('seasons from the store', () => {
  it('are those of the last weeks, by region, and none where there are fewer than three', async () => {
    await fill(4, WHERE);
    await fill(2, { ...WHERE, region: 'us-east' });
    const season = await readSeasons(test.store, NOW_MS);
    const factor = (region: string, hour: number) =>
      season({ ...WHERE, region }).factor(NOW_MS + hour * HOUR_MS);
    expect(factor('eu-west', 3)).toBeCloseTo(1.5 ** (16 / 24), 1);
    expect(factor('eu-west', 4)).toBeCloseTo(1, 1);
    expect(factor('eu-west', 27)).toBeCloseTo(1.5 ** (16 / 24), 1);
    expect(factor('us-east', 3)).toBe(1);
  });

  it('are the same for all who share their hours, also where nothing is known', async () => {
    const season = await readSeasons(test.store, NOW_MS);
    expect(season(WHERE)).toBe(season({ ...WHERE }));
    const other = season({ ...WHERE, probe: 'other' });
    expect(other).toBeInstanceOf(HourOfWeek);
    expect(season({ ...WHERE, probe: 'other' })).toBe(other);
    expect(other.factor(NOW_MS)).toBe(1);
  });

  it('forget what is older than six weeks', async () => {
    const later = await readSeasons(test.store, NOW_MS + (SEASON_READ_LIMITS.weeks.value + 1) * WEEK_MS);
    expect(later(WHERE).factor(NOW_MS + 3 * HOUR_MS)).toBe(1);
  });

  it('are those of the scopes with the most runs when there are more than are read', async () => {
    await fill(3, { ...WHERE, target: 'quiet' });
    const few = { scopes: { ...SEASON_READ_LIMITS.scopes, value: 1 } };
    const season = await readSeasons(test.store, NOW_MS, few);
    expect(season(WHERE).factor(NOW_MS + 3 * HOUR_MS)).toBeGreaterThan(1.1);
    expect(season({ ...WHERE, target: 'quiet' }).factor(NOW_MS + 3 * HOUR_MS)).toBe(1);
  });
});
