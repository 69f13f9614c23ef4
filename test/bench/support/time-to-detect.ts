/** Seconds from a fault in one region to its incident, in a simulated fleet of light probes: what a running one takes, over many seeds. */
import { Detector } from '../../../collector/detect/detector.ts';
import type { Incident } from '../../../collector/detect/incident.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import {
  type SyntheticCheck,
  type SyntheticFault,
  type SyntheticFleet,
  syntheticFleet,
} from '../../../collector/detect/synthetic.ts';
import type { NoiseLevels } from '../../../collector/detect/synthetic-noise.ts';

export interface DetectTimeStudy {
  readonly seeds: readonly number[];
  /** `latency`: milliseconds on each turn; `error`: share of the runs that fail; `blackhole`: all of them time out. */
  readonly fault: Pick<SyntheticFault, 'kind' | 'value'>;
  readonly everyMs: number;
  readonly agentsPerRegion: number;
}

export interface DetectTimes {
  /** Of each seed from the fault to the incident of that region; none where it was not found. */
  readonly seconds: readonly number[];
  /** Incidents of anything else. */
  readonly beside: number;
}

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
/** What each turn takes before the fault. */
export const TURN_MS = 400;
const TIMEOUT_MS = 5000;
/** Runs of each check before the fault, and for how many at most it is looked for. */
const BEFORE_RUNS = 60;
const UNTIL_RUNS = 60;
/** Rounds after an incident in which another one is looked for. */
const AFTER_RUNS = 10;

/** Machines that do little else: paths of some percent of noise that remembers a little, few stragglers, rare failures. */
const NOISE: Partial<NoiseLevels> = {
  sigma: 0.02,
  autocorrelation: 0.3,
  placeSigma: 0.05,
  browserDelayMs: 0,
  stallEveryMs: 120_000,
  contentionEveryMs: 1e9,
  tailShare: 0.002,
  failShare: 0.001,
};

/** A page's request and two videos: a first frame takes a turn of the one, three turns of the other. */
const checksOf = (everyMs: number): SyntheticCheck[] => {
  const one = { everyMs, timeoutMs: TIMEOUT_MS };
  const play = { ...one, probe: 'play', type: 'playback', metric: 'first_frame_ms' };
  return [
    { ...one, probe: 'edge', type: 'http', target: 'playlist', metric: 'ttfb_ms', baseMs: TURN_MS, turns: 1 },
    { ...play, target: 'clip-mp4', baseMs: TURN_MS + 30, turns: 1 },
    { ...play, target: 'clip-hls', baseMs: 3 * TURN_MS + 30, turns: 3 },
  ];
};

export function detectTimes({ agentsPerRegion, everyMs, fault, seeds }: DetectTimeStudy): DetectTimes {
  const seconds: number[] = [];
  let beside = 0;
  for (const seed of seeds) {
    // Anywhere between the slots, the same for every kind of fault.
    const atMs = (BEFORE_RUNS + ((seed * 0.37) % 1)) * everyMs;
    const region = REGIONS[seed % REGIONS.length] as string;
    const fleet = syntheticFleet({
      seed,
      regions: REGIONS,
      agentsPerRegion,
      lengthMs: (BEFORE_RUNS + UNTIL_RUNS) * everyMs,
      checks: checksOf(everyMs),
      noise: NOISE,
      faults: [{ ...fault, atMs, lengthMs: Number.POSITIVE_INFINITY, region }],
    });
    const faultMs = fleet.startMs + atMs;
    let foundMs: number | undefined;
    for (const { detectedMs, scope } of incidentsOf(fleet, AFTER_RUNS * everyMs)) {
      const isIt = scope.kind === 'region' && scope.region === region && detectedMs >= faultMs;
      if (isIt) foundMs ??= detectedMs;
      else beside += 1;
    }
    if (foundMs !== undefined) seconds.push((foundMs - faultMs) / 1000);
  }
  return { seconds, beside };
}

/** What is opened, until so long after the last. */
function* incidentsOf({ observations }: SyntheticFleet, afterMs: number): Generator<Incident> {
  const playback = new Playback(new Detector());
  let lastMs = Number.POSITIVE_INFINITY;
  for (const run of observations) {
    playback.take(run);
    for (const { incident, kind } of playback.drain()) {
      if (kind !== 'opened') continue;
      lastMs = incident.detectedMs;
      yield incident;
    }
    if (run.seenMs > lastMs + afterMs) return;
  }
}
