/**
 * Whose part of the way the live detector says it is: one fault of a known place in each of many nested fleets, runs in and incidents out.
 * The table beside it, of leaves alone, is in `detect-localise.ts`.
 */
import { formatTable } from '../../cli/support/output.ts';
import { Detector } from '../../collector/detect/detector.ts';
import { type Incident, scopeText } from '../../collector/detect/incident.ts';
import { FAULT_PLACES, type FaultPlace } from '../../collector/detect/leaves/fault-place.ts';
import type { FleetAgent } from '../../collector/detect/observation.ts';
import { replay } from '../../collector/detect/replay.ts';
import { SyntheticWorld, type WorldFault } from '../../collector/detect/synthetic-day.ts';
import type { WorldAgent } from '../../collector/detect/synthetic-places.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';

const FIRST_SEED = 61_000;
const REGIONS = 8;
const AGENTS = 6;
/** So many agents are served by another edge than the nearest: without them an edge is its regions. */
const STRAYS = 0.3;
const MINUTE_MS = 60_000;
const AT_MS = 60 * MINUTE_MS;
const LENGTH_MS = 25 * MINUTE_MS;

const KINDS: Readonly<Record<string, Pick<WorldFault, 'kind' | 'value'>>> = {
  slow_1_8_times: { kind: 'slow', value: 1.8 },
  slow_1_4_times: { kind: 'slow', value: 1.4 },
  failing_40_percent: { kind: 'fail', value: 0.4 },
};

export function livePlaceRows(progress: Progress, print: Progress): Row[] {
  const fleets = timesOf('OUTRIDER_BENCH_FLEETS', 10);
  progress(
    `places, live: ${fleets} fleets for each place of a fault and each of ${Object.keys(KINDS).length} kinds`,
  );
  return Object.entries(KINDS).flatMap(([name, kind]) => {
    let right = 0;
    let exact = 0;
    const cells = FAULT_PLACES.map((place) => {
      const said = Array.from({ length: fleets }, (_, i) => liveVerdict(FIRST_SEED + i, place, kind));
      right += said.filter((one) => one.verdict === place).length;
      exact += said.filter((one) => one.isExact).length;
      const count = (column: string) => said.filter(({ verdict }) => verdict === column).length || '';
      return [place, ...[...FAULT_PLACES, 'several', 'none'].map(count)];
    });
    print(`live, ${name.replaceAll('_', ' ')}: where the fault is, down; what the incident says, across`);
    print(`${formatTable(['fault', ...FAULT_PLACES, 'several', 'none'], cells)}\n`);
    const all = FAULT_PLACES.length * fleets;
    return [
      row(`live_place_right_${name}`, right / all, '1'),
      row(`live_place_exact_${name}`, exact / all, '1'),
    ];
  });
}

interface Said {
  readonly verdict: FaultPlace | 'none' | 'several';
  /** One incident, of the very scope that the fault was put on. */
  readonly isExact: boolean;
}

function liveVerdict(seed: number, place: FaultPlace, kind: Pick<WorldFault, 'kind' | 'value'>): Said {
  const options = { regions: REGIONS, agentsPerRegion: AGENTS, churn: false, strays: STRAYS, seed };
  const lengthMs = AT_MS + LENGTH_MS;
  const where = whereOf(place, new SyntheticWorld({ ...options, lengthMs }).agents, new Random(seed));
  // Who listens hears nobody any more: no run is bad, all are missing.
  const isDeaf = place === 'OURSELVES';
  const faults = isDeaf ? [] : [{ ...kind, where, atMs: AT_MS, lengthMs: LENGTH_MS }];
  const world = new SyntheticWorld({ ...options, lengthMs, faults });
  const faultMs = world.startMs + AT_MS;
  const heard = [...world.observations()].filter(({ seenMs }) => !isDeaf || seenMs < faultMs);
  const silent = (one: FleetAgent): FleetAgent => ({ ...one, state: 'silent' });
  const detector = new Detector();
  const events = replay(detector, heard, {
    untilMs: world.endMs,
    onTick: (nowMs) => {
      const fleet = world.fleetAt(nowMs);
      detector.observeFleet(nowMs, isDeaf && nowMs > faultMs + MINUTE_MS ? fleet.map(silent) : fleet);
    },
  });
  const last = new Map<string, Incident>(events.map(({ incident }) => [incident.id, incident]));
  const causes = [...last.values()].filter(
    ({ detectedMs, mergedInto }) => detectedMs >= faultMs && mergedInto === null,
  );
  const verdicts = new Set(causes.map(({ evidence }) => evidence.place?.verdict ?? 'none'));
  const [only = 'none'] = verdicts;
  const isExact = causes.length === 1 && scopeText((causes[0] as Incident).scope) === scopeNameOf(where);
  return { verdict: verdicts.size > 1 ? 'several' : only, isExact };
}

/** The labels of a fault in a place. A way has some of the agents of its region, and no region is all of an edge. */
function whereOf(place: FaultPlace, agents: readonly WorldAgent[], random: Random): WorldFault['where'] {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random.uniform(0, of.length))] as T;
  const { id, region, country, isp, pop } = pick(agents);
  switch (place) {
    case 'AGENT':
      return { agent: id };
    case 'ISP':
      return { isp };
    case 'REGION':
      return { region };
    case 'COUNTRY':
      return { country };
    case 'POP':
      return { pop };
    case 'TARGET':
      return { target: pick(['clips', 'live']) };
    case 'ROUTE':
      return pick(
        [...Map.groupBy(agents, (one) => `${one.region} ${one.pop}`).values()]
          .filter((way) => way.length >= 2 && way.length < AGENTS)
          .map(([first]) => ({ region: first?.region ?? '', pop: first?.pop ?? '' })),
      );
    case 'GLOBAL':
    case 'OURSELVES':
      return {};
  }
}

function scopeNameOf(where: WorldFault['where']): string {
  if (where.region && where.pop) return `route:${where.region} to ${where.pop}`;
  const [named] = Object.entries(where);
  return named ? named.join(':') : 'global';
}
