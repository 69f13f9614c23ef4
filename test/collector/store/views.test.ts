import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUESTIONS } from '../../../collector/store/questions.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { VIEWS } from '../../../collector/store/views.ts';
import { viewsPage } from '../../../collector/store/views-page.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;
const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;

describe('VIEWS.md', () => {
  it('is what the views and the questions say', async () => {
    const page = join(import.meta.dirname, '../../../collector/store/VIEWS.md');
    await expect(viewsPage(VIEWS, QUESTIONS)).toMatchFileSnapshot(page);
  });
});

describeEngines('the views for people', (engine) => {
  let held: TestStore;
  beforeAll(async () => {
    held = await openTestStore(engine);
    const now = Date.now();
    const rows = ['eu-west', 'us-east'].flatMap((region) =>
      [now - MINUTE_MS, now - 2 * MINUTE_MS, now - WEEK_MS - MINUTE_MS].flatMap((scheduledMs, nth) =>
        [
          {},
          { outcome: 'fail', failure, metrics: {} },
          { outcome: 'missed', missedReason: 'overrun', metrics: {} },
        ].map(
          (more, i) =>
            [
              scheduledMs,
              rowOf(
                nth * 3 + i + 1,
                { scheduledMs, ...(more as object) },
                { agent: `${region}-1`, boot: region, labels: labelsOf(region) },
              ),
            ] as const,
        ),
      ),
    );
    // A block is of one day.
    for (const [day, ofDay] of Map.groupBy(rows, ([ms]) => Math.floor(ms / 86_400_000)))
      await held.store.insertResults(
        resultBlock(
          `day-${day}`,
          ofDay.map(([, row]) => row),
        ),
      );
  });
  afterAll(() => held?.close());

  const ask = (sql: string) => held.store.queryReadonly(sql, { limitRows: 100, timeoutMs: 20_000 });

  it.each(VIEWS.map(({ columns, name }) => [name, columns] as const))(
    '%s has the columns that are described, in their order',
    async (name, columns) => {
      const { rows } = await ask(`DESCRIBE TABLE ${name}`);
      expect(rows.map(([column]) => column)).toEqual(Object.keys(columns));
    },
  );

  it('are all described', async () => {
    const { rows } = await ask(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'",
    );
    expect(rows.flat().toSorted()).toEqual(VIEWS.map(({ name }) => name).toSorted());
  });

  it('answer ten questions', () => {
    expect(QUESTIONS).toHaveLength(10);
  });

  it.each(QUESTIONS.map(({ question, sql }) => [question, sql]))('answer: %s', async (_question, sql) => {
    const { columns, rows } = await ask(sql);
    expect(rows.length).toBeGreaterThan(0);
    expect(columns.length).toBeGreaterThan(2);
  });
});
