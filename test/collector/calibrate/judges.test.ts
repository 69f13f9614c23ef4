import { describe, expect, it } from 'vitest';
import { Judges } from '../../../collector/calibrate/judges.ts';
import {
  CALIBRATION_DEFAULTS,
  CALIBRATION_LIMITS,
  thresholdOf,
} from '../../../collector/calibrate/settings.ts';
import { windowOf } from './calibrated.ts';

const DAY_WINDOWS = 288;

describe('the judges of all pairs', () => {
  it('share the false alarms among the pairs that were heard within a day', () => {
    const judges = new Judges(CALIBRATION_DEFAULTS);
    const thresholds = ['a', 'b', 'c'].map(
      (target) => judges.take(windowOf(0, 15, { target })).judged.verdict.threshold,
    );
    expect(thresholds).toEqual([1, 2, 3].map((pairs) => thresholdOf(CALIBRATION_DEFAULTS, pairs)));
    const { judged } = judges.take(windowOf(DAY_WINDOWS + 1, 15, { target: 'a' }));
    expect(judged.verdict.threshold).toBe(thresholdOf(CALIBRATION_DEFAULTS, 1));
  });

  it('judge another player, format or basis by its own past', () => {
    const judges = new Judges(CALIBRATION_DEFAULTS);
    const take = (index: number, errorMs: number, player: string) =>
      judges.take(windowOf(index, errorMs, { player, format: 'hls' }));
    for (let i = 0; i < 30; i += 1) take(i, 15, 'hls.js');
    for (let i = 30; i < 60; i += 1) {
      const { judged, event } = take(i, 400, 'native-hls');
      expect(event).toBeUndefined();
      expect(judged.verdict.state).toBe(i < 41 ? 'learning' : 'off');
    }
    expect(take(60, 15, 'hls.js').judged.verdict.state).toBe('calibrated');
    expect(judges.size).toBe(2);
  });

  it('end the alarm of a pair that is not run any more, and later forget the pair', () => {
    const judges = new Judges(CALIBRATION_DEFAULTS);
    let lastMs = 0;
    for (let i = 0; i < 40; i += 1) {
      const window = windowOf(i, i < 20 ? 15 : 200);
      lastMs = window.endMs;
      judges.take(window);
    }
    const { idleMs, rememberedMs } = CALIBRATION_LIMITS;
    expect(judges.advance(lastMs + idleMs.value)).toEqual([]);
    const [event] = judges.advance(lastMs + idleMs.value + 1);
    expect(event).toMatchObject({ kind: 'resolved', alarm: { resolution: 'unpaired' } });
    expect(judges.advance(lastMs + idleMs.value + 2)).toEqual([]);
    judges.advance(lastMs + rememberedMs.value);
    expect(judges.size).toBe(1);
    judges.advance(lastMs + rememberedMs.value + 1);
    expect(judges.size).toBe(0);
  });
});
