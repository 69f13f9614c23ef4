import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEngines, openTestStore, type TestStore } from '../support/stores.ts';
import { type Ask, type RollupBooks, readBooks } from './books.ts';

const MINUTE = "toDateTime64('2026-11-21 12:34:56.789', 3, 'UTC')";

/** Results of one agent by plain SQL, so that the checker is checked against nothing of our own. */
function insertSql(
  region: string,
  fromSeq: number,
  count: number,
  more: Readonly<Record<string, string>> = {},
) {
  const columns: Record<string, string> = {
    agent: `'agent-${region}'`,
    boot: "'boot-1'",
    seq: `${fromSeq} + number`,
    region: `'${region}'`,
    probe: "'home'",
    target: "'origin'",
    type: "'http'",
    scheduled_at: `${MINUTE} + INTERVAL number SECOND`,
    trigger: "'schedule'",
    outcome: "if(number % 5 = 4, 'fail', 'ok')",
    blame: "if(number % 10 = 9, 'agent', if(number % 5 = 4, 'target', ''))",
    duration_us: '1000 + number',
    metric: "['ttfb_ms', 'body_bytes']",
    value: '[toInt64(number), toInt64(2 * number)]',
    ...more,
  };
  return `INSERT INTO results (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM numbers(${count})`;
}

describeEngines('readBooks', (engine) => {
  let test: TestStore;
  let ask: Ask;

  beforeAll(async () => {
    test = await openTestStore(engine);
    ask = async (sql) => test.store.query(sql);
    for (const region of ['whole', 'extra', 'short', 'wrong'])
      await test.store.command(insertSql(region, 1, 100));
    await test.store.command(insertSql('whole', 101, 7, { trigger: "'manual'" }));
    await test.store.command(insertSql('whole', 108, 1, { outcome: "'missed'", missed_reason: "'clock'" }));
    await test.store.command(insertSql('whole', 109, 5, { disturbed: '1' }));
  });
  afterAll(() => test.close());

  const rollup = async (table: string, region: string): Promise<RollupBooks | undefined> =>
    (await readBooks(ask)).rollups.find((row) => row.table === table && row.region === region);

  it('finds nothing wrong with what a store makes of results by itself', async () => {
    const { rollups, wrongProgress, results } = await readBooks(ask);
    expect(rollups).toHaveLength(16);
    for (const row of rollups) expect(row).toMatchObject({ lost: 0, duplicates: 0, wrongCells: 0 });
    expect(rollups[0]).toMatchObject({ table: 'latency_1m', region: 'extra', expected: 300 });
    expect(wrongProgress).toEqual([]);
    expect(results.get('agent-whole')).toHaveLength(113);
  });

  it('reads every result as it was stored', async () => {
    const rows = (await readBooks(ask)).results.get('agent-whole') ?? [];
    expect(rows.find(({ seq }) => seq === 5)).toEqual({
      ...{ boot: 'boot-1', seq: 5, probe: 'home', target: 'origin', trigger: 'schedule' },
      ...{ scheduledMs: Date.UTC(2026, 10, 21, 12, 35, 0, 789), outcome: 'fail', missedReason: '' },
    });
    expect(rows.find(({ seq }) => seq === 108)).toMatchObject({ outcome: 'missed', missedReason: 'clock' });
  });

  it('finds values that a rollup counts twice, though another cell is short by as many', async () => {
    await test.store.command(
      `INSERT INTO latency_1h SELECT * FROM latency_1h WHERE region = 'extra' AND metric = 'ttfb_ms'`,
    );
    await test.store.command(
      "ALTER TABLE latency_1h DELETE WHERE region = 'extra' AND metric = 'body_bytes' SETTINGS mutations_sync = 2",
    );
    expect(await rollup('latency_1h', 'extra')).toMatchObject({ lost: 100, duplicates: 100 });
    expect(await rollup('latency_1m', 'extra')).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('finds values that a rollup lacks', async () => {
    await test.store.command(
      "ALTER TABLE latency_1m DELETE WHERE region = 'short' AND metric = 'run_ms' SETTINGS mutations_sync = 2",
    );
    expect(await rollup('latency_1m', 'short')).toMatchObject({ expected: 300, lost: 100, duplicates: 0 });
    expect(await rollup('latency_1h', 'short')).toMatchObject({ lost: 0 });
  });

  it('finds cells whose count is right and whose sum is not', async () => {
    await test.store.command(
      "ALTER TABLE latency_1m UPDATE value_sum = value_sum + 1 WHERE region = 'wrong' AND metric = 'ttfb_ms' SETTINGS mutations_sync = 2",
    );
    const wrong = await rollup('latency_1m', 'wrong');
    expect(wrong).toMatchObject({ lost: 0, duplicates: 0 });
    expect(wrong?.wrongCells).toBeGreaterThanOrEqual(1);
  });

  it('finds progress that is ahead of the results', async () => {
    await test.store.command(
      "INSERT INTO agent_progress (agent, boot, seq, results) VALUES ('agent-short', 'boot-1', 101, 1)",
    );
    expect((await readBooks(ask)).wrongProgress).toEqual([
      { agent: 'agent-short', boot: 'boot-1', seq: 101, results: 101, storedSeq: 100, stored: 100 },
    ]);
  });

  it('reads when what was expected of whom, open ends included', async () => {
    const row = { agent: 'agent-whole', probe: 'home', target: 'origin', settled: 1, every_ms: 1000 };
    const common = { ...row, timeout_ms: 1000, fingerprint: 'f', revision: 1, version: 1 };
    await test.store.insertRows('assignments', [
      { ...common, effective_from: '2026-11-21 12:00:00.000', effective_until: '2026-11-21 13:00:00.500' },
      { ...common, effective_from: '2026-11-21 14:00:00.000', effective_until: null },
    ]);
    const check = { agent: 'agent-whole', probe: 'home', target: 'origin', everyMs: 1000 };
    expect((await readBooks(ask)).periods).toEqual([
      { ...check, fromMs: Date.UTC(2026, 10, 21, 12), untilMs: Date.UTC(2026, 10, 21, 13, 0, 0, 500) },
      { ...check, fromMs: Date.UTC(2026, 10, 21, 14), untilMs: undefined },
    ]);
  });
});
