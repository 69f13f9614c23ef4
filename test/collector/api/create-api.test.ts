import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_ERRORS } from '../../../collector/api/errors.ts';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import { olderHealthOf } from '../../support/health.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  await api.connect('eu-west-1', 'eu-west');
  await api.connect('us-east-1', 'us-east');
});
afterAll(() => api.close());

interface Body {
  readonly data: readonly Record<string, unknown>[];
  readonly pagination: { readonly limit: number; readonly next: string | null };
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

async function get(path: string): Promise<{ status: number; body: Body & Record<string, unknown> }> {
  return api.get(`/api/v1${path}`);
}
async function send(method: string, path: string, body?: unknown): ReturnType<typeof get> {
  return api.send(method, `/api/v1${path}`, body);
}

describe('probes', () => {
  it('are created by apply, and a second apply changes nothing', async () => {
    const first = await send('POST', '/probes/apply', { spec: SPEC });
    expect(first.status).toBe(200);
    expect(first.body.data).toEqual([
      { kind: 'target', name: 'origin', action: 'create', fields: [] },
      { kind: 'probe', name: 'front-page', action: 'create', fields: [] },
    ]);
    const second = await send('POST', '/probes/apply', { spec: SPEC, dry_run: false });
    expect(second.body.data.map((change) => change.action)).toEqual(['unchanged', 'unchanged']);
  });

  it('stay as they are in a dry run', async () => {
    const spec = { ...SPEC, probes: [{ ...SPEC.probes[0], every: '9s' }] };
    const dry = await send('POST', '/probes/apply', { spec, dry_run: true });
    expect(dry.body.data.at(-1)).toMatchObject({ name: 'front-page', action: 'update' });
    expect((await get('/probes/front-page')).body.every).toBe('2s');
  });

  it('are shown as they were declared, with who runs them', async () => {
    const { body } = await get('/probes');
    expect(body.data).toEqual([
      expect.objectContaining({
        name: 'front-page',
        type: 'http',
        targets: ['origin'],
        every: '2s',
        every_ms: 2000,
        timeout_ms: 5000,
        paused: false,
        agents: ['eu-west-1', 'us-east-1'],
        updated_at: '2026-11-21T12:00:00.000Z',
      }),
    ]);
    expect((await get('/targets')).body.data).toMatchObject([{ name: 'origin', url: SPEC.targets[0]?.url }]);
  });

  it('that break a rule are refused, each mistake with its path', async () => {
    const spec = { ...SPEC, probes: [{ ...SPEC.probes[0], type: 'htp', evry: '2s' }] };
    const { status, body } = await send('POST', '/probes/apply', { spec });
    expect(status).toBe(422);
    const { issues } = body.error as unknown as { issues: { path: (string | number)[]; message: string }[] };
    expect(issues.length).toBeGreaterThan(0);
    expect(issues[0]?.path.slice(0, 2)).toEqual(['probes', 0]);
  });

  it('can be paused and resumed', async () => {
    expect((await send('POST', '/probes/front-page/pause')).body).toMatchObject({ paused: true, agents: [] });
    expect((await send('POST', '/probes/front-page/resume')).body.paused).toBe(false);
  });

  it('run now at the agents that are asked for, and the run can be asked after', async () => {
    // What the probe's pause changed has been told by then.
    await api.registry.settled();
    const from = { region: ['eu-west'] };
    const { status, body } = await send('POST', '/probes/front-page/run', { from });
    expect(status).toBe(202);
    expect(body).toMatchObject({ agents: ['eu-west-1'], expected: 1 });
    expect(api.sent.at(-1)).toEqual({ agent: 'eu-west-1', type: 'run_now' });
    const path = `/runs/${body.request_id}`;
    expect((await get(path)).body).toMatchObject({ data: [], done: false, expected: 1 });
    const requestId = String(body.request_id);
    await api.insert('eu-west', [{ trigger: 'manual', requestId }]);
    const done = await get(path);
    expect(done.body.done).toBe(true);
    expect(done.body.data).toMatchObject([
      { request_id: requestId, outcome: 'ok', metrics: { ttfb_ms: 21 } },
    ]);
  });

  it('cannot run where no connected agent is', async () => {
    const { status, body } = await send('POST', '/probes/front-page/run', { from: { region: ['mars'] } });
    expect([status, body.error.code]).toEqual([409, 'no_agents']);
  });

  it('that do not exist are 404 with what to do, whatever is asked of them', async () => {
    for (const [method, path] of [
      ['GET', '/probes/nope'],
      ['DELETE', '/probes/nope'],
      ['POST', '/probes/nope/pause'],
      ['POST', '/probes/nope/resume'],
      ['POST', '/probes/nope/run'],
    ] as const) {
      const { status, body } = await send(method, path);
      expect([status, body.error.code]).toEqual([404, 'not_found']);
      expect(body.error.hint).toContain('outrider probes list');
    }
  });

  it('can be deleted', async () => {
    const spec = { ...SPEC, probes: [{ ...SPEC.probes[0], name: 'short-lived' }] };
    await send('POST', '/probes/apply', { spec });
    expect((await send('DELETE', '/probes/short-lived')).body).toEqual({
      name: 'short-lived',
      deleted: true,
    });
    expect((await get('/probes/short-lived')).status).toBe(404);
  });
});

describe('agents', () => {
  it('are listed with labels and state, and can be narrowed', async () => {
    const { body } = await get('/agents');
    expect(body.data).toMatchObject([
      { id: 'eu-west-1', region: 'eu-west', state: 'connected', isp: 'Example Telekom', health: null },
      { id: 'us-east-1', region: 'us-east' },
    ]);
    expect((await get('/agents?region=us-east')).body.data).toHaveLength(1);
    expect((await get('/agents?state=stopped')).body.data).toHaveLength(0);
  });

  it('come in pages', async () => {
    const first = await get('/agents?limit=1');
    expect(first.body.pagination.limit).toBe(1);
    const second = await get(`/agents?limit=1&after=${first.body.pagination.next}`);
    expect(second.body.data).toMatchObject([{ id: 'us-east-1' }]);
    expect(second.body.pagination.next).toBeNull();
  });

  it('say how they are and what they run', async () => {
    api.registry.heard(
      'eu-west-1',
      olderHealthOf({ pending: 3, dropped: { spool_full: 2 }, eventLoopDelayMs: 1.5, rssBytes: 6e7 }),
    );
    const { body } = await get('/agents/eu-west-1');
    expect(body).toMatchObject({
      health: { pending: 3, dropped: { spool_full: 2 }, rss_bytes: 6e7, event_loop_delay_ms: 1.5 },
      checks: [{ probe: 'front-page', target: 'origin', every_ms: 2000 }],
    });
  });

  it('that nobody knows are 404', async () => {
    expect((await get('/agents/nobody')).status).toBe(404);
  });
});

describe('incidents', () => {
  it('are listed newest first, and narrowed by state, scope and time', async () => {
    const resolvedMs = Date.UTC(2026, 10, 21, 11, 0, 0);
    const old = { id: 'inc-0', status: 'resolved', resolvedMs, startedMs: resolvedMs - 60_000 } as const;
    api.shelf.put('resolved', incidentOf(old));
    api.shelf.put('opened', incidentOf());
    const ids = async (query: string) => (await get(`/incidents${query}`)).body.data.map((one) => one.id);
    expect(await ids('')).toEqual(['inc-1-region-eu-west', 'inc-0']);
    expect(await ids('?status=open')).toEqual(['inc-1-region-eu-west']);
    expect(await ids('?scope=region:us-east')).toEqual([]);
    expect(await ids('?since=30m')).toEqual(['inc-1-region-eu-west']);
    expect(await ids('?since=2h&status=resolved')).toEqual(['inc-0']);
  });

  it('carry where, what, how much, since when, whose fault and the evidence', async () => {
    expect((await get('/incidents/inc-1-region-eu-west')).body).toMatchObject({
      scope: 'region:eu-west',
      scope_kind: 'region',
      status: 'open',
      metric: 'ttfb_ms',
      blame: 'network',
      started_at: '2026-11-21T11:58:00.000Z',
      detected_at: '2026-11-21T11:58:11.000Z',
      resolved_at: null,
      size: { before: 20, after: 420, unit: 'ms', ratio: 21 },
      evidence: { agents_heard: 3, unaffected: [{ kind: 'region', name: 'us-east', share: 0 }] },
    });
  });

  it('that nobody knows are 404', async () => {
    expect((await get('/incidents/nothing')).status).toBe(404);
  });
});

describe('the ledger', () => {
  it('gives the equation of each agent and of all', async () => {
    api.clock.nowMs += 60_000;
    const { body } = await get('/ledger');
    expect(body.data.map((row) => row.agent)).toEqual(['eu-west-1', 'us-east-1']);
    const total = body.total as Record<string, number>;
    expect(total.expected).toBeGreaterThan(0);
    expect(total.expected).toBe(
      ['stored', 'pending', 'missed', 'dropped', 'unaccounted'].reduce(
        (sum, name) => sum + (total[name] ?? 0),
        0,
      ),
    );
    expect((await get('/ledger?agent=eu-west-1')).body.data).toHaveLength(1);
    expect((await get('/ledger?since=1s')).body.total).toMatchObject({ expected: 0 });
  });

  it('knows no agent that never came', async () => {
    expect((await get('/ledger?agent=nobody')).status).toBe(404);
  });
});

describe('queries', () => {
  it('answer with columns and rows', async () => {
    const { body } = await send('POST', '/query', { sql: 'SELECT 1 AS one, toString(2) AS two' });
    expect(body).toEqual({
      columns: [
        { name: 'one', type: 'UInt8' },
        { name: 'two', type: 'String' },
      ],
      rows: [[1, '2']],
      truncated: false,
    });
  });

  it('are cut at the limit and say so', async () => {
    const { body } = await send('POST', '/query', { sql: 'SELECT number FROM numbers(100)', limit: 3 });
    expect(body).toMatchObject({ rows: [[0], [1], [2]], truncated: true });
  });

  it('that ClickHouse does not understand are 400 with its own words', async () => {
    const { status, body } = await send('POST', '/query', { sql: 'SELECT FROM nowhere_at_all' });
    expect([status, body.error.code]).toEqual([400, 'query_failed']);
    expect(body.error.message).toMatch(/nowhere_at_all/);
  });

  it.each(['DROP TABLE results', "SELECT * FROM file('/etc/passwd', 'LineAsString')"])(
    'cannot %s',
    async (sql) => {
      const { status } = await send('POST', '/query', { sql });
      expect(status).toBe(400);
      expect((await send('POST', '/query', { sql: 'SELECT count() FROM results' })).status).toBe(200);
    },
  );

  it.each([{}, { sql: '' }, { sql: 'SELECT 1', limit: 0 }, { sql: 'SELECT 1', format: 'CSV' }])(
    'refuse the body %j',
    async (body) => {
      expect((await send('POST', '/query', body)).status).toBe(400);
    },
  );
});

describe('latency', () => {
  it('is a table by the dimensions asked for', async () => {
    await api.insert('eu-west', [{}, {}]);
    const { body } = await get('/latency?by=region,target&metric=ttfb_ms&since=5m');
    expect(body.data).toMatchObject([
      { region: 'eu-west', target: 'origin', metric: 'ttfb_ms', unit: 'ms', ok: 2 },
    ]);
    expect(body.since).toBe('2026-11-21T11:56:00.000Z');
  });

  it('shows the headline metrics by region when nothing is asked for, and all when all are', async () => {
    expect((await get('/latency')).body.data.map((row) => row.metric)).toEqual(['ttfb_ms']);
    const all = (await get('/latency?metric=all')).body.data.map((row) => row.metric);
    expect(all).toContain('run_ms');
    expect(all.length).toBeGreaterThan(3);
  });

  it.each([
    ['by=colour', 'colour|expected'],
    ['metric=speed', 'speed'],
    ['metric=', 'names no metric'],
    ['quantiles=', 'names no quantile'],
    ['since=soon', 'soon'],
    ['by=region&limit=-1', 'limit'],
  ])('refuses %s and says what is wrong', async (query, words) => {
    const { status, body } = await get(`/latency?${query}`);
    expect([status, body.error.code]).toEqual([400, 'bad_request']);
    expect(body.error.message).toMatch(new RegExp(words));
  });
});

describe('what cannot be answered', () => {
  it('is 404 in the shape of all errors', async () => {
    const { status, body } = await get('/nothing/here');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: {
        code: 'not_found',
        message: 'There is nothing at /api/v1/nothing/here.',
        hint: expect.any(String),
      },
    });
  });

  it('is 405 where another method would do', async () => {
    const { status, body } = await send('DELETE', '/agents');
    expect([status, body.error.code]).toEqual([405, 'method_not_allowed']);
    expect(body.error.hint).toContain('GET');
  });

  it('is 413 when the body is larger than the limit, declared or not', async () => {
    const spec = 'x'.repeat(API_LIMITS.bodyBytes.value + 1);
    expect((await send('POST', '/probes/apply', { spec })).status).toBe(413);
    const stream = new Blob([JSON.stringify({ spec })]).stream();
    const response = await fetch(`${api.url}/api/v1/probes/apply`, {
      method: 'POST',
      body: stream,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('is refused to the pages of other origins', async () => {
    const response = await fetch(`${api.url}/api/v1/probes/front-page/pause`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(response.status).toBe(403);
    expect((await get('/probes/front-page')).body.paused).toBe(false);
  });

  it('has one status for each code', () => {
    for (const { status, meaning } of Object.values(API_ERRORS)) {
      expect([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503]).toContain(status);
      expect(meaning).toMatch(/^[A-Z].+\.$/);
    }
  });
});
