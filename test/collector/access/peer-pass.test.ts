/** Several collectors with access control on one store: they let each other in, and nobody else to where they talk. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../../collector/collector.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { collectorsOn, type Here } from '../members/collectors.ts';

describe.skipIf(serverUnavailable())('two collectors with access control on one store', () => {
  let test: TestStore;
  let here: Here;
  let one: Collector;
  let other: Collector;
  beforeAll(async () => {
    test = await openTestStore('server');
    here = collectorsOn(test.server?.url ?? '');
    one = await here.start('c1', { auth: true });
    other = await here.start('c2', { auth: true });
  }, 120_000);
  afterAll(async () => {
    await here?.close();
    await test?.close();
  });

  const tokenOf = async (role: 'viewer' | 'admin' | 'collector') =>
    (await one.access.create({ name: role, role, createdBy: 'test', expiresMs: Date.now() + 600_000 })).text;
  const ask = (url: string, path: string, token: string) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });

  it('let each other in by tokens of their own', async () => {
    expect(one.membership.peerHeaders?.().authorization).toMatch(/^Bearer ot_c_/);
    for (const [asking, asked] of [
      [one, other],
      [other, one],
    ] as const) {
      const headers = { ...asking.membership.peerHeaders?.() };
      expect((await fetch(`${asked.url}/api/v1/peers/fleet?since=0`, { headers })).status).toBe(200);
      // They ask each other for agents, and for nothing that people see.
      expect((await fetch(`${asked.url}/api/v1/agents`, { headers })).status).toBe(403);
    }
    expect((await fetch(`${one.url}/api/v1/peers/fleet?since=0`)).status).toBe(401);
    expect((await ask(one.url, '/api/v1/peers/fleet?since=0', await tokenOf('admin'))).status).toBe(403);
  });

  it('take a token that the other made at once, and one that the other revoked not any more within two seconds', async () => {
    const token = await tokenOf('viewer');
    expect((await ask(other.url, '/api/v1/agents', token)).status).toBe(200);
    const [record] = (await one.access.list()).filter(({ name }) => name === 'viewer');
    await one.access.revoke(record?.id ?? '', 'root');
    const sinceMs = performance.now();
    await vi.waitFor(async () => expect((await ask(other.url, '/api/v1/agents', token)).status).toBe(401), {
      timeout: 10_000,
      interval: 50,
    });
    expect(performance.now() - sinceMs).toBeLessThan(3000);
  });

  it('show who changed what at either', async () => {
    const token = await tokenOf('admin');
    const silence = { match: { region: ['x'] }, until: '1h', author: 'root' };
    const sent = await fetch(`${other.url}/api/v1/silences`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(sent.status).toBe(201);
    await vi.waitFor(async () => {
      const { data } = (await (await ask(one.url, '/api/v1/audit', token)).json()) as { data: unknown[] };
      expect(data[0]).toMatchObject({ action: 'POST /api/v1/silences', collector: 'c2', actor: 'admin' });
    }, 5000);
  });
});
