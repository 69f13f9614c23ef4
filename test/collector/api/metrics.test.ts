import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordOf } from '../../support/records.ts';
import { type ParsedFamily, parsePrometheus } from './parse-prometheus.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;

let api: RunningApi;
let families: Map<string, ParsedFamily>;
beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  await api.connect('eu-west-2', 'eu-west');
  api.registry.goodbye('eu-west-2', api.clock.nowMs);
  api.shelf.put('opened', incidentOf());
  api.shelf.put('resolved', incidentOf({ id: 'old', status: 'resolved', resolvedMs: 1 }));
  Object.assign(api.counters, {
    resultsStored: 7,
    insertMsTotal: 1500,
    sessionsClosed: { 1000: 2, 4400: 1 },
  });
  const now = api.clock.nowMs;
  await api.publications.watch('eu-west-1', {
    ...{ type: 'watch_request', run: 'u1', probe: 'nothing', target: 'clip', from: [{}, {}] },
    watch: {
      ...{ playUrls: ['http://video.example/'], sinceWallMs: now, pollMs: 500 },
      ...{ untilWallMs: now + 60_000, cmcd: 'header' },
    },
  });
  await api.insert('eu-west', [
    { scheduledMs: now - 9000, outcome: 'fail', failure, metrics: {}, attributes: { http_status: '503' } },
    {
      scheduledMs: now - 4000,
      durationMs: 250,
      metrics: { dns_ms: 5, connect_ms: 10, ttfb_ms: 200, transfer_ms: 35 },
      attributes: { http_status: '200', http_version: '1.1', redirects: '2', server_ip: '2001:db8::1' },
    },
    {
      target: 'edge',
      type: 'tls',
      scheduledMs: now - 4000,
      metrics: { tls_expiry_s: 86_400 },
      attributes: {
        tls_version: 'TLSv1.3',
        server_ip: '192.0.2.1',
        cert_not_after: new Date(now + 86_400_000).toISOString(),
      },
    },
    {
      scheduledMs: now - 3000,
      outcome: 'fail',
      failure,
      metrics: {},
      state: { ...recordOf(0).state, disturbed: true },
    },
    { scheduledMs: now - 2000, outcome: 'missed', missedReason: 'overrun', metrics: {} },
    { scheduledMs: now - 1000, trigger: 'manual', requestId: 'r', outcome: 'fail', failure, metrics: {} },
    {
      target: 'name "with" \\ and\nbreak',
      scheduledMs: now - 3000,
      outcome: 'fail',
      failure,
      metrics: {},
      attributes: {},
    },
    { target: 'forgotten', scheduledMs: now - 600_000 },
  ]);
  const response = await fetch(`${api.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  families = parsePrometheus(await response.text());
});
afterAll(() => api.close().catch(() => undefined));

/** The value of the one series of a family with these labels among others. */
function value(family: string, labels: Record<string, string> = {}): number | undefined {
  const matching = (families.get(family)?.samples ?? []).filter((sample) =>
    Object.entries(labels).every(([name, text]) => sample.labels[name] === text),
  );
  expect(matching.length).toBeLessThanOrEqual(1);
  return matching[0]?.value;
}

describe('/metrics', () => {
  it('shows the newest scheduled run that its agent did not disturb as blackbox_exporter would', () => {
    const run = { probe: 'front-page', target: 'origin', region: 'eu-west' };
    expect(value('probe_success', run)).toBe(1);
    expect(value('probe_duration_seconds', run)).toBe(0.25);
    expect(value('probe_http_status_code', run)).toBe(200);
    expect(value('probe_dns_lookup_time_seconds', run)).toBe(0.005);
    expect(value('probe_http_duration_seconds', { ...run, phase: 'processing' })).toBe(0.2);
    expect(value('probe_http_duration_seconds', { ...run, phase: 'tls' })).toBeUndefined();
  });

  it('says of HTTP what blackbox_exporter says: version, redirects, TLS or not, IPv4 or IPv6', () => {
    const run = { target: 'origin', region: 'eu-west' };
    expect(value('probe_http_version', run)).toBe(1.1);
    expect(value('probe_http_redirects', run)).toBe(2);
    expect(value('probe_http_ssl', run)).toBe(0);
    expect(value('probe_ip_protocol', run)).toBe(6);
  });

  it('says when the certificate expires, to the second of the certificate, whenever the run was', () => {
    expect(value('probe_ssl_earliest_cert_expiry', { target: 'edge' })).toBe(
      (api.clock.nowMs + 86_400_000) / 1000,
    );
    expect(value('probe_tls_version_info', { target: 'edge', version: 'TLS 1.3' })).toBe(1);
    expect(value('probe_http_ssl', { target: 'edge' })).toBeUndefined();
  });

  it('says nothing of a target whose last run is older than five minutes: absence can be alerted on', () => {
    expect(value('probe_success', { target: 'forgotten' })).toBeUndefined();
  });

  it('survives any name of a target', () => {
    expect(value('probe_success', { target: 'name "with" \\ and\nbreak' })).toBe(0);
  });

  it('makes no claim of a status where a run had none', () => {
    expect(value('probe_http_status_code', { target: 'name "with" \\ and\nbreak' })).toBeUndefined();
  });

  it('counts results by region and outcome', () => {
    const count = (outcome: string) => value('outrider_results_total', { region: 'eu-west', outcome });
    const names = ['ok', 'fail', 'missed', 'agent_fail', 'disturbed'];
    expect(names.map(count)).toEqual([3, 2, 1, 0, 1]);
  });

  it('counts agents by region and state', () => {
    expect(value('outrider_agents', { region: 'eu-west', state: 'connected' })).toBe(1);
    expect(value('outrider_agents', { region: 'eu-west', state: 'stopped' })).toBe(1);
  });

  it('counts open incidents by scope, and no resolved ones', () => {
    expect(value('outrider_incidents_open', { scope: 'region:eu-west', severity: 'critical' })).toBe(1);
  });

  it('shows what ingest counted, in base units', () => {
    expect(value('outrider_ingest_results_stored_total')).toBe(7);
    expect(value('outrider_ingest_insert_seconds_total')).toBe(1.5);
    expect(value('outrider_ingest_sessions_closed_total', { code: '4400' })).toBe(1);
  });

  it('shows how detection is', () => {
    expect(value('outrider_detection_ticks_failed_total')).toBe(1);
    expect(value('outrider_incidents_opened_total')).toBe(4);
  });

  it('balances the slots', () => {
    const slots = (state: string) => value('outrider_slots', { state }) ?? Number.NaN;
    const parts = ['stored', 'pending', 'missed', 'dropped', 'unaccounted'].map(slots);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(slots('expected'));
  });

  it('counts what was watched for, and who was given up', () => {
    expect(value('outrider_publish_orders_total')).toBe(1);
    expect(value('outrider_publish_watchers_given_up_total')).toBe(2);
    expect(value('outrider_publish_open')).toBe(0);
  });

  it('counts suspicions that were looked into, and those that were not', () => {
    for (const name of ['rounds', 'over_budget', 'nobody', 'runs_asked', 'answered', 'silent'])
      expect(value(`outrider_confirm_${name}_total`)).toBe(0);
    expect(value('outrider_confirm_open')).toBe(0);
  });

  it('says that the store answers, and that no series was left out', () => {
    expect(value('outrider_store_up')).toBe(1);
    expect(value('outrider_metrics_series_left_out')).toBe(0);
  });

  it('still tells of the collector when the store is gone, and that it is', async () => {
    await api.store.close();
    const { status, body } = await api.get('/metrics');
    families = parsePrometheus(body as string);
    expect(status).toBe(200);
    expect(value('outrider_store_up')).toBe(0);
    expect(families.has('outrider_ingest_results_stored_total')).toBe(true);
  });
});
