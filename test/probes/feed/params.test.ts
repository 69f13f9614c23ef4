import { describe, expect, it } from 'vitest';
import { feedProbe } from '../../../probes/feed/feed.ts';
import { FEED_LIMITS } from '../../../probes/feed/limits.ts';
import { dwellAt } from '../../../probes/feed/params.ts';
import { metricDefinition } from '../../../probes/metrics.ts';
import { probeOf } from '../../../probes/registry.ts';
import { TIMELINE_LIMITS } from '../../../probes/timeline.ts';

const takes = (params: object): boolean => feedProbe.params.safeParse(params).success;

describe('the feed probe', () => {
  it('stands in the registry, in the lane of the browser', () => {
    expect(probeOf('feed')).toBe(feedProbe);
    expect(feedProbe.lane).toBe('browser');
  });

  it('is judged by metrics that it measures and that know when a change matters', () => {
    for (const name of feedProbe.judged) {
      expect(feedProbe.metrics).toContain(name);
      expect(metricDefinition(name).minEffect).toBeDefined();
    }
  });

  it('needs no parameters', () => {
    expect(feedProbe.params.parse({})).toMatchObject({
      swipes: 5,
      dwellMs: 2000,
      preload: 'auto',
      ahead: 2,
      prefetchMs: 2000,
      format: 'auto',
      patienceMs: 4000,
    });
  });

  it('has done with a feed that goes wrong at every swipe before its deadline', () => {
    const { swipes, dwellMs, patienceMs } = feedProbe.params.parse({});
    const worstMs = (swipes + 1) * (dwellAt(dwellMs, 0) + patienceMs);
    expect(feedProbe.defaults.timeoutMs).toBeGreaterThan(worstMs);
  });

  it.each([
    { swipes: 0 },
    { dwellMs: -1 },
    { dwellMs: [] },
    { preload: 'some' },
    { ahead: 0 },
    { ahead: 11 },
    { clips: [] },
    { prefetchMs: 0 },
    { format: 'dash' },
    { patienceMs: 0 },
    { network: { latencyMs: -1 } },
    { skip: 1 },
  ])('refuses %j', (params) => expect(takes(params)).toBe(false));

  it('makes no more swipes than there is room for in the waterfall', () => {
    const { value } = FEED_LIMITS.swipes;
    expect(takes({ swipes: value, dwellMs: 0 })).toBe(true);
    expect(takes({ swipes: value + 1, dwellMs: 0 })).toBe(false);
    // List, preparation, and two phases for each clip that is shown.
    expect(2 * (value + 1)).toBeLessThanOrEqual(TIMELINE_LIMITS.phases.value);
  });

  it('watches no longer than sessionMs in all, and says how long it would have been', () => {
    const { value } = FEED_LIMITS.sessionMs;
    expect(takes({ swipes: 4, dwellMs: value / 5 })).toBe(true);
    const refused = feedProbe.params.safeParse({ swipes: 4, dwellMs: [value / 5, value / 5 + 1] });
    expect(refused.error?.issues[0]?.message).toContain('5 clips watched for 100002 ms');
  });

  it('names no more clips than a run can have', () => {
    const named = (count: number) => ({ clips: Array.from({ length: count }, (_, at) => `/${at}.mp4`) });
    expect(takes(named(FEED_LIMITS.clips.value - 1))).toBe(true);
    expect(takes(named(FEED_LIMITS.clips.value))).toBe(false);
  });
});

describe('dwell times', () => {
  it('are one for all clips, or a list that begins anew', () => {
    expect([0, 1, 2, 3].map((at) => dwellAt(500, at))).toEqual([500, 500, 500, 500]);
    expect([0, 1, 2, 3].map((at) => dwellAt([3000, 300, 200], at))).toEqual([3000, 300, 200, 3000]);
  });
});
