import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckSlo } from '../../../collector/detect/budgets.ts';
import { type Incident, type IncidentEvent, scopeText } from '../../../collector/detect/incident.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { type HistoryRow, readBudgetHistory } from '../../../collector/incidents/budget-history.ts';
import type { LiveDetection } from '../../../collector/incidents/start-detection.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { runOf, TIMEOUT } from '../detect/observations.ts';
import { counter, detectionOver, insert, type Stage, TODAY } from './running-detection.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLO = { successRatio: 0.999, periodMs: 30 * DAY_MS };
const PROMISE: CheckSlo = { probe: 'edge', target: 'clip', slo: SLO };
const REGIONS = ['eu-west', 'us-east', 'ap-southeast'];

let test: TestStore;
let nextSeq = counter();
beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());
beforeEach(async () => {
  nextSeq = counter();
  for (const table of ['results', 'latency_1m', 'latency_1h', 'incidents', 'detector_state'])
    await test.store.command(`TRUNCATE TABLE ${table}`);
});

/** A run of two agents in each region each minute, from so long before now. */
function runsOf(
  fromMs: number,
  untilMs: number,
  isBad: (n: number, atMs: number) => boolean,
  everyMs = MINUTE_MS,
): Observation[] {
  const runs: Observation[] = [];
  let n = 0;
  for (let scheduledMs = fromMs; scheduledMs < untilMs; scheduledMs += everyMs) {
    for (const region of REGIONS) {
      for (const agent of ['a', 'b', 'c', 'd']) {
        n += 1;
        const bad = isBad(n, scheduledMs) ? TIMEOUT : {};
        runs.push(runOf(0, { agent: `${region}-${agent}`, region, scheduledMs, ...bad }));
      }
    }
  }
  return runs;
}

const ask = (sql: string) => test.store.query<HistoryRow>(sql);
const sums = (counted: readonly { runs: number; failures: number }[]) =>
  counted.reduce(
    (sum, { runs, failures }) => ({ runs: sum.runs + runs, failures: sum.failures + failures }),
    { runs: 0, failures: 0 },
  );

describe('the history of a budget', () => {
  const nowMs = TODAY - 2 * HOUR_MS + 12_345;

  it('is of three days, by the hour and lately by the minute, up to the next full minute', async () => {
    const runs = runsOf(nowMs - 4 * DAY_MS - 12_345, nowMs, (n) => n % 100 === 0, 10 * MINUTE_MS);
    await insert(
      test.store,
      runs.filter(({ scheduledMs }) => scheduledMs < TODAY - 2 * DAY_MS),
      nextSeq,
    );
    await insert(
      test.store,
      runs.filter(({ scheduledMs }) => scheduledMs >= TODAY - 2 * DAY_MS),
      nextSeq,
    );
    const { beforeMs, seenMs, counted } = await readBudgetHistory(ask, [PROMISE], nowMs, nowMs + 1);
    expect([beforeMs, seenMs]).toEqual([Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS, nowMs + 1]);
    const oldest = Math.min(...counted.map(({ atMs }) => atMs));
    expect(nowMs - oldest).toBeGreaterThan(71 * HOUR_MS);
    expect(nowMs - oldest).toBeLessThan(73 * HOUR_MS);
    const within = runs.filter(({ scheduledMs }) => scheduledMs >= oldest && scheduledMs < beforeMs);
    const failures = within.filter(({ outcome }) => outcome === 'fail').length;
    expect(sums(counted)).toEqual({ runs: within.length, failures });
    expect(new Set(counted.map(({ region }) => region))).toEqual(new Set(REGIONS));
  });

  it('of a promise of latency counts what was too slow out of the sketches, and what failed', async () => {
    const slow = { ...PROMISE, slo: { ...SLO, latency: { metric: 'ttfb_ms', underMs: 800 } } };
    const runs = Array.from({ length: 1000 }, (_, i) => {
      const more = i % 100 === 0 ? TIMEOUT : { metrics: { ttfb_ms: i < 20 ? 2000 : 100 } };
      return runOf(0, { agent: `a-${i}`, scheduledMs: nowMs - 30 * MINUTE_MS + i, ...more });
    });
    await insert(test.store, runs, nextSeq);
    const { counted } = await readBudgetHistory(ask, [slow], nowMs, nowMs);
    expect(sums(counted).runs).toBe(1000);
    expect(sums(counted).failures).toBeGreaterThanOrEqual(28);
    expect(sums(counted).failures).toBeLessThanOrEqual(30);
  });

  it('is asked for in parts where there are many checks', async () => {
    await insert(
      test.store,
      runsOf(nowMs - HOUR_MS, nowMs, () => false),
      nextSeq,
    );
    const asked: string[] = [];
    const many = Array.from({ length: 450 }, (_, i) => ({ ...PROMISE, probe: `p${i}` }));
    const { counted } = await readBudgetHistory(
      (sql) => {
        asked.push(sql);
        return ask(sql);
      },
      [...many, PROMISE],
      nowMs,
      nowMs,
    );
    expect(asked).toHaveLength(3);
    expect(sums(counted).runs).toBe(60 * 12);
  });

  it('is nothing for no checks, and nothing of others', async () => {
    expect((await readBudgetHistory(ask, [], nowMs, nowMs)).counted).toEqual([]);
    await insert(
      test.store,
      runsOf(nowMs - HOUR_MS, nowMs, () => false),
      nextSeq,
    );
    const other = { ...PROMISE, target: "it's another" };
    expect((await readBudgetHistory(ask, [other], nowMs, nowMs)).counted).toEqual([]);
  });
});

describe('a budget that burns, live', () => {
  const startMs = TODAY - 6 * HOUR_MS;
  const isBad = (n: number, atMs: number) => atMs >= startMs + 2 * HOUR_MS && n % 17 === 0;

  /** Lets so many minutes pass, with a look after each `everyMinutes` of them. */
  async function pass(
    stage: Stage,
    detection: LiveDetection,
    [from, until, everyMinutes]: readonly [number, number, number],
  ): Promise<void> {
    for (let minute = from; minute < until; minute += everyMinutes) {
      const [atMs, endMs] = [minute, minute + everyMinutes].map((one) => startMs + one * MINUTE_MS) as [
        number,
        number,
      ];
      await insert(test.store, runsOf(atMs, endMs, isBad, 20_000), nextSeq);
      stage.nowMs = endMs;
      await detection.tick();
    }
  }

  it('is opened once, also over a restart, and of a promise that is made while it burns', async () => {
    const stage: Stage = { nowMs: startMs, agents: [] };
    await insert(
      test.store,
      runsOf(startMs, startMs + 110 * MINUTE_MS, () => false),
      nextSeq,
    );
    let promises: readonly CheckSlo[] = [];
    const open = () => detectionOver(test.store, stage, { promised: () => promises });
    stage.nowMs = startMs + 110 * MINUTE_MS;
    const before = await open();
    const told: IncidentEvent[] = [];
    before.subscribe((event) => told.push(event));
    await pass(stage, before, [110, 150, 40]);
    expect(told).toEqual([]);
    promises = [PROMISE];
    await pass(stage, before, [150, 153, 1]);
    const named = ({ metric, scope, status }: Incident) => [metric, scopeText(scope), status];
    expect(before.incidents().map(named)).toEqual([['error_budget', 'target:clip', 'open']]);
    await before.close();
    const ids = before.incidents().map(({ id }) => id);
    const after = await open();
    const again: IncidentEvent[] = [];
    after.subscribe((event) => again.push(event));
    await pass(stage, after, [153, 156, 1]);
    expect(again.filter(({ kind }) => kind === 'opened')).toEqual([]);
    expect(after.incidents().map(({ id }) => id)).toEqual(ids);
    const [row] = await test.store.query<{ metric: string }>('SELECT metric FROM incidents FINAL');
    expect(row?.metric).toBe('error_budget');
    await after.close();
  });
});
