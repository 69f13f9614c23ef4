/** Alarms about the model as the API and webhooks give them: snake_case, times as ISO text. */
import type { Change, DriftAlarm } from '../calibrate/alarm.ts';
import { iso, isoOrNull } from './instant.ts';

export interface DriftAlarmJson {
  readonly id: string;
  /** Tells it from an incident: nothing is wrong with the target. */
  readonly kind: DriftAlarm['kind'];
  readonly status: DriftAlarm['status'];
  readonly resolution: DriftAlarm['resolution'];
  readonly region: string;
  readonly target: string;
  readonly twin_probe: string;
  readonly browser_probe: string;
  readonly format: string;
  readonly player: string;
  readonly direction: DriftAlarm['direction'];
  readonly moved: DriftAlarm['moved'];
  readonly started_at: string;
  readonly detected_at: string;
  readonly resolved_at: string | null;
  readonly summary: string;
  /** Medians, by the reference and since the start. */
  readonly error_ms: Change;
  readonly browser_ms: Change;
  readonly twin_ms: Change;
  readonly tolerance_ms: number;
  readonly evidence: number;
  readonly threshold: number;
  readonly windows: number;
  readonly browser_builds: { readonly before: readonly string[]; readonly after: readonly string[] };
}

export function alarmJson(alarm: DriftAlarm): DriftAlarmJson {
  return {
    id: alarm.id,
    kind: alarm.kind,
    status: alarm.status,
    resolution: alarm.resolution,
    region: alarm.region,
    target: alarm.target,
    twin_probe: alarm.twin,
    browser_probe: alarm.browser,
    format: alarm.format,
    player: alarm.player,
    direction: alarm.direction,
    moved: alarm.moved,
    started_at: iso(alarm.startedMs),
    detected_at: iso(alarm.detectedMs),
    resolved_at: isoOrNull(alarm.resolvedMs),
    summary: alarm.summary,
    error_ms: alarm.error,
    browser_ms: alarm.browserStart,
    twin_ms: alarm.twinStart,
    tolerance_ms: alarm.toleranceMs,
    evidence: alarm.evidence,
    threshold: alarm.threshold,
    windows: alarm.windows,
    browser_builds: { before: alarm.buildsBefore, after: alarm.buildsAfter },
  };
}
