import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import type { Overview } from '../../../collector/api/overview.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { parsePrometheus } from './parse-prometheus.ts';
import { incidentOf, type RunningApi, startApi } from './running-api.ts';

const failed = (code: string) => ({ status: 400, body: { error: { code } } });
const targetOf = (nth: number) => `t${String(nth).padStart(6, '0')}`;

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Results of so many targets, each run once, of one probe. */
async function insertTargets(probe: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) =>
    rowOf(i + 1, { probe, target: targetOf(i), scheduledMs: api.clock.nowMs - 1000 }, { boot: probe }),
  );
  await api.store.insertResults(resultBlock(probe, rows), { ingestedMs: api.clock.nowMs });
}

describe('a free query', () => {
  const query = (body: unknown) => api.send('POST', '/api/v1/query', body);

  it('gives as many rows as one may ask for, says that there are more, and no one may ask for more', async () => {
    const most = API_LIMITS.queryRows.value;
    const sql = `SELECT number FROM numbers(${most + 1})`;
    const { body } = await query({ sql, limit: most });
    expect((body as { rows: unknown[] }).rows).toHaveLength(most);
    expect(body).toMatchObject({ truncated: true, cut_by: 'rows' });
    expect(await query({ sql, limit: most + 1 })).toMatchObject(failed('bad_request'));
  });

  it('may have so many bytes, whatever its letters', async () => {
    const most = API_LIMITS.sqlBytes.value;
    const of = (letter: string, bytes: number) => {
      const letters = (bytes - "SELECT '' AS a".length) / Buffer.byteLength(letter);
      return `SELECT '${letter.repeat(letters)}' AS a`;
    };
    for (const letter of ['x', 'é']) {
      expect(await query({ sql: of(letter, most) })).toMatchObject({ status: 200 });
      expect(await query({ sql: of(letter, most + 2) })).toMatchObject(failed('bad_request'));
    }
  });
});

describe('a free query that takes too much', () => {
  it('of memory is stopped, and the answer says how much it may have', async () => {
    const { body, status } = await api.send('POST', '/api/v1/query', {
      sql: 'SELECT length(groupArray(number)) FROM numbers(1000000000)',
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { code: 'query_memory', message: expect.stringContaining('1024 MiB') },
    });
  });
});

describe('/metrics', () => {
  it('leaves out the series of a family past its limit, and says that it did', async () => {
    const most = API_LIMITS.metricsSeries.value;
    await insertTargets('many', most + 500);
    const { body } = await api.get('/metrics');
    const families = parsePrometheus(body as string);
    const { samples = [] } = families.get('probe_success') ?? {};
    expect(samples.map(({ labels }) => labels.target)).toEqual(
      Array.from({ length: most }, (_, i) => targetOf(i)),
    );
    const [leftOut] = families.get('outrider_metrics_series_left_out')?.samples ?? [];
    expect(leftOut?.value).toBeGreaterThan(0);
  });
});

describe('a latency table', () => {
  it('is refused when it would have too many groups, and a filter helps', async () => {
    await insertTargets('most', API_LIMITS.latencyGroups.value + 1);
    const path = '/api/v1/latency?by=target&metric=ttfb_ms';
    expect(await api.get(path)).toMatchObject(failed('too_many_groups'));
    expect(await api.get(`${path}&target=${targetOf(7)}`)).toMatchObject({
      status: 200,
      body: { data: [{ target: targetOf(7) }] },
    });
  });
});

describe('the quantiles of a latency table', () => {
  it('are so many at most', async () => {
    const levels = Array.from({ length: API_LIMITS.latencyQuantiles.value + 1 }, (_, i) => `p${i + 10}`);
    const path = (count: number) => `/api/v1/latency?quantiles=${levels.slice(0, count).join(',')}`;
    expect(await api.get(path(levels.length))).toMatchObject(failed('bad_request'));
    expect(await api.get(path(levels.length - 1))).toMatchObject({ status: 200 });
  });
});

describe('an overview', () => {
  it('shows the newest incidents up to its limit, and judges regions by all of them', async () => {
    const most = API_LIMITS.overviewIncidents.value;
    const startedMs = api.clock.nowMs - 3_600_000;
    const newestFirst = Array.from({ length: most + 1 }, (_, i) => `inc-${most - i}`);
    for (const id of newestFirst) {
      const nth = Number(id.slice('inc-'.length));
      // The oldest is the one of the region that has results.
      const region = nth === 0 ? 'eu-west' : `region-${nth}`;
      const incident = { id, startedMs: startedMs + nth * 1000, scope: { kind: 'region', region } } as const;
      api.shelf.put('opened', incidentOf(incident));
    }
    const { body } = await api.get('/api/v1/overview');
    const { incidents, regions } = body as Overview;
    expect(incidents.map(({ id }) => id)).toEqual(newestFirst.slice(0, most));
    expect(regions).toMatchObject([{ region: 'eu-west', state: 'degraded' }]);
    const all = await api.get('/api/v1/incidents');
    expect((all.body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(newestFirst);
  });
});
