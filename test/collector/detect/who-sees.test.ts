import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import type { IncidentEvent } from '../../../collector/detect/incident.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { runOf } from './observations.ts';

const REGIONS = ['ap-south', 'eu-west', 'us-east'] as const;

interface Fault {
  /** Agents of a region. */
  readonly agents: number;
  readonly isSlow: (region: string, agent: number) => boolean;
  readonly isAway?: (region: string, agent: number) => boolean;
}

/** Forty rounds that are well, then the fault for fifteen, then as many that are well again where asked for. */
function play({ agents, isAway = () => false, isSlow }: Fault, wellAfter = 0): readonly IncidentEvent[] {
  const runs: Observation[] = [];
  for (let i = 0; i < 55 + wellAfter; i += 1)
    for (const region of REGIONS)
      for (let k = 1; k <= agents; k += 1) {
        const isOn = i >= 40 && i < 55;
        if (isOn && isAway(region, k)) continue;
        const ttfb_ms = isOn && isSlow(region, k) ? 500 : 20 + ((i * 7 + k * 3) % 11);
        runs.push(runOf(i, { region, agent: `${region}-${k}`, metrics: { ttfb_ms } }));
      }
  return replay(new Detector(), runs, { untilMs: (runs.at(-1)?.seenMs ?? 0) + 8000 });
}

const isEurope = (region: string) => region === 'eu-west';

describe('who sees an incident', () => {
  it('is told for every region, the raised one first: who is raised, who is well, and of whom nothing came', () => {
    const events = play({
      agents: 4,
      isSlow: (region, k) => isEurope(region) && k <= 3,
      isAway: (region, k) => region === 'us-east' && k === 2,
    });
    expect(events.at(-1)?.incident.evidence.sight).toEqual([
      {
        region: 'eu-west',
        ...{ raised: ['eu-west-1', 'eu-west-2', 'eu-west-3'], well: ['eu-west-4'] },
        ...{ silent: [], noData: [], leftOut: 0 },
      },
      {
        region: 'ap-south',
        ...{ raised: [], well: ['ap-south-1', 'ap-south-2', 'ap-south-3', 'ap-south-4'] },
        ...{ silent: [], noData: [], leftOut: 0 },
      },
      {
        region: 'us-east',
        ...{ raised: [], well: ['us-east-1', 'us-east-3', 'us-east-4'] },
        ...{ silent: [], noData: ['us-east-2'], leftOut: 0 },
      },
    ]);
  });

  it('is kept as it was while it was on, when it is over', () => {
    const events = play({ agents: 3, isSlow: isEurope }, 40);
    const last = events.at(-1);
    expect(last?.kind).toBe('resolved');
    expect(last?.incident.evidence.sight?.[0]).toMatchObject({
      region: 'eu-west',
      raised: ['eu-west-1', 'eu-west-2', 'eu-west-3'],
    });
  });

  it('names no more agents than people can take in, those who see it before those who do not', () => {
    const most = DETECT_LIMITS.sightAgents.value;
    const agents = Math.floor(most / 3) + 10;
    const events = play({ agents, isSlow: (region, k) => isEurope(region) && k > 10 });
    const sight = events.at(-1)?.incident.evidence.sight ?? [];
    const names = sight.flatMap(({ raised, well }) => [...raised, ...well]);
    expect(names.length).toBeLessThanOrEqual(most);
    expect(sight.map(({ leftOut }) => leftOut)).toEqual(sight.map(() => agents - Math.floor(most / 3)));
    expect([sight[0]?.raised.length, sight[0]?.well]).toEqual([Math.floor(most / 3), []]);
  }, 30_000);
});
