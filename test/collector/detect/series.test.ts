import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import { FAILURE_METRIC, type RunVote, Series } from '../../../collector/detect/series.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import { runOf, seriesOf, TIMEOUT } from './observations.ts';

const judged = (metric: string): boolean => metric === 'ttfb_ms';

function feed(
  series: Series,
  count: number,
  more: Partial<Observation> = {},
  from = 0,
): (RunVote | undefined)[] {
  return Array.from({ length: count }, (_, i) => series.take(runOf(from + i, more), judged, false));
}

function exceeded(vote: RunVote | undefined, metric: string): boolean | undefined {
  const reading = vote?.readings.get(metric);
  return reading && reading.excess > reading.tolerance;
}

describe('a series', () => {
  it('has a vote on latency from its thirteenth run on: two to warm up, ten to learn', () => {
    const votes = feed(seriesOf(), 14);
    expect(votes.map((vote) => vote?.readings.has('ttfb_ms') ?? false).indexOf(true)).toBe(12);
  });

  it('never lets a missed slot vote, least of all as health', () => {
    const series = seriesOf();
    feed(series, 20);
    expect(series.take(runOf(20, { outcome: 'missed', metrics: {} }), judged, false)).toBeUndefined();
  });

  it('never lets a failure vote that the agent brought upon itself', () => {
    const series = seriesOf();
    feed(series, 20);
    const failure = { layer: 'agent', blame: 'agent', code: 'overloaded' } as const;
    expect(series.take(runOf(20, { outcome: 'fail', failure, metrics: {} }), judged, false)).toBeUndefined();
    expect(series.failures).toHaveLength(0);
  });

  it('neither judges nor learns from a disturbed run', () => {
    const series = seriesOf();
    feed(series, 20);
    const before = series.streams.get('ttfb_ms')?.recent.length;
    expect(
      series.take(runOf(20, { disturbed: true, metrics: { ttfb_ms: 900 } }), judged, false),
    ).toBeUndefined();
    expect(series.streams.get('ttfb_ms')?.recent).toHaveLength(before ?? -1);
  });

  it('takes a failure for an exceedance in latency too: failing fast must not look fast', () => {
    const series = seriesOf();
    feed(series, 20);
    const vote = series.take(runOf(20, TIMEOUT), judged, false);
    expect(exceeded(vote, FAILURE_METRIC)).toBe(true);
    expect(exceeded(vote, 'ttfb_ms')).toBe(true);
  });

  it('lets a target that never answered vote by its failures', () => {
    const votes = feed(seriesOf(), 20, TIMEOUT);
    expect(exceeded(votes.at(-1), FAILURE_METRIC)).toBe(true);
    expect(exceeded(votes[5], FAILURE_METRIC)).toBeUndefined();
  });

  it('does not judge metrics that only explain', () => {
    const series = seriesOf();
    const votes = feed(series, 30, { metrics: { ttfb_ms: 20, connect_ms: 3 } });
    expect(votes.at(-1)?.readings.has('connect_ms')).toBe(false);
    expect(series.streams.get('connect_ms')?.baseline.median()).toBe(3);
  });

  it('ignores names that are not in the dictionary and numbers that are none', () => {
    const series = seriesOf();
    feed(series, 3, { metrics: { ttfb_ms: Number.NaN, nonsense_ms: 5 } });
    expect([...series.streams.keys()]).toEqual([]);
  });

  it('stops learning when its own evidence speaks against it', () => {
    const series = seriesOf();
    feed(series, 30);
    feed(series, 40, { metrics: { ttfb_ms: 800 } }, 30);
    expect(series.streams.get('ttfb_ms')?.baseline.limit()).toBe(120);
  });

  it('learns nothing while an incident covers it', () => {
    const series = seriesOf();
    feed(series, 30);
    for (let i = 30; i < 400; i += 1) series.take(runOf(i, { metrics: { ttfb_ms: 800 } }), judged, true);
    expect(series.streams.get('ttfb_ms')?.baseline.limit()).toBe(120);
  });

  it('accepts a level that stays without ever becoming an incident', () => {
    const series = seriesOf();
    feed(series, 30);
    feed(series, 400, { metrics: { ttfb_ms: 800 } }, 30);
    expect(series.streams.get('ttfb_ms')?.baseline.median()).toBe(800);
  });

  it('learns how often it usually fails, and not from a fault', () => {
    const series = seriesOf();
    for (let i = 0; i < 400; i += 1) series.take(i % 40 === 0 ? runOf(i, TIMEOUT) : runOf(i), judged, false);
    const usual = series.failureBase;
    expect(usual).toBeGreaterThan(0.01);
    expect(usual).toBeLessThan(0.04);
    feed(series, 100, TIMEOUT, 400);
    expect(series.failureBase).toBeLessThan(usual + 0.03);
  });

  it('is judged by what is usual at the hour where there is a season, and teaches it', () => {
    const learnt: number[] = [];
    const season = {
      factor: (atMs: number) => (atMs >= runOf(60).scheduledMs ? 3 : 1),
      learn: (_: number, value: number) => void learnt.push(value),
    };
    const asked: string[] = [];
    const series = new Series(DETECT_DEFAULTS, runOf(0), undefined, undefined, (metric) => {
      asked.push(metric);
      return season;
    });
    feed(series, 60);
    const usual = learnt.at(-1) as number;
    const busy = feed(series, 30, { metrics: { ttfb_ms: 3 * usual } }, 60);
    expect(asked).toEqual(['ttfb_ms']);
    expect(busy.some((vote) => exceeded(vote, 'ttfb_ms'))).toBe(false);
    const worse = feed(series, 3, { metrics: { ttfb_ms: 6 * usual + 300 } }, 90);
    expect(worse.every((vote) => exceeded(vote, 'ttfb_ms'))).toBe(true);
  });
});
