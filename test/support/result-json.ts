/** A result as the API gives it, with any field replaced: an ok run of the schedule. */
import type { ResultJson } from '../../collector/api/answers/checks.ts';

export function resultJsonOf(more: Partial<ResultJson> = {}): ResultJson {
  return {
    ...{ run_id: 'eu-west-1/b/7', agent: 'eu-west-1', region: 'eu-west', country: 'IE', city: 'Dublin' },
    ...{ isp: 'Cable Two', asn: 64_500, provider: '', network: 'cable', probe: 'edge', type: 'http' },
    ...{ target: 'clip', pop: '', scheduled_at: '2026-11-21T12:00:00.000Z', lateness_ms: 1, duration_ms: 40 },
    ...{ trigger: 'schedule', request_id: null, outcome: 'ok', layer: null, blame: null, code: null },
    ...{ message: null, missed_reason: null, metrics: {}, attributes: {} },
    agent_state: {
      ...{ event_loop_delay_ms: 0.5, cpu_ratio: 0.1, rss_bytes: 70_000_000, clock_offset_ms: 0 },
      disturbed: false,
    },
    ingested_at: '2026-11-21T12:00:01.000Z',
    ...more,
  };
}
