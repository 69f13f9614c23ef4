import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Incident, IncidentEvent } from '../../../collector/detect/incident.ts';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { type LiveOtlp, startOtlp } from '../../../collector/otlp/start-otlp.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../api/running-api.ts';
import { type Receiver, startReceiver } from './receiver.ts';

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
let tell: (event: IncidentEvent) => void;

const exporterTo = (url: string, tickMs = 0) =>
  startOtlp({
    store: held.store,
    detection: {
      subscribe: (listener) => {
        tell = listener;
        return () => undefined;
      },
    },
    turn: { storeOffsetMs: 0, lease: () => (isOurs ? 'detect/1' : undefined) },
    receiver: { url, headers: { authorization: 'Bearer token' } },
    sender: { name: 'c1', version: '0.4.0' },
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    log: SILENT_LOG,
    random: () => 0.5,
    tickMs,
  });

beforeEach(async () => {
  isOurs = true;
  nowMs = START + 60_000 + OTLP_LIMITS.settleMs.value;
  receiver = await startReceiver();
  otlp = exporterTo(receiver.url);
});
afterEach(async () => {
  await otlp.close();
  await receiver.close();
});

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
const attributes = (list: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

type Records = {
  attributes: Attribute[];
  severityText: string;
  eventName: string;
  body: unknown;
  timeUnixNano: string;
}[];
const logs = (): Records =>
  receiver.received
    .filter(({ path }) => path === '/v1/logs')
    .flatMap(
      ({ message }) => (message as { resourceLogs: { scopeLogs: { logRecords: Records }[] }[] }).resourceLogs,
    )
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));

interface Point {
  readonly attributes: Attribute[];
  readonly timeUnixNano: string;
  readonly startTimeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
}
interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: Point[] };
  readonly sum?: {
    readonly dataPoints: Point[];
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
  };
}
const metrics = (): SentMetric[] =>
  receiver.received
    .filter(({ path }) => path === '/v1/metrics')
    .flatMap(
      ({ message }) =>
        (message as { resourceMetrics: { scopeMetrics: { metrics: SentMetric[] }[] }[] }).resourceMetrics,
    )
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));

const opened = (more: Partial<Incident> = {}): IncidentEvent => ({
  kind: 'opened',
  incident: incidentOf(more),
});

describe('incidents as logs', () => {
  it('say what, where, how bad and since when, by the field names of the protocol', async () => {
    tell(opened());
    await otlp.tick();
    const [record] = logs();
    expect(record).toMatchObject({
      severityNumber: 17,
      severityText: 'critical',
      eventName: 'outrider.incident.opened',
      body: { stringValue: 'TTFB in eu-west rose from 20 ms to 420 ms.' },
      timeUnixNano: `${incidentOf().detectedMs}000000`,
    });
    expect(attributes(record?.attributes ?? [])).toMatchObject({
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
    tell(opened());
    tell({ kind: 'updated', incident: incidentOf({ summary: 'TTFB rose to 430 ms.' }) });
    tell({ kind: 'updated', incident: incidentOf({ severity: 'warning' }) });
    tell({ kind: 'resolved', incident: incidentOf({ status: 'resolved', resolvedMs: nowMs - 5000 }) });
    await otlp.tick();
    expect(logs().map(({ eventName, severityText }) => `${eventName} ${severityText}`)).toEqual([
      'outrider.incident.opened critical',
      'outrider.incident.updated warning',
      'outrider.incident.resolved resolved',
    ]);
  });

  it('are told within tickMs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const ticking = exporterTo(receiver.url, OTLP_LIMITS.tickMs.value);
    try {
      tell(opened());
      vi.advanceTimersByTime(OTLP_LIMITS.tickMs.value);
    } finally {
      vi.useRealTimers();
    }
    // The look that the timer began.
    await ticking.tick();
    expect(ticking.counters.logs_sent).toBe(1);
    await ticking.close();
  });

  it('wait while the receiver is away; past queuedLogs the oldest are dropped and counted', async () => {
    receiver.answers.push({ status: 503 });
    const { value } = OTLP_LIMITS.queuedLogs;
    for (let n = 0; n < value + 3; n += 1) tell(opened({ id: `i${n}` }));
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_dropped: 3, logs_waiting: value, attempts_failed: 1 });
    nowMs += OTLP_LIMITS.pauseMs.value;
    receiver.received.length = 0;
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: value, logs_waiting: 0 });
    expect(receiver.received.filter(({ path }) => path === '/v1/logs')).toHaveLength(
      value / OTLP_LIMITS.recordsPerRequest.value,
    );
  });
});

describe('rollups as metrics', () => {
  it('are runs by outcome and quantiles of ok runs, in the unit that the name says', async () => {
    await otlp.tick();
    const runs = metrics().find(({ name }) => name === 'outrider.runs');
    expect(runs?.sum).toMatchObject({ aggregationTemporality: 1, isMonotonic: true });
    const byOutcome = Object.fromEntries(
      (runs?.sum?.dataPoints ?? []).map((point) => [
        `${attributes(point.attributes)['outrider.outcome']} ${attributes(point.attributes)['outrider.pop'] ?? ''}`,
        point.asInt,
      ]),
    );
    expect(byOutcome).toEqual({ 'ok fra1': '2', 'fail ': '1' });
    const ttfb = metrics().find(({ name }) => name === 'outrider.ttfb_ms');
    expect(ttfb?.unit).toBe('ms');
    const p95 = ttfb?.gauge?.dataPoints.find(
      (point) => attributes(point.attributes)['outrider.quantile'] === '0.95',
    );
    expect(p95?.asDouble).toBeCloseTo(120, -1);
    expect([p95?.startTimeUnixNano, p95?.timeUnixNano]).toEqual([
      `${START}000000`,
      `${START + 60_000}000000`,
    ]);
  });

  it('come once each minute, whoever looks how often', async () => {
    await otlp.tick();
    await otlp.tick();
    expect(metrics().filter(({ name }) => name === 'outrider.runs')).toHaveLength(1);
  });

  it('wait for settleMs, so that results which come a little late are in them', async () => {
    nowMs = START + OTLP_LIMITS.settleMs.value + 59_999;
    await otlp.tick();
    expect(metrics()).toEqual([]);
  });

  it('of longer ago than backfillMs are skipped and counted', async () => {
    receiver.answers.push({ status: 503 });
    await otlp.tick();
    nowMs += OTLP_LIMITS.backfillMs.value + 300_000;
    await otlp.tick();
    expect(otlp.counters.minutes_skipped).toBe(6);
  });

  it('past groupsPerMinute keep the outcomes of all places before times, and say that some are left out', async () => {
    const { value } = OTLP_LIMITS.groupsPerMinute;
    const scheduledMs = START - 600_000;
    const rows = Array.from({ length: value - 1 }, (_, n) => rowOf(n, { target: `t${n}`, scheduledMs }));
    await held.store.insertResults(resultBlock('otlp-many', rows), { ingestedMs: START });
    nowMs = scheduledMs + 60_000 + OTLP_LIMITS.settleMs.value;
    await otlp.tick();
    expect(otlp.counters.groups_left_out).toBe(1);
    const runs = metrics().filter(({ name }) => name === 'outrider.runs');
    expect(runs.flatMap(({ sum }) => sum?.dataPoints ?? [])).toHaveLength(value - 1);
  });

  it('are sent by the collector that detects, and by no other', async () => {
    isOurs = false;
    tell(opened());
    await otlp.tick();
    expect(receiver.received).toEqual([]);
  });
});

describe('a receiver that does not take it', () => {
  it.each([429, 502, 503, 504])('for a while (%i) is asked again after a pause', async (status) => {
    receiver.answers.push({ status });
    tell(opened());
    await otlp.tick();
    await otlp.tick();
    expect(logs()).toHaveLength(1);
    nowMs += OTLP_LIMITS.pauseMs.value;
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, attempts_failed: 1 });
  });

  it('is left alone as long as its Retry-After says', async () => {
    receiver.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    tell(opened());
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
    tell(opened());
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_refused: 1, logs_sent: 0, logs_waiting: 0 });
  });

  it('takes a part, and says how much it rejected', async () => {
    receiver.answers.push({
      status: 200,
      body: JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } }),
    });
    tell(opened());
    tell(opened({ id: 'i2' }));
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 1 });
  });

  it('is asked again within pauseMaxMs, however long it has been away', async () => {
    for (let n = 0; n < 12; n += 1) receiver.answers.push({ status: 503 });
    tell(opened());
    for (let n = 0; n < 12; n += 1) {
      await otlp.tick();
      nowMs += OTLP_LIMITS.pauseMaxMs.value;
    }
    expect(otlp.counters).toMatchObject({ attempts_failed: 12, logs_sent: 0 });
    await otlp.tick();
    expect(otlp.counters.logs_sent).toBe(1);
  });

  it('says more than answerBytes: the rest is not read, and what it took is taken', async () => {
    receiver.answers.push({
      status: 200,
      body: `{"more":"${'x'.repeat(20 * OTLP_LIMITS.answerBytes.value)}"}`,
    });
    tell(opened());
    await otlp.tick();
    expect(otlp.counters).toMatchObject({ logs_sent: 1, logs_refused: 0 });
  });

  it('is not there at all: everything waits, nothing is thrown', async () => {
    const away = exporterTo('http://127.0.0.1:1');
    tell(opened());
    await away.tick();
    expect(away.counters).toMatchObject({ logs_waiting: 1, attempts_failed: 1 });
    await away.close();
  });
});
