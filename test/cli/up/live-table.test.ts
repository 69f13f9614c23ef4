import { describe, expect, it } from 'vitest';
import { renderLive } from '../../../cli/up/live-table.ts';
import type { ShownIncidentJson } from '../../../collector/api/answers/incidents.ts';
import type { OverviewJson } from '../../../collector/api/answers/overview.ts';

const region = (name: string, state: 'ok' | 'degraded' | 'unknown'): OverviewJson['regions'][number] => ({
  ...{ region: name, title: '', place: null, state, reason: '', degraded_since: null },
  agents: { connected: 3, silent: 0, stopped: 0, total: 3 },
  video_startup_ms: { p50: 151.4, p95: 200, count: 4 },
  first_frame_ms: { p50: 21, p95: 40, count: 90 },
  ttfb_ms: { p50: null, p95: null, count: 0 },
  upload_goodput_bps: { p50: 123_456_789, p95: null, count: 9 },
  success_ratio: 0.995,
  runs: { ok: 199, fail: 1, missed: 0, disturbed: 20 },
  ...{ last_result_at: '2026-01-01T00:00:00.000Z', spark: [], spark_metric: 'ttfb_ms' },
});

const incident: ShownIncidentJson = {
  id: 'i1',
  scope: 'region:eu-west',
  scope_kind: 'region',
  status: 'open',
  metric: 'ttfb_ms',
  blame: 'network',
  severity: 'critical',
  ...{
    probe: null,
    target: null,
    merged_into: null,
    size: { before: 4, after: 405, unit: 'ms', ratio: 101 },
  },
  ...{ acknowledged: null, silenced: null, told: { delivered: 0, waiting: 0, failed: 0 } },
  summary: 'eu-west: ttfb 4 ms → 405 ms\u001b[2J',
  started_at: '2026-01-01T00:00:00.000Z',
  detected_at: '2026-01-01T00:00:10.000Z',
  resolved_at: null,
};

const overview: OverviewJson = {
  at: '2026-01-01T00:00:00.000Z',
  window: { since: '2025-12-31T23:59:00.000Z', seconds: 60 },
  spark: { step_s: 60, until: '2026-01-01T00:00:00.000Z' },
  regions: [region('us-east', 'ok'), region('eu-west', 'degraded')],
  regions_left_out: 0,
  regions_without_agents: [],
  incidents: [],
  totals: {
    ...{ since: '2026-01-01T00:00:00.000Z', expected: 100, stored: 90, duplicates: 0, extra: 0 },
    ...{ pending: 4, pending_by_place: { agent: 4 }, missed: 5, missed_by_reason: { shed: 5 } },
    ...{
      missed_inferred: 0,
      dropped: 1,
      dropped_by_reason: { refused: 1 },
      unaccounted: 0,
      results_per_s: 9,
    },
  },
  model: { pairs: 0, drifted: 0, off: 0, abs_error_p50_ms: null, abs_error_max_ms: null },
  collector: {
    ...{ engine: 'embedded', clickhouse_version: '25.8', version: '0.5.0', uptime_s: 1 },
    started_at: '2026-01-01T00:00:00.000Z',
  },
};

const view = { overview, dashboard: 'http://127.0.0.1:7077/', seconds: 12.4, forSeconds: 120, faults: [] };

const WIDE = { colours: false, columns: Number.POSITIVE_INFINITY };

describe('the live table', () => {
  it('shows every number with its unit, and a dash for what was not measured', () => {
    const text = renderLive(view, WIDE);
    expect(text).toMatch(/us-east +ok +3 of 3 +151 ms +21 ms +– +– +123\.5 Mbit\/s +99\.5 %/);
    expect(text).toContain('12 of 120 s');
    expect(text).toContain('figures of the last 60 s; VIDEO START in a real browser');
    expect(text).toContain('incidents: none');
  });

  it('says when this machine held up more than a tenth of the runs, and what to do', () => {
    expect(renderLive(view, WIDE)).not.toContain('held up');
    const runs = { ok: 100, fail: 0, missed: 3, disturbed: 40 };
    const regions = overview.regions.map((one) => ({ ...one, runs }));
    expect(renderLive({ ...view, overview: { ...overview, regions } }, WIDE)).toContain(
      '80 of 280 runs were held up by this machine and are left out',
    );
  });

  it('shows the equation of the results', () => {
    expect(renderLive(view, WIDE)).toContain(
      '100 expected = 90 stored + 4 pending + 5 missed + 1 dropped; 0 duplicates',
    );
  });

  it('shows open incidents and the faults that were injected', () => {
    const text = renderLive(
      { ...view, faults: ['eu-west:latency=400ms'], overview: { ...overview, incidents: [incident] } },
      WIDE,
    );
    expect(text).toContain('OPEN     eu-west: ttfb 4 ms → 405 ms');
    expect(text).toContain('injected now: eu-west:latency=400ms');
  });

  it('sends no control characters of an incident to the terminal', () => {
    expect(renderLive({ ...view, overview: { ...overview, incidents: [incident] } }, WIDE)).not.toContain(
      '\u001b',
    );
  });

  it('marks states with colour only where colours are wanted', () => {
    expect(renderLive(view, { ...WIDE, colours: true })).toContain('\u001b[31mdegraded');
    expect(renderLive(view, WIDE)).not.toContain('\u001b');
  });

  it.each([80, 160])('is as in the golden files at %i columns, no line beyond', async (columns) => {
    const incidents = [
      incident,
      { ...incident, status: 'resolved' as const, summary: 'us-east: it was slow '.repeat(6) },
    ];
    const full = { ...view, faults: ['eu-west:latency=400ms@30s'], overview: { ...overview, incidents } };
    const text = renderLive(full, { colours: false, columns });
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/files/up.${columns}.txt`);
    expect(text.split('\n').filter((line) => [...line].length > columns)).toEqual([]);
    const coloured = renderLive(full, { colours: true, columns: 80 });
    if (columns === 80) await expect(`${coloured}\n`).toMatchFileSnapshot('../golden/files/up.colour.txt');
  });
});
