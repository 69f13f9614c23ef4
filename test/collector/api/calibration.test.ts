import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CalibrationJson,
  DriftAlarmJson,
  ModelWindowJson,
} from '../../../collector/api/answers/promises.ts';
import { insertRuns, MINUTE, pairRuns } from '../calibrate/calibrated.ts';
import { parsePrometheus } from './parse-prometheus.ts';
import { type RunningApi, startApi } from './running-api.ts';

let api: RunningApi;
/** Two pairs for four hours until now, of which one drifts in the middle. */
const fromMs = Math.floor(Date.now() / MINUTE) * MINUTE - 243 * MINUTE;

beforeAll(async () => {
  api = await startApi({ startMs: Date.now() });
  await insertRuns(api.store, [
    ...pairRuns({ fromMs, minutes: 120 }),
    ...pairRuns({ fromMs: fromMs + 120 * MINUTE, minutes: 120, errorMs: 110, seed: 2 }),
    ...pairRuns({ fromMs, minutes: 30, region: 'us-east', target: 'other', seed: 3 }),
  ]);
  await api.calibration.tick();
  await api.calibration.tick();
});
afterAll(() => api?.close());

interface List<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly limit: number; readonly next: string | null };
}
const list = async <T>(path: string): Promise<List<T>> => {
  const { status, body } = await api.get(`/api/v1/calibration${path}`);
  expect(status).toBe(200);
  return body as List<T>;
};

describe('GET /api/v1/calibration', () => {
  it('has a row a pair: its last window, and how far it was off', async () => {
    const { data } = await list<CalibrationJson>('');
    expect(data.map(({ region, state }) => [region, state])).toEqual([
      ['eu-west', 'drifted'],
      ['us-east', 'learning'],
    ]);
    const [drifted, learning] = data;
    expect(drifted).toMatchObject({
      ...{ target: 'clip', format: 'mp4', player: 'progressive', basis: 'agents', windows: 48 },
      ...{ twin_probe: 'play-light', browser_probe: 'play-browser', browser_builds: ['Chromium 156'] },
    });
    expect(drifted?.alarm).toMatch(/^drift-/);
    expect(Math.abs((drifted?.error_ms ?? 0) - 110)).toBeLessThan(15);
    expect(Math.abs((drifted?.reference_ms ?? 0) - 15)).toBeLessThan(10);
    expect(drifted?.abs_error_p95_ms).toBeGreaterThan(drifted?.abs_error_p50_ms ?? 0);
    expect(drifted?.window_end).toMatch(/^\d{4}-.*\.\d{3}Z$/);
    expect(learning).toMatchObject({ reference_ms: null, tolerance_ms: null, alarm: null, windows: 6 });
  });

  it('is filtered by region, target, either probe, and time, and comes in pages', async () => {
    const regions = async (query: string) =>
      (await list<CalibrationJson>(query)).data.map(({ region }) => region);
    expect(await regions('?region=us-east')).toEqual(['us-east']);
    expect(await regions('?target=clip')).toEqual(['eu-west']);
    expect(await regions('?probe=play-light')).toHaveLength(2);
    expect(await regions('?probe=play-browser')).toHaveLength(2);
    expect(await regions('?probe=nobody')).toEqual([]);
    expect(await regions('?since=1h')).toEqual(['eu-west']);
    const first = await list<CalibrationJson>('?limit=1');
    expect(first.data.map(({ region }) => region)).toEqual(['eu-west']);
    expect(await regions(`?limit=1&after=${first.pagination.next}`)).toEqual(['us-east']);
  });

  it('refuses what it does not understand', async () => {
    for (const query of [
      '?since=yesterday',
      '?limit=0',
      '?metric=x',
      '/alarms?status=broken',
      '/windows?after=x',
    ])
      expect((await api.get(`/api/v1/calibration${query}`)).status, query).toBe(400);
  });
});

describe('GET /api/v1/calibration/windows', () => {
  it('is the series, newest first, in pages', async () => {
    const seen: string[] = [];
    for (let next: string | null | undefined; next !== null; ) {
      const page: List<ModelWindowJson> = await list(
        `/windows?target=clip&limit=20${next ? `&after=${next}` : ''}`,
      );
      seen.push(...page.data.map(({ window_start }) => window_start));
      next = page.pagination.next;
    }
    expect(seen).toHaveLength(48);
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
  });
});

describe('GET /api/v1/calibration/alarms', () => {
  it('has alarms of their own kind, one by one too; no incident is made of them', async () => {
    const { data } = await list<DriftAlarmJson>('/alarms?status=open');
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ kind: 'model_drift', status: 'open', direction: 'optimistic' });
    expect((await api.get(`/api/v1/calibration/alarms/${data[0]?.id}`)).body).toEqual(data[0]);
    expect((await api.get('/api/v1/calibration/alarms/nothing')).status).toBe(404);
    expect((await list('/alarms?status=resolved')).data).toEqual([]);
    expect(((await api.get('/api/v1/incidents')).body as List<unknown>).data).toEqual([]);
  });
});

describe('GET /api/v1/calibration/replay', () => {
  it('says what would have been an alarm, under the same or other numbers', async () => {
    const events = (await list<{ event: string; alarm: DriftAlarmJson }>('/replay?since=7d')).data;
    expect(events.map(({ event }) => event)).toEqual(['calibration.drifted']);
    const [open] = (await list<DriftAlarmJson>('/alarms')).data;
    expect(events[0]?.alarm.id).toBe(open?.id);
    expect(await list('/replay?min_effect_ms=300')).toMatchObject({
      data: [],
      windows: 54,
      truncated: false,
    });
    expect((await api.get('/api/v1/calibration/replay?min_effect_ms=0')).status).toBe(400);
  });
});

describe('GET /metrics', () => {
  it('has the error of each pair, what it is compared with, and whether it has drifted', async () => {
    const { body } = await api.get('/metrics');
    const families = parsePrometheus(body);
    const of = (name: string, region: string) =>
      families.get(name)?.samples.find(({ labels }) => labels.region === region)?.value;
    expect(of('outrider_model_error_seconds', 'eu-west')).toBeGreaterThan(0.09);
    expect(of('outrider_model_error_seconds', 'eu-west')).toBeLessThan(0.13);
    expect(of('outrider_model_error_reference_seconds', 'eu-west')).toBeLessThan(0.03);
    expect(of('outrider_model_error_reference_seconds', 'us-east')).toBeUndefined();
    expect(of('outrider_model_drifted', 'eu-west')).toBe(1);
    expect(of('outrider_model_drifted', 'us-east')).toBe(0);
    expect(families.get('outrider_calibration_windows_total')?.samples).toMatchObject([{ value: 54 }]);
    expect(families.get('outrider_calibration_active')?.samples).toMatchObject([{ value: 1 }]);
  });
});

describe('GET /api/v1/overview', () => {
  it('says in one line how far the model is off', async () => {
    const { body } = await api.get('/api/v1/overview');
    expect(body).toMatchObject({
      model: { pairs: 2, drifted: 1, off: 0, abs_error_max_ms: expect.any(Number) },
    });
  });
});

describe('the view for people', () => {
  it('is the series under names that need no explanation', async () => {
    const { body } = await api.send('POST', '/api/v1/query', {
      sql: "SELECT target, state, error_ms, error_ratio FROM model_error WHERE region = 'eu-west' ORDER BY window_start DESC LIMIT 1",
    });
    expect(body).toMatchObject({ rows: [['clip', 'drifted', expect.any(Number), expect.any(Number)]] });
  });
});
