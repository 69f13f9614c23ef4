/** Alarms in the store: the latest row of an id counts. */
import type { DriftAlarmJson } from '../api/answers/promises.ts';
import { alarmJson } from '../api/calibration-json.ts';
import type { Store } from '../store/store.ts';
import type { DriftAlarm } from './alarm.ts';

export class AlarmTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;

  constructor(store: Pick<Store, 'query' | 'insertRows'>) {
    this.#store = store;
  }

  /** Ids of those that are open. Rejects with a `StoreError`. */
  async open(): Promise<ReadonlySet<string>> {
    const rows = await this.#store.query<{ id: string }>(
      "SELECT id FROM calibration_alarms FINAL WHERE status = 'open'",
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Writes their latest states under a lease. Rejects with a `StoreError`; code `fenced` when another collector has the lease. */
  async write(alarms: readonly DriftAlarm[], lease: string, nowMs: number): Promise<void> {
    await this.#store.insertRows(
      'calibration_alarms',
      alarms.map((alarm) => rowOf(alarm, lease, nowMs)),
    );
  }
}

function rowOf(alarm: DriftAlarm, lease: string, nowMs: number): Record<string, unknown> {
  const json: DriftAlarmJson = alarmJson(alarm);
  return {
    id: json.id,
    kind: json.kind,
    status: json.status,
    resolution: json.resolution ?? '',
    region: json.region,
    target: json.target,
    browser_probe: json.browser_probe,
    twin_probe: json.twin_probe,
    started_at: alarm.startedMs,
    detected_at: alarm.detectedMs,
    resolved_at: alarm.resolvedMs,
    summary: json.summary,
    detail: JSON.stringify(json),
    lease,
    version: Math.floor(nowMs),
  };
}
