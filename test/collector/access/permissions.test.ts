import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorise, isAudited, needOf, PERMISSIONS } from '../../../collector/access/permissions.ts';
import { includesRole, ROLES, type Role } from '../../../collector/access/roles.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { type RunningApi, startApi } from '../api/running-api.ts';

let api: RunningApi;
const tokens = new Map<Role | 'nobody' | 'forged', string>();
beforeAll(async () => {
  api = await startApi({ auth: true, startMs: Date.now() });
  for (const role of ROLES) {
    const expiresMs = Date.now() + 3_600_000;
    const { text } = await api.access.create({ name: `test-${role}`, role, createdBy: 'test', expiresMs });
    tokens.set(role, text);
  }
  tokens.set('forged', newToken('admin'));
}, 60_000);
afterAll(() => api?.close());

/** Every route of the router, as it lists them itself; middleware is registered for all methods. */
const routes = () => [
  ...new Set(
    api.app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
];

const statusOf = async (route: string, token: string | undefined): Promise<number> => {
  const [method = '', path = ''] = route.split(' ');
  const stop = new AbortController();
  const response = await fetch(api.url + path.replaceAll(/:\w+/g, 'none'), {
    method,
    // By a proxy: being on this machine opens /metrics, which is not what is asked here.
    headers: {
      'x-forwarded-for': '192.0.2.1',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    redirect: 'manual',
    signal: stop.signal,
  });
  stop.abort();
  return response.status;
};

/** The status by the table alone: what a request may not be answered with, or has to be. */
const expected = (route: string, role: Role | 'nobody' | 'forged'): 401 | 403 | 'let in' => {
  const need = needOf(route);
  if (need === 'open') return 'let in';
  if (role === 'nobody' || role === 'forged') return 401;
  return need !== undefined && includesRole(role, need === 'local' ? 'viewer' : need) ? 'let in' : 403;
};

describe('the table of permissions', () => {
  it('has an entry for every route of the router, and no other', () => {
    expect(routes().filter((route) => needOf(route) === undefined)).toEqual([]);
    const used = new Set(
      routes().map((route) => route.replace(/^GET \/dashboard\/[^/]+$/, 'GET /dashboard/*')),
    );
    expect(Object.keys(PERMISSIONS).filter((route) => !used.has(route))).toEqual([]);
    expect(routes().length).toBeGreaterThan(50);
  });

  it.each([...ROLES, 'nobody', 'forged'] as const)(
    'is what the API goes by, at every endpoint, for %s',
    async (role) => {
      // Draining ends the collector under test: it comes last, and by the table alone.
      for (const route of routes().filter((one) => one !== 'POST /api/v1/drain')) {
        const status = await statusOf(route, tokens.get(role));
        // Who guesses too often is told to wait instead.
        const shown = status === 429 ? 401 : status === 401 || status === 403 ? status : 'let in';
        // The login form answers 401 itself to who gives no token in it.
        if (route !== 'POST /login') expect([route, shown]).toEqual([route, expected(route, role)]);
      }
      expect(authorise('POST /api/v1/drain', role === 'nobody' || role === 'forged' ? undefined : role)).toBe(
        role === 'admin'
          ? 'allowed'
          : role === 'nobody' || role === 'forged'
            ? 'unauthenticated'
            : 'forbidden',
      );
    },
    60_000,
  );

  it('sees every route: none answers to all methods, which only middleware does', () => {
    const everywhere = api.app.routes.filter(({ method }) => method === 'ALL').map(({ path }) => path);
    expect(everywhere.filter((path) => !path.endsWith('/*'))).toEqual([]);
  });

  it('closes what does not stand in it to everybody', () => {
    for (const role of ROLES) expect(authorise('GET /api/v1/new', role)).toBe('forbidden');
    expect(authorise('GET /api/v1/new', undefined)).toBe('unauthenticated');
    expect(needOf('POST /dashboard/app.js')).toBeUndefined();
    expect(needOf('GET toString')).toBeUndefined();
  });

  it('has no way from one purpose to another: agents and collectors read nothing', () => {
    expect(includesRole('admin', 'collector')).toBe(false);
    expect(includesRole('collector', 'viewer')).toBe(false);
    expect(includesRole('agent', 'viewer')).toBe(false);
    expect(includesRole('operator', 'viewer')).toBe(true);
    expect(includesRole('viewer', 'operator')).toBe(false);
  });

  it('audits everything that is no reading', () => {
    const audited = routes().filter(isAudited);
    expect(audited).toContain('POST /api/v1/probes/apply');
    expect(audited).toContain('DELETE /api/v1/probes/:name');
    expect(audited).not.toContain('POST /api/v1/query');
    for (const route of audited) expect(route).not.toMatch(/^GET/);
  });
});

describe('/metrics', () => {
  const get = (headers: Record<string, string>) => fetch(`${api.url}/metrics`, { headers });
  it('is open to this very machine, and through a proxy to a viewer alone', async () => {
    expect((await get({})).status).toBe(200);
    for (const name of [
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'via',
      'x-real-ip',
      'cf-connecting-ip',
    ])
      expect((await get({ [name]: '192.0.2.1' })).status).toBe(401);
    expect(await statusOfOldHttp('/metrics')).toBe('401');
    const authorization = `Bearer ${tokens.get('viewer')}`;
    expect((await get({ 'x-forwarded-for': '192.0.2.1', authorization })).status).toBe(200);
  });
});

/** As of a proxy that says nothing of itself. */
async function statusOfOldHttp(path: string): Promise<string | undefined> {
  const { host, hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text.split(' ')[1];
}

describe('the cookie of a session', () => {
  it('counts over TLS by the name alone that no other host can set', async () => {
    const ask = (scheme: string, name: string) =>
      api.app.request(`${scheme}://127.0.0.1/api/v1/whoami`, {
        headers: { cookie: `${name}=${tokens.get('viewer')}` },
      });
    expect((await ask('https', '__Host-outrider')).status).toBe(200);
    expect((await ask('https', 'outrider_session')).status).toBe(401);
    expect((await ask('http', 'outrider_session')).status).toBe(200);
  });
});
