import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { Playback, replay } from '../../../collector/detect/replay.ts';
import { syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { runOf } from './observations.ts';

const FAULT = { kind: 'latency', value: 400, atMs: 45_000, lengthMs: 45_000, region: 'eu-west' } as const;

describe('a replay', () => {
  it('gives the same incidents every time', () => {
    const fleet = syntheticFleet({ seed: 9, lengthMs: 120_000, faults: [FAULT] });
    const once = () => replay(new Detector(), fleet.observations, { untilMs: fleet.endMs });
    expect(once()).toEqual(once());
    expect(once()).toHaveLength(2);
  });

  it('finds in large batches what it finds row by row: rows pass by the time at which they were seen', () => {
    const fleet = syntheticFleet({ seed: 9, lengthMs: 120_000, faults: [FAULT] });
    const playback = new Playback(new Detector());
    const events = [];
    for (let untilMs = fleet.startMs; untilMs <= fleet.endMs; untilMs += 40_000) {
      for (const run of fleet.observations)
        if (run.seenMs > untilMs - 40_000 && run.seenMs <= untilMs) playback.take(run);
      events.push(...playback.until(untilMs));
    }
    const whole = replay(new Detector(), fleet.observations, { untilMs: fleet.endMs });
    expect(events.map(({ kind, incident }) => [kind, incident.id])).toEqual(
      whole.map(({ kind, incident }) => [kind, incident.id]),
    );
  });

  it('looks up at regular ticks between observations', () => {
    const ticks: number[] = [];
    const playback = new Playback(new Detector(), (nowMs) => ticks.push(nowMs));
    const first = runOf(0);
    playback.take(first);
    playback.until(first.scheduledMs + 9000);
    expect(ticks.map((ms) => ms - first.scheduledMs)).toEqual([2000, 4000, 6000, 8000]);
  });

  it('steps over a gap of days at once', () => {
    let ticks = 0;
    const playback = new Playback(new Detector(), () => {
      ticks += 1;
    });
    playback.take(runOf(0));
    playback.take(runOf(0, { scheduledMs: runOf(0).scheduledMs + 30 * 86_400_000 }));
    expect(ticks).toBeLessThan(10);
  });

  it('lets a clock that goes back do no harm', () => {
    const playback = new Playback(new Detector());
    playback.take(runOf(10));
    expect(playback.until(runOf(0).seenMs)).toEqual([]);
  });
});
