/** A result as the API gives it, from a row of `results`. */
import { scaleOf } from '../../probes/metrics.ts';
import type { Outcome } from '../../probes/outcome.ts';
import { sessionIdOf } from '../../protocol/session-id.ts';
import type { ResultJson } from './answers/checks.ts';

/** What of a row of `results` is read; DateTimes as ISO text. */
export const RESULT_COLUMNS = `agent, boot, seq, region, country, city, isp, asn, provider, network, probe, type, target, pop,
  scheduled_at, lateness_us, duration_us, trigger, request_id, outcome, layer, blame, code, message, missed_reason,
  metric, value, attributes, event_loop_delay_us, cpu_ppm, rss_bytes, clock_offset_ms, disturbed, ingested_at`;

export interface StoredResult {
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
  readonly region: string;
  readonly country: string;
  readonly city: string;
  readonly isp: string;
  readonly asn: number;
  readonly provider: string;
  readonly network: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly pop: string;
  readonly scheduled_at: string;
  readonly lateness_us: number;
  readonly duration_us: number;
  readonly trigger: string;
  readonly request_id: string;
  readonly outcome: Outcome;
  readonly layer: string;
  readonly blame: string;
  readonly code: string;
  readonly message: string;
  readonly missed_reason: string;
  readonly metric: readonly string[];
  readonly value: readonly number[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly event_loop_delay_us: number;
  readonly cpu_ppm: number;
  readonly rss_bytes: number;
  readonly clock_offset_ms: number;
  readonly disturbed: number;
  readonly ingested_at: string;
}

/** Metrics in their own units, from the parallel arrays of a row. */
export function metricsOf(row: Pick<StoredResult, 'metric' | 'value'>): Record<string, number> {
  return Object.fromEntries(row.metric.map((name, index) => [name, (row.value[index] ?? 0) / scaleOf(name)]));
}

/** With the session that its requests carried, if they did: see `sessionIdOf`. */
function attributesOf(row: StoredResult): StoredResult['attributes'] {
  const { boot, probe, target, scheduled_at, request_id, attributes } = row;
  if (!Object.hasOwn(attributes, 'cmcd') || Object.hasOwn(attributes, 'cmcd_sid')) return attributes;
  const source = { boot, probe, target, scheduledMs: Date.parse(scheduled_at), requestId: request_id };
  return { ...attributes, cmcd_sid: sessionIdOf(source) };
}

/** Text, or null where the column is empty: it does not apply. */
const textOrNull = (text: string): string | null => (text === '' ? null : text);

/** Durations in milliseconds. `layer` to `message` are of failures, `missed_reason` of missed slots, `request_id` of runs by hand; else null. */
export function resultJson(row: StoredResult): ResultJson {
  return {
    run_id: `${row.agent}/${row.boot}/${row.seq}`,
    agent: row.agent,
    region: row.region,
    country: row.country,
    city: row.city,
    isp: row.isp,
    asn: row.asn,
    provider: row.provider,
    network: row.network,
    probe: row.probe,
    type: row.type,
    target: row.target,
    pop: row.pop,
    scheduled_at: row.scheduled_at,
    lateness_ms: row.lateness_us / 1000,
    duration_ms: row.duration_us / 1000,
    trigger: row.trigger,
    request_id: textOrNull(row.request_id),
    outcome: row.outcome,
    layer: textOrNull(row.layer),
    blame: textOrNull(row.blame),
    code: textOrNull(row.code),
    message: textOrNull(row.message),
    missed_reason: textOrNull(row.missed_reason),
    metrics: metricsOf(row),
    attributes: attributesOf(row),
    agent_state: {
      event_loop_delay_ms: row.event_loop_delay_us / 1000,
      cpu_ratio: row.cpu_ppm / 1e6,
      rss_bytes: row.rss_bytes,
      clock_offset_ms: row.clock_offset_ms,
      disturbed: row.disturbed === 1,
    },
    ingested_at: row.ingested_at,
  };
}
