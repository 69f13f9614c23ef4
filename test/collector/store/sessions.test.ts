import { afterAll, beforeAll, expect, it } from 'vitest';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { sessionIdOf } from '../../../protocol/session-id.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

describeEngines('the session of a run', (engine) => {
  let test: TestStore;
  const nowMs = Date.now();
  const marked = { attributes: { cmcd: 'header', pop: 'fra1' } };
  const rows = [
    rowOf(1, { ...marked, scheduledMs: nowMs }),
    rowOf(2, { ...marked, scheduledMs: nowMs + 1, trigger: 'manual', requestId: 'req-1' }),
    rowOf(3, { ...marked, scheduledMs: nowMs, probe: 'größer \\ "als"', target: 'ein Ziel' }),
    rowOf(4, { scheduledMs: nowMs + 2 }),
  ];

  beforeAll(async () => {
    test = await openTestStore(engine);
    await test.store.insertResults(resultBlock('sessions', rows));
  });
  afterAll(() => test?.close());

  it('is in the view what the agent sent to the servers', async () => {
    const told = await test.store.query<{ cmcd_sid: string | null }>(
      'SELECT cmcd_sid FROM runs ORDER BY seq',
    );
    const sent = rows.map(({ record, boot }) => sessionIdOf({ ...record, boot }));
    expect(told.slice(0, 3).map(({ cmcd_sid }) => cmcd_sid)).toEqual(sent.slice(0, 3));
  });

  it('is absent where its requests did not carry one', async () => {
    const [bare] = await test.store.query('SELECT cmcd_sid FROM runs WHERE seq = 4');
    expect(bare).toEqual({ cmcd_sid: null });
  });

  it('finds the one run of a line of a log', async () => {
    const sid = sessionIdOf({ ...rows[1]?.record, boot: rows[1]?.boot } as Parameters<typeof sessionIdOf>[0]);
    const found = await test.store.query('SELECT seq FROM runs WHERE cmcd_sid = {sid:String}', { sid });
    expect(found).toEqual([{ seq: 2 }]);
  });
});
