import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import { newMembersCounters } from '../../../collector/members/counters.ts';
import { type Claim, LeaseTable, leaseName, NO_CLAIM } from '../../../collector/members/lease.ts';
import { LeaseHolding } from '../../../collector/members/lease-holding.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import type { SeenMember } from '../../../collector/members/roll.ts';
import { Sightings } from '../../../collector/members/sightings.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../incidents/incidents.ts';

describeEngines('the lease', (engine) => {
  let test: TestStore;

  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());

  it('has one holder a term, whoever claims it at the same time', async () => {
    const table = new LeaseTable(test.store, 'race');
    let last: Claim = NO_CLAIM;
    for (let term = 1; term <= 5; term += 1) {
      const before = last;
      const tops = await Promise.all(
        Array.from({ length: 20 }, (_, i) => table.claim(before, `c${i}-${term}`)),
      );
      const holders = new Set(tops.map(({ holder }) => holder));
      expect(holders.size).toBe(1);
      expect(tops.every((top) => top.term === term)).toBe(true);
      last = await table.top();
      expect(holders).toEqual(new Set([last.holder]));
    }
    expect(await test.store.query("SELECT count() AS rows FROM lease_claims WHERE name = 'race'")).toEqual([
      { rows: 5 },
    ]);
  });

  it('is not had by who claims a term that is past', async () => {
    const table = new LeaseTable(test.store, 'past');
    const first = await table.claim(NO_CLAIM, 'c1-1');
    const second = await table.claim(first, 'c2-1');
    expect(await table.claim(first, 'c1-1')).toEqual(second);
    expect(await table.claim(NO_CLAIM, 'c1-1')).toEqual(second);
  });

  it('has the store refuse an incident that is written under a term that is past', async () => {
    const table = new LeaseTable(test.store, 'detect');
    const first = await table.claim(NO_CLAIM, 'c1-1');
    const write = (term: number) =>
      test.store.insertRows('incidents', [incidentRow(incidentOf(), term, leaseName('detect', term))]);
    await write(first.term);
    const second = await table.claim(first, 'c2-1');
    await expect(write(first.term)).rejects.toMatchObject({ code: 'fenced' });
    await write(second.term);
  });
});

describe('holding the lease', () => {
  let nowMs: number;
  let top: Claim;
  let claims: number;
  let sightings: Sightings;
  const counters = newMembersCounters();

  beforeEach(() => {
    nowMs = 100_000;
    top = NO_CLAIM;
    claims = 0;
    sightings = new Sightings();
    Object.assign(counters, newMembersCounters());
  });

  /** The table, without a store: who comes first has it. */
  class OpenTable extends LeaseTable {
    override top(): Promise<Claim> {
      return Promise.resolve(top);
    }
    override claim(last: Claim, holder: string): Promise<Claim> {
      claims += 1;
      if (last.term === top.term) top = { term: last.term + 1, holder };
      return Promise.resolve(top);
    }
  }
  const nowhere = {
    shards: 1,
    query: () => Promise.reject(new Error('no store')),
    insertRows: () => Promise.reject(new Error('no store')),
    fence: () => Promise.reject(new Error('no store')),
  };
  const holding = () =>
    new LeaseHolding({
      name: 'detect',
      table: new OpenTable(nowhere, 'detect'),
      counters,
      log: pino({ level: 'silent' }),
      monotonicMs: () => nowMs,
    });
  const member = (incarnation: string, more: Partial<SeenMember> = {}): SeenMember => ({
    incarnation,
    name: incarnation,
    url: 'http://127.0.0.1:1',
    version: '',
    state: 'active',
    beat: 1,
    startedMs: 0,
    seenMs: 0,
    settledBlock: 0,
    settledMs: 0,
    auth: 'off',
    agents: 0,
    fenced: false,
    ...more,
  });
  /** Both live; the second looks every 2 s for `forMs`, while the beat of the first is `beat`. */
  async function look(own: LeaseHolding, forMs: number, first: SeenMember | undefined): Promise<void> {
    const members = [...(first ? [first] : []), member('c2')];
    for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 2000) {
      sightings.looked(members, nowMs, nowMs);
      own.beaten(nowMs);
      await own.see('c2', members, sightings, nowMs);
    }
  }

  it('is had at once when nobody has it, and as long as beats arrive', async () => {
    const own = holding();
    await look(own, 20_000, undefined);
    expect(own.lease).toBe('detect/1');
    expect(claims).toBe(1);
    nowMs += MEMBER_LIMITS.leaseMs.value;
    expect(own.lease).toBeUndefined();
    expect(counters).toMatchObject({ leasesGained: 1, leasesLost: 1 });
  });

  it('does not come back with a late beat: it has to be claimed anew', async () => {
    const own = holding();
    await look(own, 2000, undefined);
    nowMs += MEMBER_LIMITS.leaseMs.value;
    own.beaten(nowMs);
    expect(own.lease).toBeUndefined();
    await look(own, 2000, undefined);
    expect(own.lease).toBe('detect/2');
  });

  it('is left to another who lives', async () => {
    top = { term: 3, holder: 'c1' };
    const own = holding();
    for (let beat = 1; beat < 20; beat += 1) await look(own, 2000, member('c1', { beat }));
    expect(claims).toBe(0);
    expect(own.holder).toBe('c1');
  });

  it('is taken from another that is not seen to live, and not before', async () => {
    top = { term: 3, holder: 'c1' };
    const own = holding();
    await look(own, MEMBER_LIMITS.leaseFreeMs.value, member('c1'));
    expect(own.lease).toBeUndefined();
    await look(own, 4000, member('c1'));
    expect(own.lease).toBe('detect/4');
  });

  it.each([
    ['has ended', undefined],
    ['drains', member('c1', { state: 'draining' })],
    ['was taken out', member('c1', { fenced: true })],
  ])('is taken at once from another that %s', async (_, first) => {
    top = { term: 3, holder: 'c1' };
    const own = holding();
    await look(own, 2000, first);
    expect(own.lease).toBe('detect/4');
  });

  it('is lost to whoever claims it, and when the store refuses what is written under it', async () => {
    const own = holding();
    await look(own, 2000, undefined);
    top = { term: 2, holder: 'c1' };
    await look(own, 2000, member('c1'));
    expect(own.lease).toBeUndefined();
    await look(own, 2000, undefined);
    expect(own.lease).toBe('detect/3');
    own.refused('detect/1');
    expect(own.lease).toBe('detect/3');
    own.refused('detect/3');
    expect(own.lease).toBeUndefined();
  });
});
