import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkSameAuth } from '../../../collector/members/same-auth.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { collectorsOn, type Here } from './collectors.ts';
import { memberRow } from './member-row.ts';

describe('whether collectors on a store ask who asks', () => {
  const check = (own: 'on' | 'off', ...others: ('on' | 'off' | '')[]) => {
    const rows = others.map((auth, i) => memberRow({ name: `c${i + 1}`, auth }));
    checkSameAuth(memberRow({ auth: own }), rows);
  };

  it('has to be the same of all, and of an earlier version, which does not say, it is not known', () => {
    check('on');
    check('on', 'on', '');
    check('off', '', 'off');
    expect(() => check('on', '', 'off')).toThrow(
      expect.objectContaining({
        code: 'auth_differs',
        message: expect.stringMatching(/c2 \(http:.*\) .* without access control/),
        hint: expect.stringContaining('Stop the collectors that run without --auth first'),
      }),
    );
    expect(() => check('off', 'on')).toThrow(
      expect.objectContaining({
        code: 'auth_differs',
        message: expect.stringMatching(/c1 \(http:.*\) .* with access control/),
        hint: expect.stringContaining('Start this one with --auth'),
      }),
    );
  });
});

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`collectors on one server${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let here: Here;
  beforeAll(async () => {
    test = await openTestStore('server');
  });
  afterAll(() => test?.close());
  beforeEach(() => {
    here = collectorsOn(test.server?.url ?? '');
  });
  afterEach(() => here.close());

  const differs = { code: 'auth_differs' };
  /** Names of those that have not ended. */
  const living = async () =>
    (
      await test.store.query<{ name: string }>("SELECT name FROM collectors FINAL WHERE state != 'ended'")
    ).map(({ name }) => name);

  it('do not start beside one that has it otherwise, draining or not, and do once that has ended', async () => {
    const open = await here.start('c1');
    await expect(here.start('c2', { auth: true })).rejects.toMatchObject(differs);
    await open.membership.enter('draining');
    await expect(here.start('c2', { auth: true })).rejects.toMatchObject(differs);
    expect(await living()).toEqual(['c1']);
    await open.close();

    const guarded = await here.start('c2', { auth: true });
    await expect(here.start('c1')).rejects.toMatchObject(differs);
    await here.start('c3', { auth: true });
    expect(guarded.membership.state).toBe('active');
    expect((await living()).toSorted()).toEqual(['c2', 'c3']);
  });

  it('do not both start at the same moment', async () => {
    const ended = await Promise.allSettled([here.start('c1'), here.start('c2', { auth: true })]);
    const refused = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatchObject(differs);
    await expect.poll(living, { timeout: 5000 }).toHaveLength(2 - refused.length);
  });
});
