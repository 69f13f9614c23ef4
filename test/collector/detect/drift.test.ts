import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { blockMsOf, DriftWatch } from '../../../collector/detect/drift.ts';
import type { IncidentEvent } from '../../../collector/detect/incident.ts';
import { openRules } from '../../../collector/detect/metric-rules.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { DETECT_DEFAULTS, OPEN_SETTINGS } from '../../../collector/detect/settings.ts';
import {
  agentNames,
  REGIONS_START_MS,
  type RegionFault,
  regionRuns,
} from '../../../collector/detect/synthetic-regions.ts';

const EVERY_MS = 240_000;
const HOUR_MS = 3_600_000;
const HOUR_ROUNDS = HOUR_MS / EVERY_MS;
const FROM_H = 36;

/** Three regions of five agents for two days and a half. */
function play(faults: readonly RegionFault[], seed = 1): IncidentEvent[] {
  const playback = new Playback(new Detector({ metrics: openRules(), settings: OPEN_SETTINGS }));
  const options = { seed, regions: 3, agentsPerRegion: 5, rounds: 60 * HOUR_ROUNDS, everyMs: EVERY_MS };
  for (const run of regionRuns({ ...options, faults })) playback.take(run);
  return playback.drain();
}

/** Slower by a fifth within six hours, and for six more. */
const creeping = (more: Partial<RegionFault> = {}): RegionFault => ({
  ...{ kind: 'slow', value: 0.2, shape: 'ramp', region: 'r0', agents: agentNames(0, 5) },
  ...{ fromRound: FROM_H * HOUR_ROUNDS, rounds: 12 * HOUR_ROUNDS, ...more },
});

const ofRegion = (events: readonly IncidentEvent[], kind: IncidentEvent['kind']) =>
  events.filter((one) => one.kind === kind && one.incident.scope.kind === 'region');

describe('a region that creeps', () => {
  it('is one incident of that region while it is worse, found within hours and over when it is as before', () => {
    for (const seed of [2, 3, 4]) {
      const events = play([creeping()], seed);
      const opened = ofRegion(events, 'opened');
      expect(opened.map(({ incident }) => incident.scope)).toEqual([{ kind: 'region', region: 'r0' }]);
      const hours = ((opened[0]?.incident.detectedMs ?? 0) - REGIONS_START_MS) / HOUR_MS - FROM_H;
      expect(hours).toBeGreaterThan(1);
      expect(hours).toBeLessThan(12);
      const [resolved] = ofRegion(events, 'resolved');
      const over = ((resolved?.incident.resolvedMs ?? 0) - REGIONS_START_MS) / HOUR_MS - FROM_H;
      expect(over).toBeGreaterThan(12);
      expect(over).toBeLessThan(14);
    }
  });

  it('is no second incident where one is open already', () => {
    const step = creeping({ value: 0.5, shape: 'step', rounds: 20 * HOUR_ROUNDS });
    expect(ofRegion(play([step, creeping()]), 'opened')).toHaveLength(1);
  });

  it('is no incident of the region when it is one agent that creeps', () => {
    expect(ofRegion(play([creeping({ agents: ['r0-a1'] })]), 'opened')).toEqual([]);
  });

  it('busy hours are no drift, as those of the day before were as busy', () => {
    for (const seed of [5, 6]) expect(play([], seed)).toEqual([]);
  });
});

describe('the watch of one metric', () => {
  const watching = () => {
    const watch = new DriftWatch(DETECT_DEFAULTS, { abs: 1, rel: 0.1 });
    watch.setEvery(EVERY_MS);
    return watch;
  };
  const blockMs = blockMsOf(EVERY_MS);
  const dayBlocks = Math.ceil(86_400_000 / blockMs);
  const lagBlocks = Math.floor((4 * HOUR_MS) / blockMs);

  /** Whole blocks of a value by block; gives the votes. */
  function feed(
    watch: DriftWatch,
    from: number,
    blocks: number,
    levelOf: (block: number) => number,
  ): number[] {
    const votes: number[] = [];
    for (let block = from; block < from + blocks; block += 1)
      for (let atMs = block * blockMs; atMs < (block + 1) * blockMs; atMs += EVERY_MS) {
        watch.take(levelOf(block), atMs);
        const ended = watch.takeVote();
        if (ended) votes.push(ended.vote.y);
      }
    return votes;
  }

  it('says nothing before it knows a day, then one vote a block', () => {
    const watch = watching();
    expect(feed(watch, 0, dayBlocks + lagBlocks, () => 100)).toEqual([]);
    expect(feed(watch, dayBlocks + lagBlocks, 4, () => 100)).toEqual([0, 0, 0]);
  });

  it('exceeds from half of the minimum effect over the busy part of the day before', () => {
    const busy = (block: number) => (block % dayBlocks < 6 ? 130 : 100);
    const watch = watching();
    feed(watch, 0, 2 * dayBlocks, busy);
    expect(feed(watch, 2 * dayBlocks, dayBlocks, busy)).not.toContain(1);
    expect(feed(watch, 3 * dayBlocks, 3, () => 135)).not.toContain(1);
    expect(feed(watch, 3 * dayBlocks + 3, 3, () => 137)).toContain(1);
  });

  it('begins anew with another interval', () => {
    const watch = watching();
    feed(watch, 0, 2 * dayBlocks, () => 100);
    watch.setEvery(2 * EVERY_MS);
    expect(watch.setBack()).toEqual([]);
  });

  it('goes on after it was saved and taken up', () => {
    const watch = watching();
    feed(watch, 0, 2 * dayBlocks, () => 100);
    const again = new DriftWatch(DETECT_DEFAULTS, { abs: 1, rel: 0.1 });
    again.restore(watch.save() ?? { blockMs: 0, window: '', waiting: '' });
    again.setEvery(EVERY_MS);
    expect(feed(again, 2 * dayBlocks, 3, () => 110)).toEqual([1, 1]);
    expect(again.setBack()).toEqual(Array(dayBlocks).fill(100));
  });
});
