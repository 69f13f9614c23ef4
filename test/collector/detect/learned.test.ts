import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { type Incident, type IncidentEvent, scopeText } from '../../../collector/detect/incident.ts';
import { type Learned, packNumbers, seriesState, unpackNumbers } from '../../../collector/detect/learned.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import {
  SyntheticWorld,
  type WorldFault,
  type WorldOptions,
} from '../../../collector/detect/synthetic-day.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const MINUTE_MS = 60_000;
/** Results of before what was saved that are played again: ten rounds. */
const CONTEXT_MS = 10 * MINUTE_MS;

const FAULTS: readonly WorldFault[] = [
  { kind: 'slow', value: 2, where: { region: 'r2' }, atMs: 70 * MINUTE_MS, lengthMs: 40 * MINUTE_MS },
  { kind: 'fail', value: 0.5, where: { target: 'live' }, atMs: 130 * MINUTE_MS, lengthMs: 30 * MINUTE_MS },
  { kind: 'blackhole', value: 1, where: { region: 'r4' }, atMs: 150 * MINUTE_MS, lengthMs: 30 * MINUTE_MS },
];

const worldOf = (seed: number, more: Partial<WorldOptions> = {}) =>
  new SyntheticWorld({
    seed,
    regions: 5,
    agentsPerRegion: 4,
    lengthMs: 220 * MINUTE_MS,
    faults: FAULTS,
    ...more,
  });

interface Life {
  readonly detector: Detector;
  readonly events: IncidentEvent[];
}

function live(runs: readonly Observation[], untilMs: number, detector = new Detector()): Life {
  const playback = new Playback(detector);
  for (const run of runs) playback.take(run);
  return { detector, events: playback.until(untilMs) };
}

/** The last state of each incident. */
const lastOf = (events: readonly IncidentEvent[]): Incident[] => [
  ...new Map(events.map(({ incident }) => [incident.id, incident])).values(),
];
const scopesOf = (incidents: readonly Incident[]): string[] =>
  incidents.map(({ scope, status }) => `${scopeText(scope)} ${status}`).toSorted();

/** A detector that is killed at an instant and goes on from what was saved some time before. */
function restarted(runs: readonly Observation[], savedMs: number, killedMs: number, untilMs: number) {
  const before = (atMs: number) => runs.filter(({ seenMs }) => seenMs <= atMs);
  const saved = live(before(savedMs), savedMs);
  const pieces = [...saved.detector.learned()];
  const first = live(before(killedMs), killedMs);
  const detector = new Detector();
  const known = lastOf(first.events);
  detector.know(known);
  detector.restore(pieces, savedMs);
  const since = runs.filter(({ seenMs }) => seenMs > savedMs - CONTEXT_MS);
  const second = live(since, untilMs, detector);
  return { detector, known, first: first.events, second: second.events };
}

describe('a detector that goes on from what another had learned', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'finds the same incidents, each opened once, wherever it is restarted: seed %i',
    (seed) => {
      const random = new Random(seed * 1000);
      const world = worldOf(seed);
      const runs = [...world.observations()];
      const through = live(runs, world.endMs);
      const expected = scopesOf(lastOf(through.events));
      const killedMs = world.startMs + Math.round(random.uniform(45, 200) * MINUTE_MS);
      const savedMs = killedMs - Math.round(random.uniform(0, 3) * MINUTE_MS);
      const { first, known, second } = restarted(runs, savedMs, killedMs, world.endMs);
      const state = new Map(known.map((one) => [one.id, one]));
      for (const { incident } of second) state.set(incident.id, incident);
      expect(scopesOf([...state.values()])).toEqual(expected);
      const opened = [...first, ...second]
        .filter(({ kind }) => kind === 'opened')
        .map(({ incident }) => incident.id);
      expect(new Set(opened).size).toBe(opened.length);
    },
  );

  it('learns no run twice: what is played again leaves all as it was', () => {
    const world = worldOf(7, { faults: [], churn: false, lengthMs: 90 * MINUTE_MS });
    const runs = [...world.observations()];
    const first = live(runs, world.endMs).detector;
    const saved = [...first.learned()];
    expect(saved.filter(({ kind }) => kind === 'series')).toHaveLength(60);
    const second = new Detector();
    second.restore(saved, world.endMs);
    live(
      runs.filter(({ seenMs }) => seenMs > world.endMs - CONTEXT_MS),
      world.endMs,
      second,
    );
    const series = (pieces: readonly Learned[]) => pieces.filter(({ kind }) => kind === 'series');
    expect(series([...second.learned()])).toEqual(series(saved));
    expect(second.intervals()).toEqual(first.intervals());
  });

  it('learns nothing of a fault that an open incident covers', () => {
    const world = worldOf(8, { faults: FAULTS.slice(0, 1) });
    const runs = [...world.observations()];
    const savedMs = world.startMs + 60 * MINUTE_MS;
    const killedMs = world.startMs + 100 * MINUTE_MS;
    const { detector, known } = restarted(runs, savedMs, killedMs, killedMs + 5 * MINUTE_MS);
    expect(known).toMatchObject([{ status: 'open', scope: { region: 'r2' } }]);
    const medians = (of: Detector) =>
      [...of.learned()].flatMap(({ kind, state }) => {
        if (kind === 'group') return [];
        const { region, streams } = seriesState(state);
        const windows = Object.values(streams).map(({ window }) => unpackNumbers(window));
        return region === 'r2'
          ? windows.map((values) => values.toSorted((a, b) => a - b)[values.length >> 1])
          : [];
      });
    const calm = medians(
      live(
        runs.filter(({ seenMs }) => seenMs < savedMs),
        savedMs,
      ).detector,
    );
    const learnt = medians(detector);
    expect(learnt).toHaveLength(calm.length);
    expect(calm.length).toBeGreaterThan(0);
    for (const [i, median] of learnt.entries()) expect(median).toBeLessThan(1.3 * (calm[i] ?? 0));
  });

  it('raises what began before the restart and was not found by then', () => {
    const world = worldOf(9, { faults: FAULTS.slice(0, 1) });
    const runs = [...world.observations()];
    const killedMs = world.startMs + 71.5 * MINUTE_MS;
    const { first, second } = restarted(runs, killedMs, killedMs, world.endMs);
    expect(first).toEqual([]);
    expect(scopesOf(lastOf(second))).toEqual(['region:r2 resolved']);
  });

  it('tells only of what is new since a time', () => {
    const world = worldOf(10, { faults: [], lengthMs: 30 * MINUTE_MS });
    const { detector } = live([...world.observations()], world.endMs);
    expect([...detector.learned(world.endMs + MINUTE_MS)].filter(({ kind }) => kind === 'series')).toEqual(
      [],
    );
    expect([...detector.learned(world.startMs)].length).toBeGreaterThan(60);
  });

  it('does not learn anew for a change that it has heard of already', () => {
    const world = worldOf(11, { faults: [], churn: false, lengthMs: 60 * MINUTE_MS });
    const { detector } = live([...world.observations()], world.endMs);
    const saved = [...detector.learned()];
    const second = new Detector();
    second.restore(saved, world.endMs);
    const change = { kind: 'deploy', name: 'web', text: '', where: {}, relearn: true } as const;
    second.announce([{ ...change, atMs: world.endMs - 10 * MINUTE_MS }]);
    second.advance(world.endMs);
    expect([...second.learned()]).toEqual(saved.filter(({ kind }) => kind === 'series'));
    second.announce([{ ...change, atMs: world.endMs + MINUTE_MS }]);
    second.advance(world.endMs + 2 * MINUTE_MS);
    expect([...second.learned()].map(({ state }) => seriesState(state).streams)).toEqual(Array(60).fill({}));
  });

  it.each([
    ['no JSON', 'series', 'x'],
    ['a field is missing', 'series', '{}'],
    ['no group', 'group', '{"places":[]}'],
  ] as const)('is refused where %s', (_, kind, state) => {
    expect(() => new Detector().restore([{ kind, id: 'x', state }], 0)).toThrow();
  });

  it('is refused where windows are cut off', () => {
    const world = worldOf(12, { faults: [], lengthMs: 15 * MINUTE_MS });
    const [piece] = live([...world.observations()], world.endMs).detector.learned();
    const { id, state } = piece as Learned;
    const cut = state.replace(/"bank":"[^"]{8}/, '"bank":"');
    expect(() => new Detector().restore([{ kind: 'series', id, state: cut }], 0)).toThrow(
      'bytes of a series',
    );
    const nan = packNumbers([Number.NaN]);
    const broken = state.replace(/"window":"[^"]*"/, `"window":"${nan}"`);
    expect(() => new Detector().restore([{ kind: 'series', id, state: broken }], 0)).toThrow('not finite');
  });

  it('names another format where windows are of another length', () => {
    const formats = [new Detector(), new Detector({ settings: { windowSamples: 60 } })].map(
      ({ learnedFormat }) => learnedFormat,
    );
    expect(new Set(formats).size).toBe(2);
  });
});
