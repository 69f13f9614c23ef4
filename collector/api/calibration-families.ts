/** The error of the model for Prometheus: its last window, where it is not older than a day. */
import type { CalibrationCounters } from '../calibrate/start-calibration.ts';
import type { CalibrationJson } from './answers/promises.ts';
import type { Family, Sample } from './prometheus.ts';

/** How old the last window of a pair may be. */
export const SHOWN_WITHIN_MS = 86_400_000;

export function modelErrorFamilies(pairs: readonly CalibrationJson[]): Family[] {
  const gauge = (name: string, help: string, read: (pair: CalibrationJson) => number | null): Family => ({
    name,
    type: 'gauge',
    help,
    samples: pairs.flatMap((pair): Sample[] => {
      const { region, target, format, player, basis, twin_probe, browser_probe } = pair;
      const value = read(pair);
      const labels = { region, target, probe: browser_probe, twin: twin_probe, format, player, basis };
      return value === null ? [] : [{ labels, value }];
    }),
  });
  return [
    gauge(
      'outrider_model_error_seconds',
      'How much later the browser showed its first frame than the twin predicted: medians of the last window.',
      ({ error_ms }) => error_ms / 1000,
    ),
    gauge(
      'outrider_model_error_reference_seconds',
      'What that error is compared with; absent while it is being learned.',
      ({ reference_ms }) => (reference_ms === null ? null : reference_ms / 1000),
    ),
    gauge('outrider_model_drifted', 'Whether an alarm about the model is open: 1 or 0.', ({ state }) =>
      state === 'drifted' ? 1 : 0,
    ),
  ];
}

/** What calibration here has done. */
export function calibrationFamilies(counters: CalibrationCounters): Family[] {
  const plain = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name: `outrider_calibration_${name}`,
    type,
    help,
    samples: [{ value }],
  });
  return [
    plain('active', 'gauge', '1 at the collector that calibrates, 0 at the others.', counters.calibrating),
    plain('pairs', 'gauge', 'Pairs of probes that are compared.', counters.pairs),
    plain(
      'pairs_over_limit',
      'gauge',
      'Not 0 when there are more pairs than are compared.',
      counters.pairs_over_limit,
    ),
    plain('windows_total', 'counter', 'Windows judged.', counters.windows),
    plain(
      'windows_extended_total',
      'counter',
      'Times that a window had too few runs that count.',
      counters.extended,
    ),
    plain('alarms_total', 'counter', 'Alarms raised about the model.', counters.alarms),
    plain('ticks_total', 'counter', 'Looks for windows that have ended.', counters.ticks),
    plain('ticks_failed_total', 'counter', 'Looks that an error of the store ended.', counters.ticks_failed),
  ];
}
