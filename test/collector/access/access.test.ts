import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Access, type NewToken, TooManyTokens } from '../../../collector/access/access.ts';
import { ACCESS_LIMITS } from '../../../collector/access/limits.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const HOUR = 3_600_000;
const ADDRESS = '192.0.2.7';

describeEngines('access', (engine) => {
  let test: TestStore;
  let clock: { nowMs: number };
  const open: Access[] = [];
  beforeEach(async () => {
    test = await openTestStore(engine);
    clock = { nowMs: Date.now() };
  }, 60_000);
  afterEach(async () => {
    for (const access of open.splice(0)) await access.close();
    await test.close();
  });

  /** A collector on the store. */
  async function collector(): Promise<Access> {
    const times = { wallMs: () => clock.nowMs, monotonicMs: () => clock.nowMs };
    const access = new Access({ store: test.store, clock: times, log: SILENT_LOG, required: true });
    open.push(access);
    await access.start();
    return access;
  }
  const tokenOf = (more: Partial<NewToken> = {}): NewToken => ({
    ...{ name: 'mara', role: 'operator', createdBy: 'test', expiresMs: clock.nowMs + HOUR },
    ...more,
  });

  it('knows at once, at every collector, who a new token is of, and has a hash of it alone', async () => {
    const [one, other] = [await collector(), await collector()];
    const { record, text } = await one.create(tokenOf());
    for (const access of [one, other])
      expect(await access.authenticate(text, ADDRESS)).toMatchObject({
        id: record.id,
        name: 'mara',
        role: 'operator',
      });
    const rows = await test.store.query('SELECT * FROM access_tokens');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(text.slice(5, 40));
  });

  it('takes no token that expired, was revoked here or elsewhere, is forged or mistyped, and counts each', async () => {
    const [one, other] = [await collector(), await collector()];
    const expiring = await one.create(tokenOf({ expiresMs: clock.nowMs + 1000 }));
    const revoked = await one.create(tokenOf());
    expect(await other.authenticate(revoked.text, ADDRESS)).toHaveProperty('role');
    clock.nowMs += 1000;
    expect(await one.authenticate(expiring.text, ADDRESS)).toMatchObject({ refused: 'expired' });
    await one.revoke(revoked.record.id, 'mara');
    expect(await one.authenticate(revoked.text, ADDRESS)).toMatchObject({ refused: 'revoked' });
    await vi.waitFor(
      async () =>
        expect(await other.authenticate(revoked.text, ADDRESS)).toMatchObject({ refused: 'revoked' }),
      { timeout: 2 * ACCESS_LIMITS.lookMs.value, interval: 50 },
    );
    expect(await one.authenticate(newToken('admin'), ADDRESS)).toMatchObject({ refused: 'unknown' });
    expect(await one.authenticate('ot_a_nonsense', ADDRESS)).toMatchObject({ refused: 'malformed' });
    expect(one.counters.refused).toEqual({
      expired: 1,
      revoked: 1,
      unknown: 1,
      malformed: 1,
      too_many_failures: 0,
    });
  });

  it('answers who guesses without a look at the store, and lets in who is known from the same address', async () => {
    const access = await collector();
    const { text } = await access.create(tokenOf());
    for (let n = 0; n < ACCESS_LIMITS.failures.value; n += 1) await access.authenticate('nonsense', ADDRESS);
    expect(await access.authenticate(newToken('admin'), ADDRESS)).toMatchObject({
      refused: 'too_many_failures',
      retryAfterMs: ACCESS_LIMITS.failureEveryMs.value,
    });
    expect(await access.authenticate(text, ADDRESS)).toHaveProperty('role');
    expect(access.counters.refused.too_many_failures).toBe(1);
  });

  it('ends sessions with the token that they were opened with, with their own end, and what is watched with both', async () => {
    const access = await collector();
    const { record, text } = await access.create(tokenOf());
    const principal = await access.authenticate(text, ADDRESS);
    if ('refused' in principal) throw new Error('refused');
    const first = await access.openSession(principal);
    expect(first.ageMs).toBe(HOUR);
    const session = await access.authenticate(first.text, ADDRESS);
    if ('refused' in session) throw new Error('refused');
    expect(session).toMatchObject({ id: record.id, kind: 'session', role: 'operator' });
    const second = await access.openSession(principal);
    const { signal } = access.watch(session);
    await access.revoke(session.session, 'mara');
    expect(signal.aborted).toBe(true);
    expect(await access.authenticate(first.text, ADDRESS)).toMatchObject({ refused: 'revoked' });
    expect(await access.authenticate(second.text, ADDRESS)).toHaveProperty('role');
    await access.revoke(record.id, 'admin');
    expect(await access.authenticate(second.text, ADDRESS)).toMatchObject({ refused: 'revoked' });
  });

  it('remembers when a token was last used, also after a restart', async () => {
    const before = await collector();
    const { record, text } = await before.create(tokenOf());
    expect((await before.list())[0]).toMatchObject({ id: record.id, lastUsedMs: undefined });
    await before.authenticate(text, ADDRESS);
    await before.close();
    const after = await collector();
    expect((await after.list())[0]).toMatchObject({ id: record.id, lastUsedMs: clock.nowMs });
  });
});

describe('a stream whose token expires while the store is down', () => {
  it('ends all the same', async () => {
    let nowMs = Date.now();
    let isDown = false;
    const store = {
      query: async () => (isDown ? Promise.reject(new Error('down')) : []),
      insertRows: async () => undefined,
    };
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs };
    const access = new Access({ store, clock, log: SILENT_LOG, required: true });
    await access.start();
    const given = { name: 'mara', role: 'viewer', createdBy: 'test', expiresMs: nowMs + HOUR } as const;
    const known = await access.authenticate((await access.create(given)).text, ADDRESS);
    if ('refused' in known) throw new Error('refused');
    const { signal } = access.watch(known);
    isDown = true;
    nowMs += HOUR;
    await vi.waitFor(() => expect(signal.aborted).toBe(true), { timeout: 3000, interval: 50 });
    await access.close();
  });
});

describe('the limits of access', () => {
  it('take no more than `tokens` and `sessions` that are good', async () => {
    const rows: unknown[] = [];
    const store = {
      query: async () => [],
      insertRows: async (_: string, more: readonly unknown[]) => {
        rows.push(...more);
      },
    };
    const times = { wallMs: () => 1000, monotonicMs: () => 0 };
    const access = new Access({ store, clock: times, log: SILENT_LOG, required: true });
    const given = { name: 'x', role: 'viewer', createdBy: 'test', expiresMs: 2000 } as const;
    const { text } = await access.create(given);
    for (let n = 1; n < ACCESS_LIMITS.tokens.value; n += 1) await access.create(given);
    await expect(access.create(given)).rejects.toThrow(TooManyTokens);
    const principal = await access.authenticate(text, ADDRESS);
    if ('refused' in principal) throw new Error('refused');
    for (let n = 0; n < ACCESS_LIMITS.sessions.value; n += 1) await access.openSession(principal);
    await expect(access.openSession(principal)).rejects.toThrow(TooManyTokens);
  });
});
