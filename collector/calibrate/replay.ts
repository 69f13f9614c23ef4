/** Judges windows again, under the same or other settings: what would have been an alarm. Pure; nothing is written, nobody told. */
import type { AlarmEvent } from './alarm.ts';
import { type JudgedWindow, Judges } from './judges.ts';
import { CALIBRATION_DEFAULTS, type CalibrationSettings } from './settings.ts';
import type { CalibrationWindow } from './window.ts';

export interface Replay {
  readonly judged: readonly JudgedWindow[];
  readonly events: readonly AlarmEvent[];
}

/** `windows`: in the order of their ends. The first of a pair are learned from, as when it was new. */
export function replay(
  windows: readonly CalibrationWindow[],
  settings: Partial<CalibrationSettings> = {},
): Replay {
  const judges = new Judges({ ...CALIBRATION_DEFAULTS, ...settings });
  const events: AlarmEvent[] = [];
  const judged = windows.map((window) => {
    events.push(...judges.advance(window.endMs));
    const taken = judges.take(window);
    if (taken.event) events.push(taken.event);
    return taken.judged;
  });
  return { judged, events };
}
