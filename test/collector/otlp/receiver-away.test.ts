import { describe, expect, it, vi } from 'vitest';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { stageOtlp } from './otlp-stage.ts';

const stage = stageOtlp();
const { exporterTo, tick, put, logs } = stage;

describe('a receiver that does not take it', () => {
  it.each([429, 502, 503, 504])('for a while (%i) is asked again after a pause', async (status) => {
    stage.receiver.answers.push({ status });
    put();
    await tick();
    await tick();
    expect(logs()).toHaveLength(1);
    stage.nowMs += OTLP_LIMITS.pauseMs.value;
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_sent: 1, attempts_failed: 1 });
  });

  it('is left alone as long as its Retry-After says', async () => {
    stage.receiver.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    put();
    await tick();
    stage.nowMs += 29_000;
    await tick();
    expect(logs()).toHaveLength(1);
    stage.nowMs += 1000;
    await tick();
    expect(stage.otlp.counters.logs_sent).toBe(1);
  });

  it('for good (400) is not asked again: what it refused is counted', async () => {
    stage.receiver.answers.push({ status: 400 });
    put();
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_refused: 1, logs_sent: 0, logs_waiting: 0 });
  });

  it('takes a part, and says how much it rejected', async () => {
    stage.receiver.answers.push({
      status: 200,
      body: JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } }),
    });
    put();
    put({ id: 'i2' });
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 1 });
  });

  it('is asked again within pauseMaxMs, however long it has been away', async () => {
    for (let n = 0; n < 12; n += 1) stage.receiver.answers.push({ status: 503 });
    put();
    for (let n = 0; n < 12; n += 1) {
      await tick();
      stage.nowMs += OTLP_LIMITS.pauseMaxMs.value;
    }
    expect(stage.otlp.counters).toMatchObject({ attempts_failed: 12, logs_sent: 0 });
    await tick();
    expect(stage.otlp.counters.logs_sent).toBe(1);
  });

  it('hangs: a collector that stops waits for it no longer than closeMs', async () => {
    stage.receiver.answers.push({ status: 0 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      put();
      const asked = new Promise<void>((resolve) => {
        stage.receiver.onRequest = resolve;
      });
      const closing = stage.otlp.close();
      await asked;
      vi.advanceTimersByTime(OTLP_LIMITS.closeMs.value);
      await closing;
    } finally {
      vi.useRealTimers();
    }
    expect(stage.otlp.counters).toMatchObject({ logs_sent: 0, logs_waiting: 1 });
  });

  it('says more than answerBytes: the rest is not read, and what it took is taken', async () => {
    stage.receiver.answers.push({
      status: 200,
      body: `{"more":"${'x'.repeat(20 * OTLP_LIMITS.answerBytes.value)}"}`,
    });
    put();
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 0 });
  });

  it('is not there at all: everything waits, nothing is thrown', async () => {
    const away = exporterTo('http://127.0.0.1:1');
    put();
    await away.tick();
    expect(away.counters).toMatchObject({ logs_waiting: 1, attempts_failed: 1 });
    await away.close();
  });
});
