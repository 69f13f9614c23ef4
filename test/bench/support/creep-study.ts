/** Regions that become slower within hours, where a step would be found in minutes. */
import { Detector } from '../../../collector/detect/detector.ts';
import { openRules } from '../../../collector/detect/metric-rules.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { OPEN_SETTINGS } from '../../../collector/detect/settings.ts';
import {
  agentNames,
  REGIONS_START_MS,
  type RegionFault,
  regionName,
  regionRuns,
} from '../../../collector/detect/synthetic-regions.ts';

export interface CreepScore {
  readonly faults: number;
  /** Of those that were found, from the first minute of the creep to the incident of that region. */
  readonly hours: readonly number[];
  /** Incidents of regions that did not creep, or before they did. */
  readonly falseAlarms: number;
  readonly regionDays: number;
}

const EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;
const REGIONS = 4;
const AGENTS = 5;
/** Two days with all hours of the day before the second; two of the regions creep from here on. */
const DAYS = 2.2;
const FROM_H = 38;
const CREEPING = 2;

/** Slower by the share `value` after `hours`, and for as long again. */
export function creepStudy(seeds: readonly number[], value: number, hours: number): CreepScore {
  const found: number[] = [];
  let falseAlarms = 0;
  for (const seed of seeds) {
    const faults = Array.from({ length: CREEPING }, (_, r): RegionFault => {
      const [fromRound, rounds] = [(FROM_H * HOUR_MS) / EVERY_MS, (2 * hours * HOUR_MS) / EVERY_MS];
      return {
        ...{ kind: 'slow', value, shape: 'ramp', region: regionName(r) },
        ...{ agents: agentNames(r, AGENTS), fromRound, rounds },
      };
    });
    const alarms = play(seed, faults);
    const isOf = (fault: RegionFault) => (alarm: { region: string; atH: number }) =>
      alarm.region === fault.region && alarm.atH >= FROM_H;
    for (const fault of faults) {
      const first = alarms.find(isOf(fault));
      if (first) found.push(first.atH - FROM_H);
    }
    falseAlarms += alarms.filter((alarm) => !faults.some((fault) => isOf(fault)(alarm))).length;
  }
  const regionDays = seeds.length * (REGIONS * DAYS - CREEPING * (DAYS - FROM_H / 24));
  return { faults: seeds.length * CREEPING, hours: found, falseAlarms, regionDays };
}

function play(seed: number, faults: readonly RegionFault[]): { region: string; atH: number }[] {
  const playback = new Playback(new Detector({ metrics: openRules(), settings: OPEN_SETTINGS }));
  const rounds = Math.round((DAYS * 24 * HOUR_MS) / EVERY_MS);
  const options = { seed, regions: REGIONS, agentsPerRegion: AGENTS, rounds, everyMs: EVERY_MS, faults };
  for (const run of regionRuns(options)) playback.take(run);
  return playback.drain().flatMap(({ incident: { detectedMs, scope }, kind }) => {
    if (kind !== 'opened' || scope.kind !== 'region') return [];
    return [{ region: scope.region, atH: (detectedMs - REGIONS_START_MS) / HOUR_MS }];
  });
}
