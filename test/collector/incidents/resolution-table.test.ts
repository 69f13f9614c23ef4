import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { writeChanges } from '../../../collector/changes/change-table.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { type SyntheticFleet, syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { readResolutions, writeResolution } from '../../../collector/incidents/resolution-table.ts';
import type { LiveDetection } from '../../../collector/incidents/start-detection.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { counter, detectionOver, insert, type Stage, TICK_MS, TODAY } from './running-detection.ts';

// Hundreds of statements of a real store: seconds, and much longer beside others.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** It goes on to the end. */
const FAULT = { kind: 'latency', value: 400, atMs: 45_000, lengthMs: 300_000, region: 'eu-west' } as const;

describeEngines('what people say is over', (engine) => {
  let test: TestStore;
  let nextSeq: () => number;
  let fleet: SyntheticFleet;
  let stage: Stage;
  let detection: LiveDetection;

  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    for (const table of ['results', 'incidents', 'resolutions', 'changes', 'detector_state'])
      await test.store.command(`TRUNCATE TABLE ${table}`);
    nextSeq = counter();
    fleet = syntheticFleet({ seed: 1, startMs: TODAY, lengthMs: 160_000, faults: [FAULT] });
    stage = { nowMs: TODAY, agents: [] };
    detection = await detectionOver(test.store, stage);
  });

  /** Seconds from the start. */
  async function pass(fromS: number, untilS: number): Promise<void> {
    for (let atMs = TODAY + fromS * 1000; atMs < TODAY + untilS * 1000; atMs += TICK_MS) {
      const due = (run: Observation) => run.seenMs >= atMs && run.seenMs < atMs + TICK_MS;
      await insert(test.store, fleet.observations.filter(due), nextSeq);
      stage.nowMs = atMs + TICK_MS;
      stage.agents = fleet.fleetAt(stage.nowMs);
      await detection.tick();
    }
  }
  const say = (incident: string) =>
    writeResolution(test.store, { incident, by: 'mara', comment: 'moved', atMs: stage.nowMs });
  const shown = () => detection.incidents().map(({ status }) => status);

  it('ends at the next look, with who said so, and opens as another incident where it still is bad', async () => {
    await pass(0, 74);
    const [open] = detection.incidents();
    expect(open?.status).toBe('open');
    await say(open?.id ?? '');
    await pass(74, 76);
    expect(shown()).toEqual(['resolved']);
    expect(detection.get(open?.id ?? '')?.evidence.timeline?.at(-1)).toMatchObject({
      ...{ what: 'resolved', text: 'by mara: moved' },
    });
    await pass(76, 130);
    expect(shown()).toEqual(['resolved', 'open']);
    await detection.close();
  });

  it('stays over where it is said that this is normal from here on', async () => {
    await pass(0, 74);
    const [open] = detection.incidents();
    await say(open?.id ?? '');
    const where = { region: 'eu-west' };
    const change = { kind: 'resolved', name: open?.id ?? '', text: '', where, relearn: true };
    await writeChanges(test.store, [{ ...change, atMs: stage.nowMs + 5000 }]);
    await pass(74, 140);
    expect(shown()).toEqual(['resolved']);
    await detection.close();
  });

  it('is remembered by incident, the last word of each', async () => {
    await say('inc-a');
    stage.nowMs += 1000;
    await writeResolution(test.store, { incident: 'inc-a', by: 'jo', comment: '', atMs: stage.nowMs });
    expect(await readResolutions(test.store, ['inc-a', 'inc-b'])).toEqual([
      { incident: 'inc-a', by: 'jo', comment: '', atMs: stage.nowMs },
    ]);
    expect(await readResolutions(test.store, [])).toEqual([]);
    await detection.close();
  });
});
