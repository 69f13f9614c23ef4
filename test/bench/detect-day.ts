/** A day of a fleet in which nothing is wrong: what the detector says of it. And the same fleet with three faults at once. */
import { Detector } from '../../collector/detect/detector.ts';
import { type Incident, scopeText } from '../../collector/detect/incident.ts';
import { replay } from '../../collector/detect/replay.ts';
import { SyntheticWorld, WORLD_CHECKS, type WorldOptions } from '../../collector/detect/synthetic-day.ts';
import { atMost, type Progress, type Row, row, within } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';

const SEED = 1;
const HOURS = 24;
const REGIONS = 20;
const AGENTS = 15;
const HOUR_MS = 3_600_000;

/** A region, a target and an agent, each in its own way, from the same minute on. */
const FAULTS_AT_MS = 2 * HOUR_MS;
const FAULTS = (
  [
    { kind: 'slow', value: 1.8, where: { region: 'r2' } },
    { kind: 'fail', value: 0.4, where: { target: 'live' } },
    { kind: 'blackhole', value: 1, where: { agent: 'r7-a1' } },
  ] as const
).map((fault) => ({ ...fault, atMs: FAULTS_AT_MS, lengthMs: HOUR_MS }));
const EXPECTED = ['agent:r7-a1', 'region:r2', 'target:live'];

export async function dayRows(progress: Progress, print: Progress): Promise<readonly Row[]> {
  const days = timesOf('OUTRIDER_BENCH_DAYS', 1);
  const calm: Incident[] = [];
  let runs = 0;
  const startedMs = performance.now();
  for (let day = 0; day < days; day += 1) {
    progress(
      `day ${day + 1} of ${days}: ${REGIONS * AGENTS} agents, ${WORLD_CHECKS.length} checks a minute each, without a fault`,
    );
    const played = play({ seed: SEED + day, lengthMs: HOURS * HOUR_MS });
    calm.push(...played.incidents);
    runs += played.runs;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  progress('three faults at once');
  const faulty = play({ seed: SEED, lengthMs: FAULTS_AT_MS + 1.5 * HOUR_MS, faults: FAULTS }).incidents;
  print(
    [
      `seeds ${SEED} to ${SEED + days - 1}, ${REGIONS} regions of ${AGENTS} agents, ${HOURS} h a day: load by local time, bursts of lost packets, restarts, crashes, replacements, an upgrade of all`,
      ...[...calm, ...faulty].map(({ summary }) => summary),
    ].join('\n'),
  );
  const scopes = faulty.map(({ scope }) => scopeText(scope)).toSorted();
  const right = scopes.join() === EXPECTED.join() ? 1 : 0;
  return [
    row('calm_incidents_per_day', calm.length / days, '1', { goal: atMost(1) }),
    row('calm_runs_judged', runs, '1'),
    row('calm_seconds_per_day', seconds / days, 's'),
    row('three_faults_incidents', faulty.length, '1', { goal: within(3, 0) }),
    row('three_faults_right_scopes', right, '1', { goal: within(1, 0) }),
  ];
}

/** The last state of every incident, and how many runs were judged. */
function play(options: Pick<WorldOptions, 'seed' | 'lengthMs' | 'faults'>) {
  const world = new SyntheticWorld({ ...options, regions: REGIONS, agentsPerRegion: AGENTS });
  const detector = new Detector();
  const events = replay(detector, world.observations(), {
    untilMs: world.endMs,
    onTick: (nowMs) => detector.observeFleet(nowMs, world.fleetAt(nowMs)),
  });
  const last = new Map(events.map(({ incident }) => [incident.id, incident]));
  return { incidents: [...last.values()], runs: detector.counters.observed };
}
