/**
 * Every route of the served OpenAPI document under seeded random requests, with access control and without: none is answered with
 * a 5xx, and every answer is what the document says. OUTRIDER_FUZZ_SEED and OUTRIDER_FUZZ_REQUESTS try others, and more.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needOf } from '../../../collector/access/permissions.ts';
import { includesRole, ROLES, type Role } from '../../../collector/access/roles.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { type OpenApiDocument, openApiDocument } from '../../../collector/api/openapi.ts';
import { olderHealthOf } from '../../support/health.ts';
import { RandomJson, seeded, type Words } from '../../support/random-json.ts';
import { ask, type FuzzedRoute, fuzzedRoutes, randomRequest } from './fuzz-requests.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const SEED = Number(process.env.OUTRIDER_FUZZ_SEED ?? 8);
const REQUESTS = Number(process.env.OUTRIDER_FUZZ_REQUESTS ?? 25);

/** As many more are tried at a route that chance has not answered with success, of which nothing would have been compared. */
const PATIENCE = 10;
const HOUR_MS = 3_600_000;

type Asker = Role | 'nobody' | 'forged';
const ASKERS: readonly Asker[] = [...ROLES, 'nobody', 'forged'];

/** There is no alarm and no screenshot here; what a collector has another run is too much for chance. */
const UNANSWERED = [
  'GET /api/v1/calibration/alarms/{id}',
  'GET /api/v1/results/{run}/screenshot',
  'POST /api/v1/peers/run-now',
];
/** No token is given out, and no agent enrolled, where nobody is asked who they are. */
const UNANSWERED_WITHOUT = [
  'POST /api/v1/tokens',
  'POST /api/v1/tokens/{id}/revoke',
  'POST /api/v1/keys/{agent}/revoke',
];

describe.each([
  { auth: false, name: 'without access control', unanswered: [...UNANSWERED, ...UNANSWERED_WITHOUT] },
  { auth: true, name: 'with access control', unanswered: UNANSWERED },
])('every route of /api/v1, $name', ({ auth, unanswered }) => {
  let api: RunningApi;
  let document: OpenApiDocument;
  let words: Words;
  const tokens = new Map<Asker, string>();

  beforeAll(async () => {
    api = await startApi({ auth, startMs: Date.now() });
    await api.registry.apply({
      ...SPEC,
      probes: SPEC.probes.map((probe) => ({ ...probe, slo: { objective: '99.9%', window: '30d' } })),
    });
    await api.connect('eu-west-1', 'eu-west');
    await api.connect('us-east-1', 'us-east');
    api.registry.heard('eu-west-1', olderHealthOf());
    const startedMs = api.clock.nowMs - 120_000;
    api.shelf.put('opened', incidentOf({ startedMs, detectedMs: startedMs + 11_000 }));
    const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
    await api.insert('eu-west', [
      { metrics: { ttfb_ms: 200 }, attributes: { http_status: '200' } },
      { outcome: 'fail', failure, metrics: {}, attributes: {} },
    ]);
    const given = { createdBy: 'test', expiresMs: api.clock.nowMs + 24 * HOUR_MS };
    for (const role of ROLES)
      tokens.set(role, (await api.access.create({ ...given, name: role, role, uses: 1 })).text);
    tokens.set('forged', newToken('admin'));
    const { record: idle } = await api.access.create({ ...given, name: 'idle', role: 'viewer' });
    if (auth) await api.keys.enrol('eu-west-1', 'a key', tokens.get('agent') ?? '', '');
    words = { ...(await wordsOf()), token: [idle.id] };
    document = (await send('GET', '/api/v1/openapi.json')) as OpenApiDocument;
  });
  afterAll(() => api?.close());

  async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const token = tokens.get('admin');
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return response.json();
  }

  async function wordsOf(): Promise<Words> {
    const silence = { match: { region: 'us-east' }, until: '2h', author: 'mara' };
    const added = (await send('POST', '/api/v1/silences', silence)) as { id: string };
    const asked = (await send('POST', '/api/v1/probes/front-page/run', {})) as { request_id: string };
    await send('POST', '/api/v1/changes', { kind: 'deploy', name: 'web-142' });
    const { data } = (await send('GET', '/api/v1/collectors')) as { data: { id: string }[] };
    const tokensHeld = (await api.access.list()).filter(({ name }) => name === 'idle');
    const instant = new Date(api.clock.nowMs - 600_000).toISOString();
    const times = ['5m', '2h', '7d', '90d', instant, instant.slice(0, 10)];
    return {
      id: ['eu-west-1', 'inc-1-region-eu-west', added.id, ...tokensHeld.map(({ id }) => id)],
      ...{
        name: ['front-page', 'origin'],
        probe: ['front-page'],
        target: ['origin'],
        region: ['eu-west', 'us-east'],
      },
      agent: ['eu-west-1', 'us-east-1'],
      run: ['eu-west-1/eu-west-1-boot/1', 'eu-west-1/eu-west-1-boot/2'],
      ...{ request_id: [asked.request_id], incarnation: data.map(({ id }) => id) },
      ...{ since: times, until: times, at: times, expires_in: ['1h', '30d'] },
      ...{ after: ['MA', 'MQ'], author: ['mara'], kind: ['deploy'] },
      ...{ by: ['region,target', 'minute'], metric: ['ttfb_ms', 'all'], vs: ['7d', 'region=us-east', '1h'] },
      sql: ['SELECT 1', 'SELECT region, p95 FROM region_latency', 'SELECT throwIf(1)', 'SELECT 1/0, NULL'],
    };
  }

  it('is in the OpenAPI document', () => {
    const said = fuzzedRoutes(document).map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    const registered = api.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(registered)].sort()).toEqual(said.sort());
    expect(openApiDocument(api.app, '0.1.0')).toEqual(document);
  });

  it(`answers random requests as it says, and never with a 5xx (seed ${SEED})`, {
    timeout: 900_000,
  }, async () => {
    const routes = fuzzedRoutes(document);
    const complaints = new Map<string, string>();
    const answered = new Set<string>();
    for (const [index, route] of routes.entries()) {
      const random = new RandomJson(seeded(SEED * 1000 + index), words);
      const name = `${route.method} ${route.path}`;
      const isDone = (count: number) =>
        count >= REQUESTS &&
        (answered.has(name) || unanswered.includes(name) || count >= PATIENCE * REQUESTS);
      for (let count = 0; !isDone(count); count += 1) {
        const asked = randomRequest(random, document, route);
        const asker = auth ? askerOf(random, route) : 'nobody';
        const { complaint, status } = await ask(api.url, route, asked, auth ? tokens.get(asker) : undefined);
        if (status >= 200 && status < 300) answered.add(name);
        const wrong = complaint ?? (auth ? trespass(asker, route, status) : undefined);
        if (wrong) complaints.set(name, wrong);
      }
    }
    expect([...complaints.values()]).toEqual([]);
    const never = routes.map(({ method, path }) => `${method} ${path}`).filter((one) => !answered.has(one));
    expect(unanswered).toEqual(expect.arrayContaining(never));
  });
});

const needed = ({ method, path }: FuzzedRoute) =>
  needOf(`${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`) as Role;

/** Most have just the role that they need. */
const askerOf = (random: RandomJson, route: FuzzedRoute): Asker =>
  random.chance(0.6) ? needed(route) : random.pick(ASKERS);

/** Who was let in and may not, or the other way round; undefined when it is as the table of permissions says. */
function trespass(asker: Asker, route: FuzzedRoute, status: number): string | undefined {
  const told = `${asker} at ${route.method} ${route.path} → ${status}`;
  // Who tries too many forged ones is told to wait.
  if (asker === 'nobody' || asker === 'forged') return [401, 429].includes(status) ? undefined : told;
  const isLetIn = status !== 401 && status !== 403;
  return isLetIn === includesRole(asker, needed(route)) ? undefined : told;
}
