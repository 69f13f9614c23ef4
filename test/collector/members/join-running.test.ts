/** A collector that joins others, which live, are silent or begin with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { joinMembers } from '../../../collector/members/join-members.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import type { RunningMembership } from '../../../collector/members/membership.ts';
import { Roll } from '../../../collector/members/roll.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import type { Store } from '../../../collector/store/store.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { REAL_CLOCK } from '../../support/link-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { collectorsOn } from './collectors.ts';
import { memberRow } from './member-row.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)('a collector that starts on a server', () => {
  let test: TestStore;
  let store: Store;
  let roll: Roll;
  const joined: RunningMembership[] = [];

  beforeAll(async () => {
    test = await openTestStore('server');
    store = await openStore(test.options);
    roll = new Roll(store);
  });
  afterAll(async () => {
    await store?.close();
    await test?.close();
  });
  afterEach(async () => {
    for (const membership of joined.splice(0)) await membership.close(true);
    await store.command('TRUNCATE TABLE collectors');
  });

  const join = async (name: string, url: string, clock = REAL_CLOCK, said: string[] = []) => {
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    const membership = await joinMembers({ store, name, url, version: '0.1.0', clock, log });
    await membership.appear();
    joined.push(membership);
    return membership;
  };
  const names = async () => (await roll.read()).map(({ incarnation }) => incarnation);
  /** As one that wrote its last beat so long ago. */
  const old = (incarnation: string, url: string, agoMs: number, nowMs: number) =>
    store.insertRows('collectors', [
      {
        id: incarnation,
        ...{ name: incarnation, url, version: '', state: 'active', beat: 1, agents: 0, settled_block: 0 },
        started_at: Math.round(nowMs - agoMs),
        seen_at: Math.round(nowMs - agoMs),
        settled_at: Math.round(nowMs - agoMs),
      },
    ]);

  it('takes out its own run before, at once, and others that are silent and do not answer', async () => {
    const nowMs = await roll.now();
    await old('same-url', 'http://127.0.0.1:7001', 1000, nowMs);
    await old('fresh', 'http://127.0.0.1:1', 1000, nowMs);
    await old('silent', 'http://127.0.0.1:1', 60_000, nowMs);
    const membership = await join('c1', 'http://127.0.0.1:7001');
    expect(await names()).toEqual([membership.incarnation, 'fresh'].toSorted());
    expect(membership.counters.takenOut).toBe(2);
  });

  it('leaves one alone that looks silent, and answers: the store may have been away for all', async () => {
    const here = collectorsOn(test.server?.url ?? '');
    const living = await here.start('living');
    const { incarnation } = living.membership;
    await store.command(
      'INSERT INTO collectors SELECT * REPLACE (seen_at - 60 AS seen_at, beat + 1000 AS beat) FROM collectors FINAL WHERE id = {id:String}',
      { id: incarnation },
    );
    const membership = await join('c1', 'http://127.0.0.1:7001');
    expect(membership.counters.takenOut).toBe(0);
    expect(await names()).toContain(incarnation);
    await here.close();
  });

  it('does not mind clocks that differ', async () => {
    const ahead = { ...REAL_CLOCK, wallMs: () => Date.now() + 3_600_000 };
    const behind = { ...REAL_CLOCK, wallMs: () => Date.now() - 3_600_000 };
    const first = await join('c1', 'http://127.0.0.1:7001', ahead);
    const second = await join('c2', 'http://127.0.0.1:7002', behind);
    expect(first.storeOffsetMs).toBeCloseTo(-3_600_000, -3);
    expect(second.storeOffsetMs).toBeCloseTo(3_600_000, -3);
    await sleep(3 * MEMBER_LIMITS.beatMs.value);
    expect(first.others()).toMatchObject([{ name: 'c2' }]);
    expect(second.others()).toMatchObject([{ name: 'c1' }]);
    expect([first, second].filter((one) => one.holdsLease('detect'))).toHaveLength(1);
    expect(first.counters.takenOut + second.counters.takenOut).toBe(0);
  });

  it('is one of many that begin at once: one of them detects, and nobody is taken for dead', async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, i) => join(`c${i}`, `http://127.0.0.1:${7001 + i}`)),
    );
    await expect.poll(() => all.every((one) => one.others().length === 5), { timeout: 10_000 }).toBe(true);
    expect(all.filter((one) => one.holdsLease('detect'))).toHaveLength(1);
    const holder = all.find((one) => one.holdsLease('detect'));
    await holder?.close(true);
    const rest = all.filter((one) => one !== holder);
    await expect.poll(() => rest.filter((one) => one.holdsLease('detect')).length, { timeout: 8000 }).toBe(1);
    expect(holder?.holdsLease('detect')).toBe(false);
  });

  it('takes out, after a while, one that fell silent; one of the others does', async () => {
    const all = await Promise.all([1, 2, 3].map((i) => join(`c${i}`, `http://127.0.0.1:${7000 + i}`)));
    await roll.write(memberRow({ incarnation: 'fell-silent', url: 'http://127.0.0.1:1' }));
    await expect.poll(names, { timeout: 25_000, interval: 500 }).not.toContain('fell-silent');
    expect(all.reduce((sum, { counters }) => sum + counters.takenOut, 0)).toBe(1);
    expect(await names()).toHaveLength(3);
  }, 40_000);
});
