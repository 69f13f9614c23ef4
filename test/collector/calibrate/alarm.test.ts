import { describe, expect, it } from 'vitest';
import { alarmJson } from '../../../collector/api/calibration-json.ts';
import {
  alarmId,
  type DriftAlarm,
  movedBy,
  type Resolution,
  resolvedAlarm,
  summaryOf,
} from '../../../collector/calibrate/alarm.ts';
import { DAY, MINUTE, windowOf } from './calibrated.ts';

const WINDOW = windowOf(0, 100);

function alarmOf(more: Partial<DriftAlarm> = {}): DriftAlarm {
  const { region, target, twin, browser, format, player, basis } = WINDOW;
  const alarm: Omit<DriftAlarm, 'summary'> = {
    ...{ region, target, twin, browser, format, player, basis },
    id: alarmId(WINDOW, DAY),
    kind: 'model_drift',
    status: 'open',
    resolution: null,
    startedMs: DAY,
    detectedMs: DAY + 40 * MINUTE,
    resolvedMs: null,
    direction: 'optimistic',
    moved: 'browser',
    error: { before: 15.2, after: 101.7 },
    browserStart: { before: 315.2, after: 402 },
    twinStart: { before: 300, after: 300.3 },
    toleranceMs: 37,
    evidence: 2e5,
    threshold: 1e5,
    windows: 8,
    buildsBefore: ['Chromium 156'],
    buildsAfter: ['Chromium 156'],
    ...more,
  };
  return { ...alarm, summary: summaryOf(alarm) };
}

describe('the sentence of an alarm', () => {
  it('says what no longer predicts what, where, by how much, and what moved', () => {
    expect(alarmOf().summary).toBe(
      'play-light does not predict play-browser on clip in eu-west as it did: the browser is 102 ms later than predicted, where it was 15 ms; the browser changed, the prediction hardly did.',
    );
    expect(alarmOf({ moved: 'both' }).summary).toMatch(/; both changed, and not alike\.$/);
  });

  it('names the new build only when there is one', () => {
    const { summary } = alarmOf({ buildsAfter: ['Chromium 156', 'Chromium 157'] });
    expect(summary).toMatch(/, and is another build \(Chromium 156 → Chromium 157\)\.$/);
    expect(alarmOf({ buildsBefore: [], buildsAfter: ['Chromium 157'] }).summary).not.toContain('build');
  });

  it.each([
    ['recovered', /predicts play-browser on clip in eu-west again: it is off by 18 ms, as before\.$/],
    [
      'rebased',
      /has stayed at 18 ms from what play-light predicts, which is the reference from now on; it was 15 ms\.$/,
    ],
    ['unpaired', /are not run on clip in eu-west any more; the prediction was off by 18 ms\.$/],
  ] as const)('says how it ended: %s', (resolution: Resolution, sentence) => {
    const after = { errorMs: 18, browserMs: 318, twinMs: 300 };
    const ended = resolvedAlarm(alarmOf(), resolution, { atMs: DAY + 99 * MINUTE, windows: 20, after });
    expect(ended).toMatchObject({
      ...{ id: alarmOf().id, status: 'resolved', resolution, resolvedMs: DAY + 99 * MINUTE, windows: 20 },
      error: { before: 15.2, after: 18 },
      twinStart: { before: 300, after: 300 },
    });
    expect(ended.summary).toMatch(sentence);
  });
});

describe('the id of an alarm', () => {
  it('is the same for the same change, whoever finds it, and another for any other', () => {
    expect(alarmId(WINDOW, DAY)).toBe(alarmId(windowOf(7, 3), DAY));
    const others = [
      alarmId(WINDOW, DAY + MINUTE),
      alarmId({ ...WINDOW, region: 'us-east' }, DAY),
      alarmId({ ...WINDOW, player: 'hls.js' }, DAY),
    ];
    expect(new Set([alarmId(WINDOW, DAY), ...others]).size).toBe(4);
  });

  it('is safe in an address and bounded, whatever the names are', () => {
    const id = alarmId({ ...WINDOW, target: `a b/ü?${'x'.repeat(500)}` }, DAY);
    expect(id).toMatch(/^[\w.-]{1,200}$/);
  });
});

describe('what has moved', () => {
  const still = { before: 300, after: 303 };
  const moved = { before: 300, after: 390 };
  it('is the side that clearly changed more', () => {
    expect(movedBy(moved, still)).toBe('browser');
    expect(movedBy(still, moved)).toBe('twin');
    expect(movedBy(moved, { before: 300, after: 240 })).toBe('both');
  });
});

describe('an alarm as JSON', () => {
  it('is of a kind that no incident has, with its figures and instants', () => {
    const json = alarmJson(alarmOf());
    expect(json).toMatchObject({
      kind: 'model_drift',
      started_at: new Date(DAY).toISOString(),
      resolved_at: null,
      error_ms: { before: 15.2, after: 101.7 },
      browser_builds: { before: ['Chromium 156'], after: ['Chromium 156'] },
    });
    for (const key of Object.keys(json)) expect(key).toMatch(/^[a-z_]+$/);
    expect(json).not.toHaveProperty('scope');
    expect(json).not.toHaveProperty('severity');
  });
});
