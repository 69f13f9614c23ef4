import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_LIMITS } from '../../../collector/access/limits.ts';
import { digestOf, TOKEN_PATTERN } from '../../../collector/access/token-text.ts';
import { type RunningApi, startApi } from './running-api.ts';

const DAY = 86_400_000;

let api: RunningApi;
let admin: string;
let operator: string;
beforeAll(async () => {
  api = await startApi({ auth: true, startMs: Date.now() });
  const given = { createdBy: 'test', expiresMs: Date.now() + 365 * DAY };
  admin = (await api.access.create({ ...given, name: 'root', role: 'admin' })).text;
  operator = (await api.access.create({ ...given, name: 'olga', role: 'operator' })).text;
}, 60_000);
afterAll(() => api?.close());

interface Body {
  readonly id: string;
  readonly token: string;
  readonly expires_at: string;
  readonly uses: number | null;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly status: number;
  readonly detail: string;
  readonly author: string;
  readonly expired_by: string;
  readonly data: readonly Body[];
}

async function ask(method: string, path: string, body?: unknown, token = admin) {
  // The log is in the order of time.
  api.clock.nowMs += 1;
  const response = await fetch(`${api.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}
const add = (more: Record<string, unknown> = {}) =>
  ask('POST', '/tokens', { name: 'mara', role: 'viewer', ...more });

describe('tokens over the API', () => {
  it('are shown once, listed without their text, and revoked', async () => {
    const made = await add({ expires_in: '30d' });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'mara', role: 'viewer', state: 'good', created_by: 'root' },
    });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { id, token, expires_at } = made.body;
    expect(token).toMatch(TOKEN_PATTERN);
    expect(digestOf(token)?.id).toBe(id);
    expect(Date.parse(expires_at) - api.clock.nowMs).toBe(30 * DAY);
    expect((await ask('GET', '/whoami', undefined, token)).body).toMatchObject({
      auth: true,
      name: 'mara',
      role: 'viewer',
    });
    const listed = await ask('GET', '/tokens');
    expect(listed.body.data.find((one: Body) => one.id === id)).toMatchObject({
      last_used_at: expect.any(String),
    });
    expect(JSON.stringify(listed.body)).not.toMatch(TOKEN_PATTERN);
    expect((await ask('POST', `/tokens/${id}/revoke`)).body).toMatchObject({
      state: 'revoked',
      revoked_by: 'root',
    });
    expect((await ask('GET', '/whoami', undefined, token)).status).toBe(401);
    const ids = async (query: string) =>
      (await ask('GET', `/tokens${query}`)).body.data.map((one: Body) => one.id);
    expect(await ids('')).not.toContain(id);
    expect(await ids('?all=true')).toContain(id);
  });

  it('for agents are good for an hour and one agent, unless more is said', async () => {
    const { body } = await add({ role: 'agent' });
    expect([body.uses, Date.parse(body.expires_at) - api.clock.nowMs]).toEqual([1, 3_600_000]);
    expect((await add({ role: 'agent', uses: 40, agent: 'ams-1' })).body).toMatchObject({
      uses: 40,
      agent: 'ams-1',
    });
  });

  it.each<readonly [string, Record<string, unknown>, RegExp]>([
    ['a role that there is not', { role: 'root' }, /role/],
    ['the role of collectors', { role: 'collector' }, /role/],
    ['a name of marks', { name: '<b>' }, /name/],
    ['a life beyond tokenMs', { expires_in: `${ACCESS_LIMITS.tokenMs.value / DAY + 1}d` }, /expires_in/],
    [
      'a life of an enrolment beyond enrolmentMs',
      { role: 'agent', expires_in: `${ACCESS_LIMITS.enrolmentMs.value / DAY + 1}d` },
      /expires_in/,
    ],
    ['no life', { expires_in: '0s' }, /expires_in/],
    ['more uses than enrolmentUses', { role: 'agent', uses: ACCESS_LIMITS.enrolmentUses.value + 1 }, /uses/],
    ['uses for a person', { uses: 2 }, /role agent/],
    ['a word that there is not', { expires: '1h' }, /expires/],
  ])('with %s are refused', async (_, more, why) => {
    const { body, status } = await add(more);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringMatching(why)]);
  });

  it('that there are not cannot be revoked, nor keys of agents that are not enrolled', async () => {
    expect((await ask('POST', '/tokens/none/revoke')).status).toBe(404);
    expect((await ask('POST', '/keys/none/revoke')).status).toBe(404);
    expect((await ask('GET', '/keys')).body.data).toEqual([]);
  });

  it('of sessions and collectors are not revoked by an answer that says that there are none', async () => {
    const given = { name: 'c2', role: 'collector', kind: 'collector', createdBy: 'c2' } as const;
    const { record, text } = await api.access.create({ ...given, expiresMs: api.clock.nowMs + DAY });
    expect((await ask('POST', `/tokens/${record.id}/revoke`)).status).toBe(404);
    expect(await api.access.authenticate(text, '')).toHaveProperty('role', 'collector');
  });

  it('of sessions end after sessionMs at the latest', async () => {
    const principal = await api.access.authenticate(admin, '');
    if ('refused' in principal) throw new Error('refused');
    expect((await api.access.openSession(principal)).ageMs).toBe(ACCESS_LIMITS.sessionMs.value);
  });
});

describe('the audit log over the API', () => {
  it('says who changed what, and what somebody was not allowed to change', async () => {
    const silence = { match: { region: ['eu-west'] }, until: '2h', author: 'olga', comment: 'racks' };
    const { body } = await ask('POST', '/silences', silence, operator);
    expect(body.author).toBe('olga');
    const ended = await ask('POST', `/silences/${body.id}/expire`, { author: 'mara' }, operator);
    expect(ended.body.expired_by).toBe('mara (token olga)');
    expect((await ask('POST', '/tokens', { name: 'x', role: 'admin' }, operator)).status).toBe(403);
    expect((await ask('POST', '/silences', { match: {} }, operator)).status).toBe(400);
    const { data } = (await ask('GET', '/audit?actor=olga')).body;
    expect(data.map((one: Body) => [one.actor, one.role, one.action, one.status])).toEqual([
      ['olga', 'operator', 'POST /api/v1/silences', 400],
      ['olga', 'operator', 'POST /api/v1/tokens', 403],
      ['olga', 'operator', 'POST /api/v1/silences/:id/expire', 200],
      ['olga', 'operator', 'POST /api/v1/silences', 201],
    ]);
    expect(data[2]).toMatchObject({
      path: `/api/v1/silences/${body.id}/expire`,
      remote: '127.0.0.1',
      collector: 'test',
    });
    expect(JSON.parse(data[3]?.detail ?? '')).toMatchObject({
      comment: 'racks',
      match: { region: ['eu-west'] },
    });
  });

  it('has what was asked for however the type of the body is spelled', async () => {
    api.clock.nowMs += 1;
    const body = JSON.stringify({ name: 'spelled', role: 'viewer' });
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'Application/JSON' };
    expect((await fetch(`${api.url}/api/v1/tokens`, { method: 'POST', headers, body })).status).toBe(201);
    expect((await ask('GET', '/audit')).body.data[0]?.detail).toContain('spelled');
  });

  it('has no token in it, and is for admins alone', async () => {
    await add();
    const { body } = await ask('GET', '/audit?since=1h');
    expect(body.data[0]).toMatchObject({ actor: 'root', action: 'POST /api/v1/tokens' });
    expect(JSON.stringify(body)).not.toMatch(TOKEN_PATTERN);
    expect((await ask('GET', '/audit', undefined, operator)).status).toBe(403);
  });
});

describe('what is refused is counted', () => {
  it('in /metrics, by reason', async () => {
    await ask('GET', '/agents', undefined, 'nonsense');
    const text = await (await fetch(`${api.url}/metrics`)).text();
    expect(text).toMatch(/^outrider_access_refused_total\{reason="malformed"\} [1-9]/m);
    expect(text).toMatch(/^outrider_access_forbidden_total [1-9]/m);
    expect(text).toMatch(/^outrider_audit_written_total [1-9]/m);
  });
});
