import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLICATION_LIMITS } from '../../../collector/publish/limits.ts';
import { readWatchRows } from '../../../collector/publish/watch-rows.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

let test: TestStore;
const askedMs = Date.now();
beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test.close());

let block = 0;
async function insert(agent: string, more: Partial<ResultRecord>, ingestedMs = askedMs): Promise<void> {
  block += 1;
  const record = { scheduledMs: askedMs, trigger: 'publish', requestId: 'u1', metrics: {}, ...more } as const;
  const row = rowOf(block, record, { agent });
  await test.store.insertResults(resultBlock('c', [row], block), { ingestedMs });
}
const read = async (run: string) =>
  (await readWatchRows(test.store, [run], askedMs)).toSorted((a, b) => a.agent.localeCompare(b.agent));

describe('what watchers reported', () => {
  it('is when they saw it, and how exactly, or why they did not', async () => {
    const blamed = (blame: 'agent' | 'target') => ({
      outcome: 'fail' as const,
      failure: { layer: 'processing', blame, code: 'timeout', message: 'status 404' } as const,
    });
    await insert('a', { metrics: { publish_visible_ms: 1200.125, publish_poll_ms: 510 } });
    await insert('b', { metrics: { publish_visible_ms: -0.5 } });
    await insert('c', { ...blamed('target'), metrics: { publish_poll_ms: 500 } });
    await insert('d', blamed('agent'));
    await insert('e', { outcome: 'missed', missedReason: 'overrun' });
    expect(await read('u1')).toEqual([
      { run: 'u1', agent: 'a', visibleMs: 1200.125, pollMs: 510, missed: 'ok' },
      { run: 'u1', agent: 'b', visibleMs: -0.5, missed: 'ok' },
      { run: 'u1', agent: 'c', pollMs: 500, missed: 'status 404' },
      { run: 'u1', agent: 'd', missed: 'lost' },
      { run: 'u1', agent: 'e', missed: 'overrun' },
    ]);
  });

  it('is of the runs that are asked for, and of those that watched', async () => {
    await insert('a', { requestId: 'u2' });
    await insert('b', { requestId: 'u2', trigger: 'manual' });
    expect((await read('u2')).map(({ agent }) => agent)).toEqual(['a']);
    expect(await read('nobody')).toEqual([]);
  });

  it('is found though another collector stamped it early, up to the limit', async () => {
    const { value } = PUBLICATION_LIMITS.overlapMs;
    await insert('within', { requestId: 'u3' }, askedMs - value + 1);
    await insert('beyond', { requestId: 'u3' }, askedMs - value - 1);
    expect((await read('u3')).map(({ agent }) => agent)).toEqual(['within']);
  });
});
