/** Alarms about the model as the API and webhooks give them: snake_case, times as ISO text. */
import type { DriftAlarm } from '../calibrate/alarm.ts';
import type { DriftAlarmJson } from './answers/promises.ts';
import { iso, isoOrNull } from './instant.ts';

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
