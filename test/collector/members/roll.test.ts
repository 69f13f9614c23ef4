import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { Roll } from '../../../collector/members/roll.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { memberRow } from './member-row.ts';

describeEngines('the roll of collectors', (engine) => {
  let test: TestStore;
  let roll: Roll;

  beforeAll(async () => {
    test = await openTestStore(engine);
    roll = new Roll(test.store);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.store.command('TRUNCATE TABLE collectors');
    await test.store.command('TRUNCATE TABLE fences');
  });

  it('gives what each wrote last, and when by the clock of the store', async () => {
    const beforeMs = await roll.now();
    await roll.write(memberRow());
    await roll.write(memberRow({ beat: 2, settledBlock: 17, agents: 4, state: 'draining' }));
    await roll.write(memberRow({ incarnation: 'c2-1', name: 'c2' }));
    const [first, second] = await roll.read();
    expect(first).toMatchObject(memberRow({ beat: 2, settledBlock: 17, agents: 4, state: 'draining' }));
    expect(first).toMatchObject({ fenced: false });
    expect(second).toMatchObject({ incarnation: 'c2-1' });
    expect(first?.seenMs).toBeGreaterThanOrEqual(beforeMs);
    expect(first?.seenMs).toBeLessThanOrEqual(await roll.now());
  });

  it('takes a beat that comes late for what it is', async () => {
    await roll.write(memberRow({ beat: 5, settledBlock: 50 }));
    await roll.write(memberRow({ beat: 4, settledBlock: 40 }));
    expect(await roll.read()).toMatchObject([{ beat: 5, settledBlock: 50 }]);
  });

  it('leaves out who has ended, whatever comes after it', async () => {
    await roll.write(memberRow({ beat: 5 }));
    await roll.end(memberRow({ beat: 5 }));
    await roll.write(memberRow({ beat: 6 }));
    expect(await roll.read()).toEqual([]);
  });

  it('lets one that was taken out beat no more, and lets others write its end', async () => {
    await roll.write(memberRow());
    await test.store.fence('c1-1', 1);
    await expect(roll.write(memberRow({ beat: 2 }))).rejects.toMatchObject({ code: 'fenced' });
    expect(await roll.read()).toMatchObject([{ beat: 1, fenced: true }]);
    await roll.end(memberRow());
    expect(await roll.read()).toEqual([]);
  });

  it('is refused when it is longer than anybody could ask', async () => {
    const max = MEMBER_LIMITS.members.value;
    const rows = Array.from({ length: max + 1 }, (_, i) => ({
      id: `c-${i}`,
      name: 'c',
      url: 'http://127.0.0.1:1',
      version: '',
      state: 'active',
      beat: 1,
      started_at: 0,
      settled_at: 0,
      settled_block: 0,
      agents: 0,
    }));
    await test.store.insertRows('collectors', rows.slice(1));
    expect(await roll.read()).toHaveLength(max);
    await test.store.insertRows('collectors', rows.slice(0, 1));
    await expect(roll.read()).rejects.toMatchObject({ name: 'StoreError' });
  });
});
