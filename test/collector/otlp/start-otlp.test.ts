import { describe, expect, it, vi } from 'vitest';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { incidentOf } from '../api/running-api.ts';
import { stageOtlp } from './otlp-stage.ts';

const stage = stageOtlp();
const { exporterTo, again, tick, settle, put, logs, events } = stage;

describe('incidents as logs', () => {
  it('say what, where, how bad and since when, by the field names of the protocol', async () => {
    put();
    await tick();
    const [record] = logs();
    expect(record).toMatchObject({
      severityNumber: 17,
      severityText: 'critical',
      eventName: 'outrider.incident.opened',
      body: { stringValue: 'TTFB in eu-west rose from 20 ms to 420 ms.' },
      timeUnixNano: `${incidentOf().detectedMs}000000`,
    });
    expect(record?.attributes).toMatchObject({
      'outrider.incident.id': 'inc-1-region-eu-west',
      'outrider.incident.scope': 'region:eu-west',
      'outrider.region': 'eu-west',
      'outrider.incident.after': 420,
    });
    expect(stage.receiver.received[0]?.headers).toMatchObject({
      authorization: 'Bearer token',
      'content-encoding': 'gzip',
    });
  });

  it('are told again only when their words change, and when they are over', async () => {
    put();
    await tick();
    put({ summary: 'TTFB rose to 430 ms.' });
    await tick();
    put({ severity: 'warning' });
    await tick();
    put({ status: 'resolved', resolvedMs: stage.nowMs - 5000, severity: 'warning' });
    await tick();
    await tick();
    expect(events()).toEqual([
      'outrider.incident.opened critical',
      'outrider.incident.updated warning',
      'outrider.incident.resolved resolved',
    ]);
  });

  it('that are over before anybody was told of them are told as opened, then as over', async () => {
    await tick();
    put({ status: 'resolved', resolvedMs: stage.nowMs - 5000 });
    await tick();
    expect(events()).toEqual(['outrider.incident.opened critical', 'outrider.incident.resolved resolved']);
  });

  it('that were over before the receiver came are not told, nor after a restart', async () => {
    put({ status: 'resolved', resolvedMs: stage.nowMs - 5000 });
    put({ id: 'open', scope: { kind: 'global' } });
    await tick();
    await again();
    await tick();
    expect(logs().map(({ attributes }) => attributes['outrider.incident.id'])).toEqual(['open']);
  });

  it('are told within tickMs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const ticking = exporterTo(stage.receiver.url, OTLP_LIMITS.tickMs.value);
    try {
      put();
      vi.advanceTimersByTime(OTLP_LIMITS.tickMs.value);
    } finally {
      vi.useRealTimers();
    }
    // The look that the timer began.
    await ticking.tick();
    expect(ticking.counters.logs_sent).toBe(1);
    await ticking.close();
  });

  it('wait while the receiver is away, and go in requests of incidentsPerRequest', async () => {
    stage.receiver.answers.push({ status: 503 });
    const { value } = OTLP_LIMITS.incidentsPerRequest;
    stage.incidents = Array.from({ length: 2 * value + 1 }, (_, n) => incidentOf({ id: `i${n}` }));
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_waiting: 2 * value + 1, attempts_failed: 1 });
    stage.nowMs += OTLP_LIMITS.pauseMs.value;
    stage.receiver.received.length = 0;
    await tick();
    expect(stage.otlp.counters).toMatchObject({ logs_sent: 2 * value + 1, logs_waiting: 0 });
    expect(stage.receiver.received.filter(({ path }) => path === '/v1/logs')).toHaveLength(3);
  });

  it('are not told again after a restart; what came meanwhile is', async () => {
    put();
    await tick();
    await again();
    put({ status: 'resolved', resolvedMs: stage.nowMs });
    put({ id: 'second' });
    await tick();
    expect(events()).toEqual([
      'outrider.incident.opened critical',
      'outrider.incident.resolved resolved',
      'outrider.incident.opened critical',
    ]);
  });

  it('are told to another receiver from the beginning', async () => {
    put();
    await tick();
    const other = exporterTo(`${stage.receiver.url}/`);
    await other.tick();
    expect(other.counters.logs_sent).toBe(0);
    const elsewhere = exporterTo(stage.receiver.url.replace('127.0.0.1', 'localhost'));
    await elsewhere.tick();
    expect(elsewhere.counters.logs_sent).toBe(1);
    await Promise.all([other.close(), elsewhere.close()]);
  });

  it('that were sent while the store went away are noted when it is back, and not sent again', async () => {
    await tick();
    put();
    stage.receiver.onRequest = () => {
      stage.storeAway = true;
    };
    await tick();
    await tick();
    stage.storeAway = false;
    stage.receiver.onRequest = undefined;
    await tick();
    await again();
    await tick();
    expect(events()).toEqual(['outrider.incident.opened critical']);
  });
});

describe('of several collectors', () => {
  it('the one that detects sends, and no other', async () => {
    stage.isOurs = false;
    put();
    await settle();
    expect(stage.receiver.received).toEqual([]);
  });

  it('one that takes over goes on where the other was', async () => {
    put();
    await tick();
    stage.isOurs = false;
    await tick();
    put({ severity: 'warning' });
    [stage.isOurs, stage.term] = [true, 2];
    await tick();
    expect(events()).toEqual(['outrider.incident.opened critical', 'outrider.incident.updated warning']);
  });

  it('one that was fenced notes nothing, and says so', async () => {
    const lease = 'detect/1';
    await stage.store.insertRows('fences', [{ collector: lease, refused_from: 1 }]);
    put();
    await tick();
    expect(stage.refused).toEqual([lease]);
  });
});
