import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAnswers } from '../../../collector/confirm/answer-rows.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const ASKED_MS = Math.floor(Date.now() / 1000) * 1000;
const { overlapMs } = CONFIRM_LIMITS;

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());

let seq = 0;
async function store(ingestedMs: number, more: Partial<ResultRecord>): Promise<void> {
  seq += 1;
  const record = { scheduledMs: ASKED_MS, trigger: 'confirm', requestId: 'r1', ...more } as const;
  await test.store.insertResults(resultBlock(`c-${seq}`, [rowOf(seq, record)]), { ingestedMs });
}

it('answers are the results of these requests, of their trigger, stamped by clocks that differ a little', async () => {
  await store(ASKED_MS + 900, { metrics: { ttfb_ms: 21.5 } });
  await store(ASKED_MS - overlapMs.value, { outcome: 'missed', missedReason: 'shed', metrics: {} });
  await store(ASKED_MS - overlapMs.value - 1000, {});
  await store(ASKED_MS + 900, { requestId: 'r2' });
  await store(ASKED_MS + 900, { trigger: 'manual' });
  const rows = await readAnswers(test.store, ['r1', 'r9'], ASKED_MS);
  const none = { blame: '', disturbed: false };
  expect(rows).toEqual([
    {
      ...{ requestId: 'r1', agent: 'eu-west-1' },
      run: { ...none, outcome: 'missed', code: 'shed', metrics: {}, runId: 'eu-west-1/boot-1/2' },
    },
    {
      ...{ requestId: 'r1', agent: 'eu-west-1' },
      run: { ...none, outcome: 'ok', code: '', metrics: { ttfb_ms: 21.5 }, runId: 'eu-west-1/boot-1/1' },
    },
  ]);
});
