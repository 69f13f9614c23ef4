import { describe, expect, it } from 'vitest';
import type { Confirmation, ConfirmRound, ConfirmRun } from '../../../collector/detect/confirmation.ts';
import { Confirmations, isOf, judgeRound } from '../../../collector/detect/confirmations.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { runOf, seriesOf } from './observations.ts';

/** A series that has seen 40 runs of about 20 ms. */
function learned() {
  const series = seriesOf();
  for (let i = 0; i < 40; i += 1)
    series.take(runOf(i, { metrics: { ttfb_ms: 20 + (i % 5) } }), () => true, false);
  return series;
}

const OK: ConfirmRun = {
  ...{ outcome: 'ok', code: '', blame: '', disturbed: false },
  ...{ metrics: { ttfb_ms: 21 }, runId: 'eu-west-1/boot-1/7' },
};

function roundOf(run: ConfirmRun | undefined, metric = 'ttfb_ms'): ConfirmRound {
  return {
    suspicion: {
      ...{ region: 'eu-west', agent: 'eu-west-1', probe: 'edge', target: 'clip' },
      ...{ metric, evidence: 12 },
    },
    ...{ requestId: 'r1', askedMs: 1000, settledMs: 2500 },
    asked: [{ agent: 'eu-west-1', region: 'eu-west', role: 'same', network: 'AS1', ...(run && { run }) }],
  };
}

const answerOf = (run: ConfirmRun | undefined, metric?: string, series = learned()) =>
  judgeRound(roundOf(run, metric), () => series).answers[0];

describe('a second look', () => {
  it('is raised when it exceeds what is normal at that very agent, as a scheduled run would', () => {
    const slow = { ...OK, metrics: { ttfb_ms: 500 } };
    expect(answerOf(slow)).toMatchObject({ outcome: 'ok', raised: true, value: 500, runId: OK.runId });
    expect(answerOf(OK)).toMatchObject({ raised: false, value: 21 });
    const limit = answerOf(OK)?.limit ?? 0;
    expect(limit).toBeGreaterThan(23);
    expect(answerOf({ ...OK, metrics: { ttfb_ms: limit + 0.1 } })?.raised).toBe(true);
    expect(answerOf({ ...OK, metrics: { ttfb_ms: limit - 0.1 } })?.raised).toBe(false);
  });

  it('teaches the baseline nothing', () => {
    const series = learned();
    const before = series.streams.get('ttfb_ms')?.baseline.limit();
    for (let i = 0; i < 200; i += 1) answerOf({ ...OK, metrics: { ttfb_ms: 500 } }, 'ttfb_ms', series);
    expect(series.streams.get('ttfb_ms')?.baseline.limit()).toBe(before);
    expect(series.failureBase).toBe(0);
  });

  it('that fails is raised whatever the metric, and one that succeeds is well where it was about failures', () => {
    const failed = { ...OK, outcome: 'fail', code: 'timeout', blame: 'network', metrics: {} } as const;
    expect(answerOf(failed)).toMatchObject({ outcome: 'fail', raised: true, code: 'timeout', value: null });
    expect(answerOf(failed, 'failure_ratio')?.raised).toBe(true);
    expect(answerOf(OK, 'failure_ratio')).toMatchObject({ raised: false, limit: null });
  });

  it.each([
    ['missed', { outcome: 'missed', code: 'shed' }],
    ['disturbed by the agent', { disturbed: true, metrics: { ttfb_ms: 500 } }],
    ['the agent’s own fault', { outcome: 'fail', code: 'browser_crashed', blame: 'agent' }],
    ['without the metric', { metrics: { connect_ms: 3 } }],
  ] as const)('has no say when it is %s', (_, more) => {
    expect(answerOf({ ...OK, ...more })?.raised).toBeNull();
  });

  it('has no say without an answer, and none without a baseline', () => {
    expect(answerOf(undefined)).toMatchObject({ outcome: 'silent', raised: null, value: null, runId: '' });
    expect(answerOf(OK, 'ttfb_ms', seriesOf())).toMatchObject({ raised: null, limit: null, value: 21 });
    const unknown = judgeRound(roundOf(OK), () => undefined);
    expect(unknown).toMatchObject({ verdict: 'unclear', requestId: 'r1', askedMs: 1000, settledMs: 2500 });
  });
});

describe('the confirmations of the last while', () => {
  const confirmation = (i: number, region = 'eu-west'): Confirmation => ({
    ...judgeRound(roundOf(OK), () => undefined),
    ...{ region, requestId: `r${i}`, askedMs: i, settledMs: i + 1 },
  });

  it('are given by scope and time, oldest first', () => {
    const all = new Confirmations();
    for (let i = 0; i < 4; i += 1) all.add(confirmation(i, i % 2 === 0 ? 'eu-west' : 'us-east'));
    const ids = (region: string, sinceMs: number) =>
      all.of({ kind: 'region', region }, sinceMs).map(({ requestId }) => requestId);
    expect(ids('eu-west', 0)).toEqual(['r0', 'r2']);
    expect(ids('us-east', 2)).toEqual(['r3']);
    expect(all.of({ kind: 'global' }, 1)).toHaveLength(3);
    expect(all.of({ kind: 'target', target: 'other' }, 0)).toEqual([]);
  });

  it('from a little before the start are of it when they saw it, and else are not', () => {
    const at = (askedMs: number, verdict: Confirmation['verdict']) => ({
      ...confirmation(0),
      askedMs,
      verdict,
    });
    for (const verdict of ['agent', 'network', 'region', 'wider', 'here', 'mixed'] as const) {
      expect(isOf(at(80_000, verdict), 100_000)).toBe(true);
      expect(isOf(at(60_000, verdict), 100_000)).toBe(false);
    }
    for (const verdict of ['gone', 'unclear'] as const) {
      expect(isOf(at(99_999, verdict), 100_000)).toBe(false);
      expect(isOf(at(100_000, verdict), 100_000)).toBe(true);
    }
  });

  it('forget the oldest beyond their limit', () => {
    const all = new Confirmations();
    for (let i = 0; i <= DETECT_LIMITS.confirmations.value; i += 1) all.add(confirmation(i));
    const held = all.of({ kind: 'global' }, 0);
    expect(held).toHaveLength(DETECT_LIMITS.confirmations.value);
    expect(held[0]?.requestId).toBe('r1');
  });
});
