/** What the export by OTLP counts, for Prometheus. */
import type { LiveOtlp } from '../otlp/start-otlp.ts';
import type { Family } from './prometheus.ts';

/** None where nothing is exported. */
export function otlpFamilies(otlp: Pick<LiveOtlp, 'counters'> | undefined): Family[] {
  if (!otlp) return [];
  const { counters } = otlp;
  const counter = (name: string, help: string, value: number): Family => ({
    ...{ name: `outrider_otlp_${name}_total`, type: 'counter', help, samples: [{ value }] },
  });
  return [
    counter('logs_sent', 'Log records of incidents that the receiver took.', counters.logs_sent),
    counter('logs_refused', 'Of those sent, what it did not take, for good.', counters.logs_refused),
    counter('points_sent', 'Data points of rollups that the receiver took.', counters.points_sent),
    counter('points_refused', 'Of those sent, what it did not take, for good.', counters.points_refused),
    counter('minutes_skipped', 'Minutes that were too old when it was back.', counters.minutes_skipped),
    counter('minutes_cut', 'Minutes with more sets of labels than are exported.', counters.minutes_cut),
    counter('attempts_failed', 'Requests that failed, or were refused.', counters.attempts_failed),
    {
      name: 'outrider_otlp_logs_waiting',
      type: 'gauge',
      help: 'Log records that are not sent yet.',
      samples: [{ value: counters.logs_waiting }],
    },
  ];
}
