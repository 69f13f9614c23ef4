import { describe, expect, it } from 'vitest';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { START, stageOtlp } from './otlp-stage.ts';
import { pointsOf } from './sent.ts';

const stage = stageOtlp();
const { again, tick, settle, metrics, runs } = stage;

describe('rollups as metrics', () => {
  it('are runs by outcome and quantiles of ok runs, in the unit that the name says', async () => {
    await settle();
    const [sum] = metrics().filter(({ name }) => name === 'outrider.runs');
    expect(sum?.sum).toMatchObject({ aggregationTemporality: 1, isMonotonic: true });
    const byOutcome = Object.fromEntries(
      runs().map((point) => [
        `${point.attributes['outrider.outcome']} ${point.attributes['outrider.pop'] ?? ''}`,
        point.asInt,
      ]),
    );
    expect(byOutcome).toEqual({ 'ok fra1': '2', 'fail ': '1' });
    expect(metrics().find(({ name }) => name === 'outrider.ttfb_ms')?.unit).toBe('ms');
    const [p95] = pointsOf(stage.receiver, 'outrider.ttfb_ms').filter(
      ({ attributes }) => attributes['outrider.quantile'] === '0.95',
    );
    expect(p95?.asDouble).toBeCloseTo(120, -1);
    expect(p95).toMatchObject({ startMs: START, endMs: START + 60_000 });
  });

  it('come once each minute, whoever looks how often, and go on after a restart where they were', async () => {
    await settle();
    await tick();
    await again();
    await settle();
    expect(runs()).toHaveLength(2);
  });

  it('wait for settleMs, so that results which come a little late are in them', async () => {
    stage.nowMs = START + 59_999;
    await tick();
    stage.nowMs += OTLP_LIMITS.settleMs.value;
    await tick();
    expect(metrics()).toEqual([]);
    stage.nowMs += 1;
    await tick();
    expect(runs()).toHaveLength(2);
  });

  it('wait as long after the store was away, when agents bring what they have kept', async () => {
    await tick();
    stage.storeAway = true;
    stage.nowMs += OTLP_LIMITS.settleMs.value;
    await tick();
    stage.storeAway = false;
    await tick();
    expect(metrics()).toEqual([]);
    stage.nowMs += OTLP_LIMITS.settleMs.value;
    await tick();
    expect(runs()).toHaveLength(2);
  });

  it('of longer ago than backfillMs are skipped and counted', async () => {
    stage.receiver.answers.push({ status: 503 });
    await settle();
    const toldMs = START + 60_000;
    stage.nowMs = toldMs + OTLP_LIMITS.backfillMs.value + OTLP_LIMITS.settleMs.value + 300_000;
    await tick();
    expect(stage.otlp.counters.minutes_skipped).toBeGreaterThanOrEqual(5);
    expect(stage.otlp.counters.minutes_skipped).toBeLessThanOrEqual(7);
  });

  it('go on from now where what the store says lies ahead', async () => {
    const at = stage.nowMs + 86_400_000;
    const row = {
      receiver: stage.receiver.url,
      kind: 'minute',
      id: '',
      words: '',
      at,
      lease: '',
      version: 1,
    };
    await stage.store.insertRows('otlp_told', [row]);
    await settle();
    expect(runs()).toHaveLength(2);
  });

  it('past groupsPerMinute keep the outcomes of all places before times, and say that some are left out', async () => {
    const { value } = OTLP_LIMITS.groupsPerMinute;
    const scheduledMs = START - 600_000;
    const rows = Array.from({ length: value - 1 }, (_, n) => rowOf(n + 1, { target: `t${n}`, scheduledMs }));
    await stage.store.insertResults(resultBlock('otlp-many', rows), { ingestedMs: START });
    stage.nowMs = scheduledMs + 60_000 + OTLP_LIMITS.settleMs.value;
    await settle();
    expect(stage.otlp.counters.minutes_cut).toBe(1);
    expect(runs()).toHaveLength(value - 1);
  });

  it('that went halfway go on with the part that is left', async () => {
    const scheduledMs = START - 1_200_000;
    const rows = Array.from({ length: 2500 }, (_, n) => rowOf(n + 1, { target: `t${n}`, scheduledMs }));
    await stage.store.insertResults(resultBlock('otlp-parts', rows), { ingestedMs: START });
    stage.nowMs = scheduledMs + 60_000 + OTLP_LIMITS.settleMs.value;
    await tick();
    stage.nowMs += OTLP_LIMITS.settleMs.value;
    stage.receiver.answers.push({ status: 200 }, { status: 503 });
    await tick();
    stage.nowMs += OTLP_LIMITS.pauseMs.value;
    stage.receiver.received.splice(1, 1);
    await tick();
    expect(runs()).toHaveLength(2500);
    expect(new Set(runs().map(({ attributes }) => attributes['outrider.target'])).size).toBe(2500);
  });
});
