import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const nowMs = Date.now();

const watching = (seq: number, agent: string, region: string, more: Partial<ResultRecord>): ResultRow =>
  rowOf(
    seq,
    {
      ...{ probe: 'post', type: 'publish', target: 'clip', scheduledMs: nowMs + seq, trigger: 'publish' },
      ...{ requestId: 'u1', attributes: { publish_run: 'u1' }, metrics: {} },
      ...more,
    },
    { agent, labels: labelsOf(region) },
  );
const givenUp = (seq: number, region: string, watcher: string): ResultRow =>
  watching(seq, 'collector:c1', region, {
    ...{ outcome: 'missed', missedReason: 'agent_down' },
    attributes: { publish_run: 'u1', ...(watcher && { watcher }) },
  });
const seen = (visible: number) => ({ metrics: { publish_visible_ms: visible, publish_poll_ms: 500 } });

describeEngines('what is published', (engine) => {
  let test: TestStore;

  beforeAll(async () => {
    test = await openTestStore(engine);
    const rows = [
      watching(1, 'eu-1', 'eu-west', {
        trigger: 'schedule',
        requestId: '',
        metrics: { publish_playable_ms: 1200.5 },
      }),
      watching(2, 'us-1', 'us-east', seen(2000)),
      givenUp(3, 'ap-south', 'ap-1'),
      watching(4, 'ap-1', 'ap-south', seen(9000)),
      givenUp(5, 'mars', ''),
      watching(6, 'sa-1', 'sa-east', {
        outcome: 'fail',
        failure: { layer: 'processing', blame: 'target', code: 'timeout', message: 'never came' },
      }),
      watching(7, 'eu-1', 'eu-west', { attributes: {}, trigger: 'manual', metrics: {} }),
      watching(9, 'us-2', 'us-east', seen(2500)),
      // What an agent was asked for and could not run.
      watching(8, 'af-1', 'af-south', { outcome: 'missed', missedReason: 'shed', attributes: {} }),
    ];
    await test.store.insertResults(resultBlock('c1', rows));
  });
  afterAll(() => test?.close());

  it('is a row an agent: what it saw, or that the collector gave it up', async () => {
    const rows = await test.store.query(
      `SELECT role, region, agent, probe, target, outcome, visible_ms, poll_ms, missed_reason, message
       FROM publish_visibility WHERE publish_run = 'u1' ORDER BY role, region, agent`,
    );
    const about = { probe: 'post', target: 'clip', missed_reason: '', message: '', poll_ms: 500 };
    const unseen = { ...about, visible_ms: null, poll_ms: null };
    expect(rows).toEqual([
      {
        ...about,
        role: 'uploader',
        region: 'eu-west',
        agent: 'eu-1',
        outcome: 'ok',
        visible_ms: 1200.5,
        poll_ms: null,
      },
      {
        ...unseen,
        role: 'watcher',
        region: 'af-south',
        agent: 'af-1',
        outcome: 'missed',
        missed_reason: 'shed',
      },
      { ...about, role: 'watcher', region: 'ap-south', agent: 'ap-1', outcome: 'ok', visible_ms: 9000 },
      {
        ...unseen,
        role: 'watcher',
        region: 'mars',
        agent: '',
        outcome: 'missed',
        missed_reason: 'agent_down',
      },
      {
        ...unseen,
        role: 'watcher',
        region: 'sa-east',
        agent: 'sa-1',
        outcome: 'fail',
        message: 'never came',
      },
      { ...about, role: 'watcher', region: 'us-east', agent: 'us-1', outcome: 'ok', visible_ms: 2000 },
      { ...about, role: 'watcher', region: 'us-east', agent: 'us-2', outcome: 'ok', visible_ms: 2500 },
    ]);
  });

  it('is in the view of runs under its trigger, and in no rollup', async () => {
    expect(
      await test.store.query("SELECT agent FROM runs WHERE trigger = 'publish' ORDER BY agent, region"),
    ).toHaveLength(7);
    expect(
      await test.store.query("SELECT sum(count) AS count FROM latency_1m WHERE metric = 'run_ms'"),
    ).toEqual([{ count: 1 }]);
  });
});
