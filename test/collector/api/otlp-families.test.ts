import { describe, expect, it } from 'vitest';
import { otlpFamilies } from '../../../collector/api/otlp-families.ts';
import { formatFamilies } from '../../../collector/api/prometheus.ts';
import { parsePrometheus } from './parse-prometheus.ts';

const COUNTERS = {
  ...{ logs_sent: 1, points_sent: 2, logs_refused: 3, points_refused: 4, minutes_skipped: 5 },
  ...{ minutes_cut: 6, attempts_failed: 7, logs_waiting: 8 },
};

describe('what the export by OTLP counts', () => {
  it('is on the page, each figure once', () => {
    const families = parsePrometheus(formatFamilies(otlpFamilies({ counters: COUNTERS })));
    const values = Object.fromEntries([...families].map(([name, { samples }]) => [name, samples[0]?.value]));
    expect(values).toEqual({
      outrider_otlp_logs_sent_total: 1,
      outrider_otlp_points_sent_total: 2,
      outrider_otlp_logs_refused_total: 3,
      outrider_otlp_points_refused_total: 4,
      outrider_otlp_minutes_skipped_total: 5,
      outrider_otlp_minutes_cut_total: 6,
      outrider_otlp_attempts_failed_total: 7,
      outrider_otlp_logs_waiting: 8,
    });
  });

  it('is not there where nothing is exported', () => {
    expect(otlpFamilies(undefined)).toEqual([]);
  });
});
