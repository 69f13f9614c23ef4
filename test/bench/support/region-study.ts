/** Regions with labelled faults through the detector and through the usual rules at once, and how each of them did. */
import { Detector } from '../../../collector/detect/detector.ts';
import { openRules } from '../../../collector/detect/metric-rules.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { OPEN_SETTINGS } from '../../../collector/detect/settings.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import {
  agentNames,
  type Background,
  REGIONS_START_MS,
  type RegionFault,
  regionName,
  regionRuns,
} from '../../../collector/detect/synthetic-regions.ts';
import { REGION_RULES, type RegionAlarm, RegionRuleWatch } from './region-rules.ts';
import { median } from './stats.ts';

export interface RegionStudy {
  readonly seeds: readonly number[];
  readonly regions: number;
  readonly agentsPerRegion: number;
  readonly rounds: number;
  readonly everyMs: number;
  readonly kind: RegionFault['kind'];
  readonly value: number;
  readonly shape: RegionFault['shape'];
  /** Share of a region's agents that a fault hits; all, or all but one, when absent. */
  readonly share?: number;
  /** Share of the faults that hit one agent alone. */
  readonly decoys: number;
  readonly lost?: number;
  readonly late?: number;
  readonly twice?: number;
  /** Traces in place of drawn backgrounds. */
  readonly traces?: readonly (readonly (number | undefined)[])[];
}

export interface RegionScore {
  readonly name: string;
  readonly faults: number;
  readonly found: number;
  readonly recall: number;
  /** Probes from the fault to the alarm: NaN when none was found. */
  readonly delay: number;
  readonly falseAlarms: number;
  readonly regionDays: number;
  readonly perRegionDay: number;
  readonly oneAgentFaults: number;
  readonly perOneAgentFault: number;
}

export const DETECTOR = 'Outrider';
const FAULT_ROUNDS = 40;
/** An alarm so soon after a fault is of that fault. */
const AFTER_ROUNDS = 10;
/** Baselines, and thresholds by hand, are learned before the first fault. */
const FIRST_ROUND = 150;
const METRIC = 'rtt_ms';

interface Tally {
  found: number;
  readonly delays: number[];
  falseAlarms: number;
  oneAgentAlarms: number;
}

/** How the detector did, then how each rule did, on the very same runs. */
export function studyRegions(study: RegionStudy): RegionScore[] {
  const tallies = new Map<string, Tally>();
  let faults = 0;
  let oneAgent = 0;
  let cleanRounds = 0;
  for (const seed of study.seeds) {
    const drawn = drawFaults(study, seed);
    faults += drawn.filter(({ agents }) => agents.length > 1).length;
    oneAgent += drawn.filter(({ agents }) => agents.length === 1).length;
    cleanRounds += study.rounds * study.regions - drawn.length * (FAULT_ROUNDS + AFTER_ROUNDS);
    for (const [name, alarms] of playSeed(study, seed, drawn)) {
      let tally = tallies.get(name);
      if (!tally) {
        tally = { found: 0, delays: [], falseAlarms: 0, oneAgentAlarms: 0 };
        tallies.set(name, tally);
      }
      count(alarms, drawn, study.everyMs, tally);
    }
  }
  const regionDays = (cleanRounds * study.everyMs) / 86_400_000;
  return [...tallies].map(([name, { delays, falseAlarms, found, oneAgentAlarms }]) => ({
    name,
    faults,
    found,
    recall: found / Math.max(1, faults),
    delay: delays.length === 0 ? Number.NaN : median(delays),
    falseAlarms,
    regionDays,
    perRegionDay: falseAlarms / regionDays,
    oneAgentFaults: oneAgent,
    perOneAgentFault: oneAgentAlarms / Math.max(1, oneAgent),
  }));
}

function drawFaults(study: RegionStudy, seed: number): RegionFault[] {
  const random = new Random(seed + 77);
  const { agentsPerRegion, kind, regions, rounds, shape, share, value } = study;
  const faults: RegionFault[] = [];
  let fromRound = FIRST_ROUND + Math.floor(random.uniform(0, 50));
  for (; fromRound < rounds - 2 * FAULT_ROUNDS; fromRound += 110 + Math.floor(random.uniform(0, 50))) {
    const r = Math.floor(random.uniform(0, regions));
    const all = agentNames(r, agentsPerRegion);
    const alone = random.chance(study.decoys);
    const most = agentsPerRegion - (random.chance(0.5) ? 1 : 0);
    const hit = alone ? 1 : share === undefined ? most : Math.max(1, Math.round(share * agentsPerRegion));
    const first = Math.floor(random.uniform(0, agentsPerRegion));
    const agents = Array.from({ length: hit }, (_, i) => all[(first + i) % agentsPerRegion] as string);
    const size = alone && kind === 'slow' ? random.uniform(0.15, 0.5) : value;
    faults.push({ kind, value: size, shape, region: regionName(r), agents, fromRound, rounds: FAULT_ROUNDS });
  }
  return faults;
}

/** The alarms of the detector and of each rule, by name. */
function playSeed(
  study: RegionStudy,
  seed: number,
  faults: readonly RegionFault[],
): ReadonlyMap<string, readonly RegionAlarm[]> {
  const detector = new Detector({ metrics: openRules(), settings: OPEN_SETTINGS });
  const playback = new Playback(detector);
  const watches = REGION_RULES.map((rule) => new RegionRuleWatch(rule));
  const own: RegionAlarm[] = [];
  const keep = (): void => {
    for (const { incident, kind } of playback.drain())
      if (kind === 'opened' && incident.scope.kind === 'region')
        own.push({ region: incident.scope.region, atMs: incident.detectedMs });
  };
  const { agentsPerRegion, everyMs, late, lost, regions, rounds, twice, traces } = study;
  const more = { ...(lost && { lost }), ...(late && { late }), ...(twice && { twice }) };
  const background = traces && { background: tracesOf(traces, seed) };
  for (const run of regionRuns({
    seed,
    regions,
    agentsPerRegion,
    rounds,
    everyMs,
    faults,
    ...more,
    ...background,
  })) {
    playback.take(run);
    keep();
    for (const watch of watches) watch.take(run, METRIC);
  }
  return new Map<string, readonly RegionAlarm[]>([
    [DETECTOR, own],
    ...watches.map(({ alarms, rule }) => [rule.name, alarms] as const),
  ]);
}

/** Each agent has a trace, from a place in it on. */
function tracesOf(
  traces: NonNullable<RegionStudy['traces']>,
  seed: number,
): (agent: number, random: Random) => Background {
  return (agent, random) => {
    const trace = traces[(seed * 7 + agent) % traces.length] as readonly (number | undefined)[];
    const from = Math.floor(random.uniform(0, trace.length));
    return (round) => trace[(from + round) % trace.length] ?? 0;
  };
}

function count(
  alarms: readonly RegionAlarm[],
  faults: readonly RegionFault[],
  everyMs: number,
  tally: Tally,
): void {
  const rounds = alarms.map(({ atMs, region }) => ({ region, at: (atMs - REGIONS_START_MS) / everyMs }));
  const isOf = (fault: RegionFault) => (alarm: { region: string; at: number }) =>
    alarm.region === fault.region &&
    alarm.at >= fault.fromRound &&
    alarm.at < fault.fromRound + FAULT_ROUNDS + AFTER_ROUNDS;
  for (const fault of faults) {
    const own = rounds.filter(isOf(fault));
    if (fault.agents.length === 1) tally.oneAgentAlarms += own.length;
    else if (own[0] && own[0].at <= fault.fromRound + FAULT_ROUNDS + 1) {
      tally.found += 1;
      tally.delays.push(own[0].at - fault.fromRound);
    }
  }
  tally.falseAlarms += rounds.filter((alarm) => !faults.some((fault) => isOf(fault)(alarm))).length;
}
