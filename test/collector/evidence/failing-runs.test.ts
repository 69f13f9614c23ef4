import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { runOf } from '../../../collector/evidence/evidence-reader.ts';
import { failingRuns } from '../../../collector/evidence/failing-runs.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { recordOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const START = Date.UTC(2026, 10, 21, 12, 0, 0);
const FAILED = {
  outcome: 'fail',
  metrics: {},
  failure: { layer: 'http', blame: 'target', code: 'status', message: '503' },
} as const;

describeEngines('the failed runs of an incident', (engine) => {
  let test: TestStore;

  beforeAll(async () => {
    test = await openTestStore(engine);
    const runs: Partial<ResultRecord>[] = Array.from({ length: 60 }, () => FAILED);
    const disturbed = { ...recordOf(0).state, disturbed: true };
    runs.push({ ...FAILED, state: disturbed }, { ...FAILED, failure: { ...FAILED.failure, blame: 'agent' } });
    const rows = runs.map((more, i) => rowOf(i + 1, { ...more, scheduledMs: START + i * 1000 }));
    await test.store.insertResults(resultBlock('c', rows));
  });
  afterAll(() => test.close());

  /** Evidence of the run of a slot, as the intake writes it. */
  async function keep(second: number, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const at = START + second * 1000;
    const { agent, boot } = rowOf(1);
    const { probe, target } = recordOf(1);
    const scheduled_at = new Date(at).toISOString();
    const run = runOf({ agent, boot, probe, target, scheduled_at, request_id: '' });
    await test.store.insertRows('evidence', [{ agent, run, probe, target, at, evidence: '{}', ...more }]);
  }
  const incident = {
    scope: { kind: 'region', region: 'eu-west' },
    ...{ probe: null, target: null, startedMs: START, resolvedMs: null },
  } as unknown as Incident;
  const read = async () =>
    (await failingRuns(test.store, incident, START + 100_000)).map(({ scheduled_at, has_evidence }) => [
      (Date.parse(scheduled_at) - START) / 1000,
      has_evidence,
    ]);

  it('are the newest ones, without those that agents disturbed or did to themselves', async () => {
    expect(await read()).toEqual(Array.from({ length: 10 }, (_, i) => [59 - i, false]));
  });

  it('have some among them that can show what they saw, however many failed since', async () => {
    for (const second of [3, 20, 21]) await keep(second);
    // Of another run at the same slot, and of one that lies before.
    await keep(30, { run: 'another' });
    await keep(-60);
    const seconds = [59, 58, 57, 56, 55, 54, 53].map((second) => [second, false]);
    expect(await read()).toEqual([...seconds, [21, true], [20, true], [3, true]]);
  });

  it('are for the most part those that can, and still the newest', async () => {
    for (let second = 30; second < 45; second += 1) await keep(second);
    const shown = await read();
    expect(shown.filter(([, has]) => has).map(([second]) => second)).toEqual([44, 43, 42, 41, 40, 39]);
    expect(shown.slice(0, 4)).toEqual([59, 58, 57, 56].map((second) => [second, false]));
  });
});
