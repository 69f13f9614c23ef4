/** An exporter to a real receiver over an embedded store; what is around them is as the test says. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
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

/** The store has results of the minute that begins here: two that were ok, and one that failed. */
export const START = Date.UTC(2026, 10, 21, 12, 0, 0);

/** How things are when a test begins. */
const begun = () => ({
  nowMs: START + 60_000 + OTLP_LIMITS.settleMs.value,
  /** Whether this collector detects, and for which time. */
  isOurs: true,
  term: 1,
  incidents: [] as readonly Incident[],
  /** Leases of which it was told that they are over. */
  refused: [] as string[],
  storeAway: false,
});

/** Store and receiver of the tests of a file: the store is one for all of them, all else is new in each. */
export function stageOtlp() {
  let held: TestStore;
  let receiver: Receiver;
  let otlp: LiveOtlp;

  const stage = {
    ...begun(),
    get store() {
      return held.store;
    },
    get receiver() {
      return receiver;
    },
    get otlp() {
      return otlp;
    },
    /** As the one of another run or to another receiver; the test closes it. */
    exporterTo: (url: string, tickMs = 0): LiveOtlp =>
      startOtlp({
        store: {
          query: (sql, params) => (stage.storeAway ? Promise.reject(AWAY) : held.store.query(sql, params)),
          insertRows: (table, rows) =>
            stage.storeAway ? Promise.reject(AWAY) : held.store.insertRows(table, rows),
        },
        detection: { incidents: () => stage.incidents },
        turn: {
          storeOffsetMs: 0,
          lease: () => (stage.isOurs ? `detect/${stage.term}` : undefined),
          leaseRefused: (lease) => stage.refused.push(lease),
        },
        receiver: { url, headers: { authorization: 'Bearer token' } },
        sender: { name: 'c1', version: '0.4.0' },
        clock: { wallMs: () => stage.nowMs, monotonicMs: () => stage.nowMs },
        log: SILENT_LOG,
        random: () => 0.5,
        tickMs,
      }),
    /** As another run of it, which knows what is in the store. */
    again: async (): Promise<void> => {
      await otlp.close();
      otlp = stage.exporterTo(receiver.url);
    },
    tick: (): Promise<void> => otlp.tick(),
    /** What was going on when it came: minutes are told after `settleMs`. */
    settle: async (): Promise<void> => {
      await otlp.tick();
      stage.nowMs += OTLP_LIMITS.settleMs.value;
      await otlp.tick();
    },
    /** What detection says of an incident now. */
    put: (more: Partial<Incident> = {}): void => {
      const incident = incidentOf(more);
      stage.incidents = [...stage.incidents.filter(({ id }) => id !== incident.id), incident];
    },
    logs: () => logsOf(receiver),
    metrics: () => metricsOf(receiver),
    runs: () => pointsOf(receiver, 'outrider.runs'),
    events: () => logsOf(receiver).map(({ eventName, severityText }) => `${eventName} ${severityText}`),
  };

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
  beforeEach(async () => {
    for (const table of ['otlp_told', 'fences']) await held.store.command(`TRUNCATE TABLE ${table}`);
    Object.assign(stage, begun());
    receiver = await startReceiver();
    otlp = stage.exporterTo(receiver.url);
  });
  afterEach(async () => {
    await otlp.close();
    await receiver.close();
  });

  return stage;
}
