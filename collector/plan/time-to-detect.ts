/**
 * How long it takes until an outage of a region is an incident: not a formula, but the very detector, played on a fleet without noise
 * whose runs fail from some moment on. Nothing of it is seen live: how often agents look and how many there are decides.
 */
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import { Detector } from '../detect/detector.ts';
import type { ScopeKind } from '../detect/incident.ts';
import type { Observation } from '../detect/observation.ts';
import { TICK_MS } from '../detect/replay.ts';
import { DETECT_DEFAULTS, DETECT_LIMITS } from '../detect/settings.ts';

export interface Watched {
  /** Agents of the region that run the check. */
  readonly agents: number;
  /** Other regions that run it too: they show that it is this region alone. */
  readonly otherRegions: number;
  readonly everyMs: number;
}

export interface Detection {
  /** From the first moment of the outage to the incident; the median over moments within an interval. */
  readonly afterMs: number;
  /** As what it shows: with one agent in the region it cannot be told from a fault of that agent. */
  readonly scope: ScopeKind;
}

/** The moments of an interval at which the outage is let begin. */
const MOMENTS = [0.1, 0.3, 0.5, 0.7, 0.9];
const REGION = 'here';
/** More of them prove no more. */
const OTHER_REGIONS_MAX = 3;
const OUTAGE_ROUNDS_MAX = 60;

/** Remembers what it worked out: a fleet has few kinds of watched regions. */
export class TimeToDetect {
  readonly #known = new Map<string, Detection | undefined>();

  /** Undefined when the outage would not be an incident within 60 intervals. */
  of(watched: Watched): Detection | undefined {
    const alike = {
      agents: Math.min(watched.agents, DETECT_LIMITS.unitsPerGroup.value),
      otherRegions: Math.min(watched.otherRegions, OTHER_REGIONS_MAX),
      everyMs: watched.everyMs,
    };
    const key = JSON.stringify(alike);
    if (!this.#known.has(key)) this.#known.set(key, medianOf(alike));
    return this.#known.get(key);
  }
}

function medianOf(watched: Watched): Detection | undefined {
  if (watched.agents === 0) return undefined;
  const found = MOMENTS.map((moment) => detect(watched, moment));
  const sorted = found.toSorted(
    (a, b) => (a?.afterMs ?? Number.POSITIVE_INFINITY) - (b?.afterMs ?? Number.POSITIVE_INFINITY),
  );
  return sorted[Math.floor(sorted.length / 2)];
}

/** `moment`: of the interval at which the outage begins. */
function detect(watched: Watched, moment: number): Detection | undefined {
  const { everyMs } = watched;
  const { lagSamples, minSamples, warmupSamples } = DETECT_DEFAULTS;
  const startMs = 1000 * everyMs;
  const outageMs = startMs + (2 * (lagSamples + minSamples + warmupSamples) + moment) * everyMs;
  const endMs = outageMs + OUTAGE_ROUNDS_MAX * everyMs;
  const detector = new Detector();
  // A live tick is 2 s; where slots are hours apart one in twenty intervals is as good.
  const stepMs = Math.max(TICK_MS, everyMs / 20);
  let tickMs = startMs;
  for (const run of runsOf(watched, startMs, outageMs, endMs)) {
    for (; tickMs <= run.seenMs; tickMs += stepMs) {
      const opened = detector.advance(tickMs).find(({ kind }) => kind === 'opened');
      if (opened && tickMs >= outageMs)
        return { afterMs: Math.round(tickMs - outageMs), scope: opened.incident.scope.kind };
    }
    detector.observe(run);
  }
  return undefined;
}

/** Ordered by when they are seen: a second after their slot. */
function runsOf(
  { agents, otherRegions, everyMs }: Watched,
  startMs: number,
  outageMs: number,
  endMs: number,
): Observation[] {
  const regions = [REGION, ...Array.from({ length: otherRegions }, (_, index) => `other-${index + 1}`)];
  const runs = regions.flatMap((region) =>
    Array.from({ length: agents }, (_, index) => `${region}-${index + 1}`).flatMap((agent) => {
      const series = slotSeries('probe', 'target', agent, everyMs);
      const slots: Observation[] = [];
      for (let slotMs = slotAtOrAfter(series, startMs); slotMs < endMs; slotMs += everyMs)
        slots.push(runAt(agent, region, slotMs, region === REGION && slotMs >= outageMs));
      return slots;
    }),
  );
  return runs.sort((a, b) => a.seenMs - b.seenMs);
}

function runAt(agent: string, region: string, slotMs: number, fails: boolean): Observation {
  const common = {
    ...{ agent, region, probe: 'probe', type: 'http', target: 'target' },
    scheduledMs: slotMs,
    seenMs: slotMs + 1000,
    disturbed: false,
  };
  return fails
    ? {
        ...common,
        outcome: 'fail',
        failure: { layer: 'http', blame: 'target', code: 'status' },
        metrics: {},
      }
    : { ...common, outcome: 'ok', metrics: { ttfb_ms: 20 } };
}
