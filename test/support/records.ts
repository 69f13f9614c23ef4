/** Agents and results as tests need them: whole and plausible, any field replaced. */
import type { ResultRow } from '../../collector/store/result-block.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { ResultRecord } from '../../protocol/record.ts';

export function labelsOf(region: string, more: Partial<AgentLabels> = {}): AgentLabels {
  return {
    region,
    country: 'DE',
    city: 'Frankfurt',
    lat: 50.1,
    lon: 8.7,
    asn: 3320,
    isp: 'Example Telekom',
    provider: 'example',
    network: 'datacenter',
    tags: [],
    ...more,
  };
}

export function recordOf(seq: number, more: Partial<ResultRecord> = {}): ResultRecord {
  return {
    seq,
    probe: 'front-page',
    type: 'http',
    target: 'origin',
    scheduledMs: Date.UTC(2026, 10, 21, 12, 0, 0) + seq * 1000,
    latenessMs: 1.25,
    durationMs: 40.5,
    trigger: 'schedule',
    requestId: '',
    outcome: 'ok',
    metrics: { ttfb_ms: 20 + seq },
    attributes: { pop: 'fra1', http_version: '1.1' },
    state: {
      eventLoopDelayMs: 0.4,
      cpuRatio: 0.02,
      rssBytes: 50_000_000,
      clockOffsetMs: -3.5,
      disturbed: false,
    },
    ...more,
  };
}

export function rowOf(
  seq: number,
  more: Partial<ResultRecord> = {},
  row: Partial<ResultRow> = {},
): ResultRow {
  const record = recordOf(seq, more);
  return {
    agent: 'eu-west-1',
    labels: labelsOf('eu-west'),
    boot: 'boot-1',
    record,
    ...row,
  };
}
