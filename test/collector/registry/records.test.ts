import { afterEach, beforeEach, expect, it } from 'vitest';
import { readExpected } from '../../../collector/registry/ledger-sql.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import type { Period } from '../../../collector/registry/period.ts';
import { writePeriods } from '../../../collector/registry/records.ts';
import type { Store } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const NOW = Date.now();

function periodOf(agent: string, more: Partial<Period> = {}): Period {
  return {
    agent,
    probe: 'p',
    target: 't',
    everyMs: 2000,
    timeoutMs: 1000,
    fingerprint: 'x',
    fromMs: NOW - 3_600_000,
    settled: false,
    revision: 1,
    collector: 'c1-1',
    version: 1,
    ...more,
  };
}

describeEngines('the rows of the registry', (engine) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await openTestStore(engine);
  });
  afterEach(() => test.close());

  it('are written in inserts of a bounded size, all of them', async () => {
    const most = REGISTRY_LIMITS.insertRows.value;
    const inserts: number[] = [];
    const store: Store = {
      ...test.store,
      insertRows: (table, rows, options) => {
        inserts.push(rows.length);
        return test.store.insertRows(table, rows, options);
      },
    };
    await writePeriods(
      store,
      Array.from({ length: most + 7 }, (_, nth) => periodOf(`agent-${nth}`)),
    );
    expect(inserts).toEqual([most, 7]);
    expect(await test.store.query('SELECT count() AS rows FROM assignments FINAL')).toEqual([
      { rows: most + 7 },
    ]);
  });

  it('of what was expected are forgotten when it has been over for long, and the ledger reaches no further', async () => {
    const keptMs = REGISTRY_LIMITS.closedAssignmentsMs.value;
    const dayMs = 86_400_000;
    const endedAgo = (agent: string, agoMs: number) =>
      periodOf(agent, { fromMs: NOW - agoMs - dayMs, untilMs: NOW - agoMs });
    await writePeriods(test.store, [
      endedAgo('long-ago', keptMs + dayMs),
      endedAgo('still-known', keptMs - dayMs),
      periodOf('runs', { fromMs: NOW - 2 * keptMs }),
    ]);
    // What tests put down stays otherwise.
    await test.store.command('SYSTEM START TTL MERGES');
    await test.store.command('OPTIMIZE TABLE assignments FINAL');
    const rows = await readExpected(test.store, { sinceMs: 0, nowMs: NOW });
    expect(rows.map(({ agent }) => agent).sort()).toEqual(['runs', 'still-known']);
  });
});
