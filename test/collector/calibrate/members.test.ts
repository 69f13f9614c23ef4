/** Whole collectors on one ClickHouse server, of which the one with the lease of detection calibrates. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../collector/collector.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { collectorsOn, type Here } from '../members/collectors.ts';
import { emptied, insertRuns, MINUTE, pairRuns } from './calibrated.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`calibration by one of several${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let here: Here;
  beforeAll(async () => {
    test = await openTestStore('server');
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await emptied(test.store);
    await test.store.command('TRUNCATE TABLE collectors');
    here = collectorsOn(test.server?.url ?? '');
  });
  afterEach(() => here.close());

  const holds = ({ membership }: Collector) => membership.holdsLease('detect');
  const written = () =>
    test.store.query<{ start: string; end: string; lease: string }>(
      `SELECT toString(window_start) AS start, toString(window_end) AS end, lease FROM calibration_windows
      ORDER BY window_start`,
    );

  it('goes on at the next one without a gap, and no window is written twice', async () => {
    const fromMs = Math.floor(Date.now() / MINUTE) * MINUTE - 240 * MINUTE;
    await insertRuns(test.store, pairRuns({ fromMs, minutes: 123 }));
    const first = await here.start('c1');
    await expect.poll(() => holds(first), { timeout: 15_000 }).toBe(true);
    const second = await here.start('c2');
    await Promise.all([first, second].map(({ calibration }) => calibration.tick()));
    expect([first, second].map(({ calibration }) => calibration.counters.calibrating)).toEqual([1, 0]);
    expect(await written()).toHaveLength(24);

    await first.close();
    await expect.poll(() => holds(second), { timeout: 20_000 }).toBe(true);
    await insertRuns(test.store, pairRuns({ fromMs: fromMs + 123 * MINUTE, minutes: 100, seed: 2 }));
    await second.calibration.tick();
    expect(second.calibration.counters).toMatchObject({ calibrating: 1, ticks_failed: 0 });
    const rows = await written();
    expect(rows).toHaveLength(44);
    for (const [i, { start }] of rows.entries()) if (i > 0) expect(start).toBe(rows[i - 1]?.end);
    expect(new Set(rows.map(({ lease }) => lease)).size).toBe(2);

    // Whichever is asked tells of all of it; the judge went on with what the first had learned.
    const answer = await fetch(`${second.url}/api/v1/calibration`);
    expect(await answer.json()).toMatchObject({ data: [{ windows: 44, state: 'calibrated' }] });
  }, 60_000);
});
