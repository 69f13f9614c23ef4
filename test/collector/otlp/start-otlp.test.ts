import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { type LiveOtlp, startOtlp } from '../../../collector/otlp/start-otlp.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../api/running-api.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { logsOf, metricsOf, pointsOf } from './sent.ts';

const AWAY = new StoreError('unreachable', 'the store is away');
const START = Date.UTC(2026, 10, 21, 12, 0, 0);

let held: TestStore;
beforeAll(async () => {
  held = await openTestStore('embedded');
  const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
  await held.store.insertResults(
    resultBlock('otlp', [
      rowOf(1, { scheduledMs: START + 1000, metrics: { ttfb_ms: 120 } }),
      rowOf(2, { scheduledMs: START + 2000, metrics: { ttfb_ms: 120 } }),
      rowOf(3, { scheduledMs: START + 3000, outcome: 'fail', failure, metrics: {}, attributes: {} }),
    ]),
    { ingestedMs: START + 4000 },
  );
});
afterAll(() => held.close());

let receiver: Receiver;
let otlp: LiveOtlp;
let nowMs: number;
let isOurs: boolean;
let term: number;
let incidents: Incident[];
let refused: string[];
let storeAway: boolean;

const exporterTo = (url: string, tickMs = 0) =>
  startOtlp({
    store: {
      query: (sql, params) => (storeAway ? Promise.reject(AWAY) : held.store.query(sql, params)),
      insertRows: (table, rows) => (storeAway ? Promise.reject(AWAY) : held.store.insertRows(table, rows)),
    },
    detection: { incidents: () => incidents },
    turn: {
      storeOffsetMs: 0,
      lease: () => (isOurs ? `detect/${term}` : undefined),
      leaseRefused: (lease) => refused.push(lease),
    },
    receiver: { url, headers: { authorization: 'Bearer token' } },
    sender: { name: 'c1', version: '0.4.0' },
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    log: SILENT_LOG,
    random: () => 0.5,
    tickMs,
  });

/** As another run of it, which knows what is in the store. */
async function again(): Promise<void> {
  await otlp.close();
  otlp = exporterTo(receiver.url);
}

/** What was going on when it came: minutes are told after `settleMs`. */
async function settle(): Promise<void> {
  await otlp.tick();
  nowMs += OTLP_LIMITS.settleMs.value;
  await otlp.tick();
}

beforeEach(async () => {
  isOurs = true;
  term = 1;
  incidents = [];
  refused = [];
  storeAway = false;
  for (const table of ['otlp_told', 'fences']) await held.store.command(`TRUNCATE TABLE ${table}`);
  nowMs = START + 60_000 + OTLP_LIMITS.settleMs.value;
  receiver = await startReceiver();
  otlp = exporterTo(receiver.url);
});
afterEach(async () => {
  await otlp.close();
  await receiver.close();
});

const logs = () => logsOf(receiver);
const metrics = () => metricsOf(receiver);
const runs = () => pointsOf(receiver, 'outrider.runs');
const put = (more: Partial<Incident> = {}): void => {
  incidents = [...incidents.filter(({ id }) => id !== incidentOf(more).id), incidentOf(more)];
};
const events = () => logs().map(({ eventName, severityText }) => `${eventName} ${severityText}`);

describe('incidents as logs', () => {
  it('say what, where, how bad and since when, by the field names of the protocol', async () => {
    put();
    await otlp.tick();
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
    expect(receiver.received[0]?.headers).toMatchObject({
      authorization: 'Bearer token',
      'content-encoding': 'gzip',
    });
  });

  it('are told again only when their words change, and when they are over', async () => {
    put();
    await otlp.tick();
    put({ summary: 'TTFB rose to 430 ms.' });
    await otlp.tick();
    put({ severity: 'warning' });
    await otlp.tick();
    put({ status: 'resolved', resolvedMs: nowMs - 5000, severity: 'warning' });
    await otlp.tick();
    await otlp.tick();
    expect(events()).toEqual([
      'outrider.incident.opened critical',
      'outrider.incident.updated warning',
      'outrider.incident.resolved resolved',
    ]);
  });

  it('that are over before anybody was told of them are told as opened, then as over', async () => {
    await otlp.tick();
    put({ status: 'resolved', resolvedMs: nowMs - 5000 });
    await otlp.tick();
    expect(events()).toEqual(['outrider.incident.opened critical', 'outrider.incident.resolved resolved']);
  });

  it('that were over before the receiver came are not told, nor after a restart', async () => {
    put({ status: 'resolved', resolvedMs: nowMs - 5000 });
    put({ id: 'open', scope: { kind: 'global' } });
    await otlp.tick();
    await again();
    await otlp.tick();
    expect(logs().map(({ attributes }) => attributes['outrider.incident.id'])).toEqual(['open']);
  });

  it('are told within tickMs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const ticking = exporterTo(receiver.url, OTLP_LIMITS.tickMs.value);
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
    receiver.answers.push({ status: 503 });
    const { value } = OTLP_LIMITS.incidentsPerRequest;
    incidents = Array.from({ length: 2 * value + 1 }, (_, n) => incidentOf({ id: `i${n}` }));
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_waiting: 2 * value + 1, attempts_failed: 1 });
    nowMs += OTLP_LIMITS.pauseMs.value;
    receiver.received.length = 0;
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 2 * value + 1, logs_waiting: 0 });
    expect(receiver.received.filter(({ path }) => path === '/v1/logs')).toHaveLength(3);
  });

  it('are not told again after a restart; what came meanwhile is', async () => {
    put();
    await otlp.tick();
    await again();
    put({ status: 'resolved', resolvedMs: nowMs });
    put({ id: 'second' });
    await otlp.tick();
    expect(events()).toEqual([
      'outrider.incident.opened critical',
      'outrider.incident.resolved resolved',
      'outrider.incident.opened critical',
    ]);
  });

  it('are told to another receiver from the beginning', async () => {
    put();
    await otlp.tick();
    const other = exporterTo(`${receiver.url}/`);
    await other.tick();
    expect(other.counters.logs_sent).toBe(0);
    const elsewhere = exporterTo(receiver.url.replace('127.0.0.1', 'localhost'));
    await elsewhere.tick();
    expect(elsewhere.counters.logs_sent).toBe(1);
    await Promise.all([other.close(), elsewhere.close()]);
  });

  it('that were sent while the store went away are noted when it is back, and not sent again', async () => {
    await otlp.tick();
    put();
    receiver.onRequest = () => {
      storeAway = true;
    };
    await otlp.tick();
    await otlp.tick();
    storeAway = false;
    receiver.onRequest = undefined;
    await otlp.tick();
    await again();
    await otlp.tick();
    expect(events()).toEqual(['outrider.incident.opened critical']);
  });
});

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
    const [p95] = pointsOf(receiver, 'outrider.ttfb_ms').filter(
      ({ attributes }) => attributes['outrider.quantile'] === '0.95',
    );
    expect(p95?.asDouble).toBeCloseTo(120, -1);
    expect(p95).toMatchObject({ startMs: START, endMs: START + 60_000 });
  });

  it('come once each minute, whoever looks how often, and go on after a restart where they were', async () => {
    await settle();
    await otlp.tick();
    await again();
    await settle();
    expect(runs()).toHaveLength(2);
  });

  it('wait for settleMs, so that results which come a little late are in them', async () => {
    nowMs = START + 59_999;
    await otlp.tick();
    nowMs += OTLP_LIMITS.settleMs.value;
    await otlp.tick();
    expect(metrics()).toEqual([]);
    nowMs += 1;
    await otlp.tick();
    expect(runs()).toHaveLength(2);
  });

  it('wait as long after the store was away, when agents bring what they have kept', async () => {
    await otlp.tick();
    storeAway = true;
    nowMs += OTLP_LIMITS.settleMs.value;
    await otlp.tick();
    storeAway = false;
    await otlp.tick();
    expect(metrics()).toEqual([]);
    nowMs += OTLP_LIMITS.settleMs.value;
    await otlp.tick();
    expect(runs()).toHaveLength(2);
  });

  it('of longer ago than backfillMs are skipped and counted', async () => {
    receiver.answers.push({ status: 503 });
    await settle();
    const toldMs = START + 60_000;
    nowMs = toldMs + OTLP_LIMITS.backfillMs.value + OTLP_LIMITS.settleMs.value + 300_000;
    await otlp.tick();
    expect(otlp.counters.minutes_skipped).toBeGreaterThanOrEqual(5);
    expect(otlp.counters.minutes_skipped).toBeLessThanOrEqual(7);
  });

  it('go on from now where what the store says lies ahead', async () => {
    const at = nowMs + 86_400_000;
    const row = { receiver: receiver.url, kind: 'minute', id: '', words: '', at, lease: '', version: 1 };
    await held.store.insertRows('otlp_told', [row]);
    await settle();
    expect(runs()).toHaveLength(2);
  });

  it('past groupsPerMinute keep the outcomes of all places before times, and say that some are left out', async () => {
    const { value } = OTLP_LIMITS.groupsPerMinute;
    const scheduledMs = START - 600_000;
    const rows = Array.from({ length: value - 1 }, (_, n) => rowOf(n + 1, { target: `t${n}`, scheduledMs }));
    await held.store.insertResults(resultBlock('otlp-many', rows), { ingestedMs: START });
    nowMs = scheduledMs + 60_000 + OTLP_LIMITS.settleMs.value;
    await settle();
    expect(otlp.counters.minutes_cut).toBe(1);
    expect(runs()).toHaveLength(value - 1);
  });

  it('that went halfway go on with the part that is left', async () => {
    const scheduledMs = START - 1_200_000;
    const rows = Array.from({ length: 2500 }, (_, n) => rowOf(n + 1, { target: `t${n}`, scheduledMs }));
    await held.store.insertResults(resultBlock('otlp-parts', rows), { ingestedMs: START });
    nowMs = scheduledMs + 60_000 + OTLP_LIMITS.settleMs.value;
    await otlp.tick();
    nowMs += OTLP_LIMITS.settleMs.value;
    receiver.answers.push({ status: 200 }, { status: 503 });
    await otlp.tick();
    nowMs += OTLP_LIMITS.pauseMs.value;
    receiver.received.splice(1, 1);
    await otlp.tick();
    expect(runs()).toHaveLength(2500);
    expect(new Set(runs().map(({ attributes }) => attributes['outrider.target'])).size).toBe(2500);
  });
});

describe('of several collectors', () => {
  it('the one that detects sends, and no other', async () => {
    isOurs = false;
    put();
    await settle();
    expect(receiver.received).toEqual([]);
  });

  it('one that takes over goes on where the other was', async () => {
    put();
    await otlp.tick();
    isOurs = false;
    await otlp.tick();
    put({ severity: 'warning' });
    [isOurs, term] = [true, 2];
    await otlp.tick();
    expect(events()).toEqual(['outrider.incident.opened critical', 'outrider.incident.updated warning']);
  });

  it('one that was fenced notes nothing, and says so', async () => {
    const lease = 'detect/1';
    await held.store.insertRows('fences', [{ collector: lease, refused_from: 1 }]);
    put();
    await otlp.tick();
    expect(refused).toEqual([lease]);
  });
});

describe('a receiver that does not take it', () => {
  it.each([429, 502, 503, 504])('for a while (%i) is asked again after a pause', async (status) => {
    receiver.answers.push({ status });
    put();
    await otlp.tick();
    await otlp.tick();
    expect(logs()).toHaveLength(1);
    nowMs += OTLP_LIMITS.pauseMs.value;
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, attempts_failed: 1 });
  });

  it('is left alone as long as its Retry-After says', async () => {
    receiver.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    put();
    await otlp.tick();
    nowMs += 29_000;
    await otlp.tick();
    expect(logs()).toHaveLength(1);
    nowMs += 1000;
    await otlp.tick();
    expect(otlp.counters.logs_sent).toBe(1);
  });

  it('for good (400) is not asked again: what it refused is counted', async () => {
    receiver.answers.push({ status: 400 });
    put();
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_refused: 1, logs_sent: 0, logs_waiting: 0 });
  });

  it('takes a part, and says how much it rejected', async () => {
    receiver.answers.push({
      status: 200,
      body: JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } }),
    });
    put();
    put({ id: 'i2' });
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 1 });
  });

  it('is asked again within pauseMaxMs, however long it has been away', async () => {
    for (let n = 0; n < 12; n += 1) receiver.answers.push({ status: 503 });
    put();
    for (let n = 0; n < 12; n += 1) {
      await otlp.tick();
      nowMs += OTLP_LIMITS.pauseMaxMs.value;
    }
    expect(otlp.counters).toMatchObject({ attempts_failed: 12, logs_sent: 0 });
    await otlp.tick();
    expect(otlp.counters.logs_sent).toBe(1);
  });

  it('hangs: a collector that stops waits for it no longer than closeMs', async () => {
    receiver.answers.push({ status: 0 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      put();
      const asked = new Promise<void>((resolve) => {
        receiver.onRequest = resolve;
      });
      const closing = otlp.close();
      await asked;
      vi.advanceTimersByTime(OTLP_LIMITS.closeMs.value);
      await closing;
    } finally {
      vi.useRealTimers();
    }
    expect(otlp.counters).toMatchObject({ logs_sent: 0, logs_waiting: 1 });
  });

  it('says more than answerBytes: the rest is not read, and what it took is taken', async () => {
    receiver.answers.push({
      status: 200,
      body: `{"more":"${'x'.repeat(20 * OTLP_LIMITS.answerBytes.value)}"}`,
    });
    put();
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 0 });
  });

  it('is not there at all: everything waits, nothing is thrown', async () => {
    const away = exporterTo('http://127.0.0.1:1');
    put();
    await away.tick();
    expect(away.counters).toMatchObject({ logs_waiting: 1, attempts_failed: 1 });
    await away.close();
  });
});
