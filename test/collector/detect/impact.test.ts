import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { GroupBook } from '../../../collector/detect/group-book.ts';
import { impactOf } from '../../../collector/detect/impact.ts';
import type { IncidentScope, Size } from '../../../collector/detect/incident.ts';
import { IncidentCase } from '../../../collector/detect/incident-case.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { DETECT_DEFAULTS, DETECT_LIMITS, type DetectSettings } from '../../../collector/detect/settings.ts';
import { runOf, seriesOf } from './observations.ts';

const REGIONS = ['eu-west', 'us-east', 'ap-southeast', 'sa-east'];
const SERIES = REGIONS.map((region) => seriesOf({ region, dims: { country: region.slice(0, 2) } }));
const EU: IncidentScope = { kind: 'region', region: 'eu-west' };
const doubled: Size = { before: 100, after: 200, unit: 'ms', ratio: 2 };

const impact = (size: Size, weights = {}, scope: IncidentScope = EU, isFailure = false) =>
  impactOf({ scope, size, isFailure }, SERIES, weights);

describe('the impact of an incident', () => {
  it('is how bad it is times the share of what is watched', () => {
    expect(impact(doubled)).toEqual({ share: 0.25, size: 1, score: 0.25 });
    expect(impact({ ...doubled, ratio: 1.3 }).score).toBeCloseTo(0.075);
    expect(impact({ ...doubled, ratio: 5 }).size).toBe(1);
    expect(impact(doubled, {}, { kind: 'global' }).share).toBe(1);
  });

  it('takes a throughput that is halved for as bad as a duration that doubled', () => {
    expect(impact({ before: 8, after: 4, unit: 'bps', ratio: 0.5 }).size).toBe(1);
  });

  it('is of failures the share that fails more, and of silence all', () => {
    const failing: Size = { before: 0.1, after: 0.4, unit: 'ratio', ratio: 4 };
    expect(impact(failing, {}, EU, true).size).toBeCloseTo(0.3);
    expect(impact({ before: 0, after: 3, unit: 'count', ratio: null }).size).toBe(1);
  });

  it('weighs by traffic where that is told', () => {
    expect(impact(doubled, { 'region:eu-west': 0.7 })).toMatchObject({ share: 0.7, byTraffic: true });
    expect(impact(doubled, { 'country:eu': 0 }).share).toBe(0);
    expect(impact(doubled)).not.toHaveProperty('byTraffic');
  });

  it('divides what is left among those of which nothing is told', () => {
    expect(impact(doubled, { 'region:us-east': 0.7 }).share).toBeCloseTo(0.1);
    const told = { 'region:eu-west': 0.3, 'region:us-east': 0.5 };
    expect(impact(doubled, told, { kind: 'region', region: 'sa-east' }).share).toBeCloseTo(0.1);
    expect(impact(doubled, told, { kind: 'global' }).share).toBeCloseTo(1);
  });

  it('knows that what nobody watches has its traffic, too', () => {
    const elsewhere = { 'region:nowhere': 0.4, 'region:eu-west': 0.6 };
    expect(impact(doubled, elsewhere).share).toBeCloseTo(0.6);
    expect(impact(doubled, elsewhere, { kind: 'global' }).share).toBeCloseTo(0.6);
  });

  it('is of a place whatever the number of its agents, and of what and where together', () => {
    const more = [...SERIES, ...[1, 2, 3, 4, 5].map((k) => seriesOf({ region: 'eu-west', agent: `e-${k}` }))];
    const of = (weights: Record<string, number>, scope = EU) =>
      impactOf({ scope, size: doubled, isFailure: false }, more, weights).share;
    expect(of({})).toBeCloseTo(6 / 9);
    expect(of({ 'region:eu-west': 0.3 })).toBeCloseTo(0.3);
    expect(of({ 'region:eu-west': 0.3, 'target:clip': 1 })).toBeCloseTo(0.3);
  });
});

const events = (settings: Partial<DetectSettings>) => {
  const runs: Observation[] = Array.from({ length: 80 }, (_, i) =>
    REGIONS.flatMap((region) =>
      [1, 2, 3].map((k) => {
        const ttfb_ms = region === 'eu-west' && i >= 40 && i < 60 ? 500 : 20 + ((i * 7 + k * 3) % 11);
        return runOf(i, { region, agent: `${region}-${k}`, metrics: { ttfb_ms } });
      }),
    ),
  ).flat();
  return replay(new Detector({ settings }), runs, { untilMs: runOf(84).seenMs });
};

describe('an incident', () => {
  it('is critical, but a warning where next to no traffic is', () => {
    expect(events({})[0]?.incident).toMatchObject({
      severity: 'critical',
      evidence: { impact: { share: 0.25 } },
    });
    const slight = events({ trafficWeights: { 'region:eu-west': 0.005 } });
    expect(slight[0]?.incident.severity).toBe('warning');
  });

  it('keeps the first entries of a timeline that is longer than anybody reads', () => {
    const place = { share: 1, alternatives: [] };
    const start = { place, severity: 'critical', family: 'slow' } as const;
    const alarm = { evidence: 1, threshold: 1 };
    const one = new IncidentCase({ ...start, alarm, scope: EU, startedMs: 0, detectedMs: 1 });
    for (let i = 0; i < 30; i += 1)
      one.widen({ ...start, scope: { kind: 'country', country: `c${i}` }, startedMs: 0 }, i + 2);
    const sources = {
      settings: DETECT_DEFAULTS,
      groups: new GroupBook(DETECT_DEFAULTS),
      series: { [Symbol.iterator]: () => SERIES.values() },
      changes: [],
    };
    const { timeline = [] } = one.snapshot(sources, 40).evidence;
    expect(timeline).toHaveLength(DETECT_LIMITS.timeline.value);
    expect(timeline.slice(0, 3).map(({ what }) => what)).toEqual(['began', 'detected', 'grew']);
  });

  it('keeps a timeline, and its worst to the end', () => {
    const last = events({}).at(-1)?.incident;
    expect(last?.status).toBe('resolved');
    expect(last?.evidence.timeline?.map(({ what }) => what)).toEqual(['began', 'detected', 'resolved']);
    expect(last?.evidence.timeline?.map(({ atMs }) => atMs)).toEqual([
      last?.startedMs,
      last?.detectedMs,
      last?.resolvedMs,
    ]);
    expect(last?.evidence.impact?.size).toBe(1);
  });
});
