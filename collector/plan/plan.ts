/** Who runs what, what that costs each agent, and how soon an outage shows: of the fleet as it is, with the probes as they are or would be. Pure. */
import { probeOf } from '../../probes/registry.ts';
import type { ProbeSpec } from '../../probes/spec.ts';
import { type Candidate, capable, everyMsOf, timeoutMsOf } from '../registry/checks.ts';
import { type PlaceGroup, placeGroups } from '../registry/select-agents.ts';
import type { Detection, TimeToDetect } from './time-to-detect.ts';

export interface PlannedProbe {
  readonly probe: string;
  readonly type: string;
  readonly everyMs: number;
  readonly targets: number;
  readonly paused: boolean;
  /** Agents that could run it, by the values of `per`. */
  readonly places: readonly PlaceGroup[];
  /** Agents that were asked for and are not there, or too much alike. */
  readonly short: number;
  /** Of all its agents and targets together. */
  readonly runsPerMinute: number;
  readonly regions: readonly WatchedRegion[];
}

export interface WatchedRegion {
  readonly region: string;
  readonly agents: number;
  /** Until an outage of the region is an incident; undefined when it would not be one. */
  readonly detection: Detection | undefined;
}

export interface PlannedAgent {
  readonly agent: string;
  readonly region: string;
  readonly checks: number;
  readonly runsPerMinute: number;
  /** Runs at once when every one takes all of its timeout. */
  readonly atOnceMax: number;
  /** The same of the browser alone, of which an agent has one: above 1 slots are missed when pages hang. */
  readonly browserAtOnceMax: number;
}

export interface SchedulePlan {
  readonly probes: readonly PlannedProbe[];
  /** The busiest first. */
  readonly agents: readonly PlannedAgent[];
}

/** `agents`: those that are there. */
export function planSchedule(
  probes: readonly ProbeSpec[],
  agents: readonly Candidate[],
  timeToDetect: Pick<TimeToDetect, 'of'>,
): SchedulePlan {
  const planned = probes.map((spec) => ({ spec, plan: planProbe(spec, agents, timeToDetect) }));
  const loads = new Map(agents.map((agent) => [agent.id, idle(agent)]));
  for (const { spec, plan } of planned)
    for (const { id } of plan.places.flatMap(({ chosen }) => chosen)) {
      const load = loads.get(id);
      if (load && !spec.paused) loads.set(id, loaded(load, spec));
    }
  return {
    probes: planned.map(({ plan }) => plan),
    agents: [...loads.values()].sort(
      (a, b) => b.runsPerMinute - a.runsPerMinute || (a.agent < b.agent ? -1 : 1),
    ),
  };
}

function planProbe(
  spec: ProbeSpec,
  agents: readonly Candidate[],
  timeToDetect: Pick<TimeToDetect, 'of'>,
): PlannedProbe {
  const able = agents.filter((agent) => capable(spec, agent));
  const places = placeGroups(spec.from, able, spec.name);
  const everyMs = everyMsOf(spec);
  const byRegion = new Map<string, number>();
  for (const { labels } of places.flatMap(({ chosen }) => chosen))
    byRegion.set(labels.region, (byRegion.get(labels.region) ?? 0) + 1);
  const regions = [...byRegion].sort(([a], [b]) => (a < b ? -1 : 1));
  const running = places.reduce((sum, { chosen }) => sum + chosen.length, 0);
  return {
    probe: spec.name,
    type: spec.type,
    everyMs,
    targets: spec.targets.length,
    paused: spec.paused,
    places,
    short: places.reduce((sum, { wanted = 0, chosen }) => sum + Math.max(0, wanted - chosen.length), 0),
    runsPerMinute: spec.paused ? 0 : running * runsPerMinuteOf(spec),
    regions: regions.map(([region, count]) => ({
      region,
      agents: count,
      detection: spec.paused
        ? undefined
        : timeToDetect.of({ agents: count, otherRegions: regions.length - 1, everyMs }),
    })),
  };
}

/** At one agent. */
function runsPerMinuteOf(spec: ProbeSpec): number {
  return (spec.targets.length * 60_000) / everyMsOf(spec);
}

function idle({ id, labels }: Candidate): PlannedAgent {
  return {
    ...{ agent: id, region: labels.region },
    ...{ checks: 0, runsPerMinute: 0, atOnceMax: 0, browserAtOnceMax: 0 },
  };
}

function loaded(load: PlannedAgent, spec: ProbeSpec): PlannedAgent {
  const atOnce = (spec.targets.length * timeoutMsOf(spec)) / everyMsOf(spec);
  const inBrowser = probeOf(spec.type)?.lane === 'browser';
  return {
    ...load,
    checks: load.checks + spec.targets.length,
    runsPerMinute: load.runsPerMinute + runsPerMinuteOf(spec),
    atOnceMax: load.atOnceMax + atOnce,
    browserAtOnceMax: load.browserAtOnceMax + (inBrowser ? atOnce : 0),
  };
}
