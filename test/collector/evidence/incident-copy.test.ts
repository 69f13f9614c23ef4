import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { runOf } from '../../../collector/evidence/evidence-reader.ts';
import { IncidentCopies } from '../../../collector/evidence/incident-copy.ts';
import { IncidentKeeper } from '../../../collector/evidence/keep-incidents.ts';
import { INCIDENT_COPY_LIMITS } from '../../../collector/evidence/limits.ts';
import { readRun } from '../../../collector/evidence/run-reader.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { METRICS } from '../../../probes/metrics.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { recordOf, rowOf } from '../../support/records.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../api/running-api.ts';

const START = Date.UTC(2026, 10, 21, 12, 0, 0);
const DAY = 86_400_000;
const FAILED = {
  outcome: 'fail',
  metrics: {},
  failure: { layer: 'http', blame: 'target', code: 'status', message: '503' },
} as const;

describeEngines('what an incident keeps', (engine) => {
  let test: TestStore;
  let nowMs: number;
  let incidents: Incident[];
  let lease: string | undefined;

  beforeEach(async () => {
    test = await openTestStore(engine);
    nowMs = START + 120_000;
    lease = 'detect/1';
    incidents = [open()];
    // A hundred seconds that are well, then as many at ten times that; each fifth fails.
    const runs: Partial<ResultRecord>[] = Array.from({ length: 200 }, (_, i) => ({
      ...(i >= 100 && i % 5 === 0
        ? FAILED
        : { metrics: { ttfb_ms: i < 100 ? 20 + (i % 10) : 200 + i, dns_ms: 3, body_bytes: 500 } }),
      scheduledMs: START + (i - 100) * 1000,
    }));
    const rows = runs.map((more, i) => rowOf(i + 1, more));
    await test.store.insertResults(resultBlock('c', rows));
  });
  afterEach(() => test.close());

  const open = (more: Partial<Incident> = {}): Incident =>
    incidentOf({
      ...{ id: 'inc-1', startedMs: START, detectedMs: START + 11_000 },
      evidence: {
        ...incidentOf().evidence,
        cells: [
          {
            ...{ region: 'eu-west', probe: 'front-page', target: 'origin', metric: 'ttfb_ms' },
            ...{ evidence: 1e6, share: 1, agents: 3 },
          },
        ],
      },
      ...more,
    });
  const over = () => open({ status: 'resolved', resolvedMs: START + 100_000 });
  const keeper = () =>
    new IncidentKeeper({
      store: test.store,
      detection: { incidents: () => incidents },
      turn: { lease: () => lease, storeOffsetMs: 0 },
      clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
      log: SILENT_LOG,
      lookMs: 0,
    });
  const facts = (incident: Incident) => new IncidentCopies(test.store).facts(incident, nowMs);
  const expire = async () => {
    for (const table of ['results', 'evidence']) await test.store.command(`TRUNCATE TABLE ${table}`);
  };

  it('is how every metric was before and since, what it is about first, and which runs failed and were slowest', async () => {
    const { quantiles, runs, slow_runs } = await facts(over());
    expect(quantiles.map(({ metric }) => metric)).toEqual(['ttfb_ms', 'failure_ratio', 'dns_ms']);
    expect(quantiles[0]).toMatchObject({
      ...{ probe: 'front-page', target: 'origin', unit: 'ms', tail_quantile: 0.95 },
      before: { p50: expect.closeTo(24.5, 0), tail: expect.closeTo(29, 0), count: 90 },
      after: { p50: expect.closeTo(350, -1), count: 80 },
    });
    expect(quantiles[1]).toMatchObject({ before: { p50: 0, count: 90 }, after: { p50: 0.2, count: 100 } });
    expect(runs).toHaveLength(10);
    expect(slow_runs.map(({ value }) => value)).toEqual([399, 398, 397, 396, 394, 393]);
  });

  it('is there when the results and what failed runs saw are past their time, and so is each of those runs', async () => {
    const { agent, boot } = rowOf(1);
    const { probe, target } = recordOf(1);
    const at = START + 95_000;
    const run = runOf({
      agent,
      boot,
      probe,
      target,
      scheduled_at: new Date(at).toISOString(),
      request_id: '',
    });
    await test.store.insertRows('evidence', [
      { agent, run, probe, target, at, evidence: '{"phases":[{"name":"dns"}]}' },
    ]);
    incidents = [over()];
    const before = await facts(over());
    await keeper().look();
    await expire();
    expect(await facts(over())).toEqual(before);
    const shown = before.runs.find(({ has_evidence }) => has_evidence);
    expect(await readRun(test.store, shown?.run_id ?? '')).toMatchObject({
      ...{ outcome: 'fail', code: 'status', evidence: { phases: [{ name: 'dns' }] } },
    });
    expect(await readRun(test.store, before.slow_runs[0]?.run_id ?? '')).toMatchObject({
      metrics: { ttfb_ms: 399 },
      evidence: null,
    });
    expect(await readRun(test.store, `${agent}/${boot}/1`)).toBeUndefined();
  });

  it('is taken a while after the opening, each day, and at the end; by whoever detects alone', async () => {
    const copies = new IncidentCopies(test.store);
    const isDue = async (incident: Incident) => (await copies.due([incident], nowMs)).length === 1;
    expect(await isDue(open({ detectedMs: nowMs - 59_000 }))).toBe(false);
    lease = undefined;
    await keeper().look();
    expect(await isDue(open())).toBe(true);
    lease = 'detect/1';
    await keeper().look();
    expect(await isDue(open())).toBe(false);
    nowMs += DAY;
    expect(await isDue(open())).toBe(true);
    expect(await isDue(over())).toBe(true);
    incidents = [over()];
    await keeper().look();
    nowMs += 7 * DAY;
    expect([await isDue(over()), await isDue(open())]).toEqual([false, false]);
  });

  it('goes on with what an earlier copy had, while it is open and longer than results are kept', async () => {
    await keeper().look();
    const before = await facts(open());
    await expire();
    nowMs += 40 * DAY;
    const { quantiles, runs, slow_runs } = await facts(open());
    expect(quantiles.map(({ before: was, metric }) => [metric, was?.count])).toEqual(
      before.quantiles.map(({ before: was, metric }) => [metric, was?.count]),
    );
    expect([runs.length, slow_runs.length]).toEqual([before.runs.length, before.slow_runs.length]);
  });

  it('is of as many incidents a look as the store bears, and of the others at the next', async () => {
    const most = INCIDENT_COPY_LIMITS.copiesPerLook.value;
    const elsewhere = { scope: { kind: 'region', region: 'nowhere' }, metric: 'silence' } as const;
    incidents = Array.from({ length: most + 1 }, (_, i) => ({ ...over(), ...elsewhere, id: `inc-${i}` }));
    const kept = async () =>
      (await test.store.query<{ n: number }>('SELECT uniq(incident) AS n FROM incident_copies'))[0]?.n;
    await keeper().look();
    expect(await kept()).toBe(most);
    await keeper().look();
    expect(await kept()).toBe(most + 1);
  }, 60_000);

  it('is no more than people read, however many metrics changed and runs failed', async () => {
    const names = Object.entries(METRICS).flatMap(([name, { better }]) =>
      better === 'neither' ? [] : [name],
    );
    const metrics = Object.fromEntries(names.slice(0, 60).map((name) => [name, 5]));
    const { metrics: rows, runs: mostRuns } = INCIDENT_COPY_LIMITS;
    expect(Object.keys(metrics).length).toBeGreaterThan(rows.value);
    const more = rowOf(900, { metrics, scheduledMs: START + 20_500 });
    await test.store.insertResults(resultBlock('d', [more]));
    const first = await facts(open());
    expect(first.quantiles).toHaveLength(rows.value);
    await keeper().look();
    const later = Array.from({ length: 20 }, (_, i) =>
      rowOf(1000 + i, { ...FAILED, scheduledMs: START + 110_000 + i }),
    );
    await test.store.insertResults(resultBlock('e', later));
    const { runs, slow_runs } = await facts(open());
    expect(runs.length + slow_runs.length).toBeLessThanOrEqual(mostRuns.value);
    expect(runs.length).toBe(mostRuns.value / 2);
  });
});
