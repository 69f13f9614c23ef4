import { describe, expect, it } from 'vitest';
import { DETECTOR, type RegionStudy, studyRegions } from './region-study.ts';

const STUDY: RegionStudy = {
  seeds: [1],
  regions: 2,
  agentsPerRegion: 4,
  rounds: 500,
  everyMs: 60_000,
  kind: 'slow',
  value: 0.5,
  shape: 'step',
  decoys: 0,
};

describe('a study of regions', () => {
  it('scores the detector and every rule on the same faults', () => {
    const scores = studyRegions(STUDY);
    expect(scores.map(({ name }) => name)).toEqual([
      DETECTOR,
      'static threshold',
      '3 of 5 runs',
      '3 of 5 runs at 2 agents',
      '3 of 5 runs at 3 agents',
    ]);
    expect(new Set(scores.map(({ faults }) => faults)).size).toBe(1);
    const [own] = scores;
    expect(own).toMatchObject({ recall: 1, falseAlarms: 0, oneAgentFaults: 0 });
    expect(own?.delay).toBeGreaterThan(0.5);
    expect(own?.delay).toBeLessThan(8);
  });

  it('tells faults of one agent apart, and counts what they raise', () => {
    const [own, threshold] = studyRegions({ ...STUDY, decoys: 1 });
    expect(own).toMatchObject({ faults: 0, perOneAgentFault: 0 });
    expect(own?.delay).toBeNaN();
    expect(own?.oneAgentFaults).toBeGreaterThan(0);
    expect(threshold?.perOneAgentFault).toBeGreaterThan(0);
  });

  it('gives the same every time, and takes traces for backgrounds', () => {
    expect(studyRegions(STUDY)).toEqual(studyRegions(STUDY));
    const traces = Array.from({ length: 8 }, (_, k) =>
      Array.from({ length: 600 }, (_, i) => (i === 300 ? undefined : 50 + k + (i % 5) / 10)),
    );
    expect(studyRegions({ ...STUDY, traces })[0]?.recall).toBe(1);
  });
});
