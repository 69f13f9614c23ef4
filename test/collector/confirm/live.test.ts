import { afterEach, beforeEach, expect, it } from 'vitest';
import { Confirmer } from '../../../collector/confirm/confirmer.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { syntheticFleet } from '../../../collector/detect/synthetic.ts';
import type { LiveDetection } from '../../../collector/incidents/start-detection.ts';
import { type LinkServer, REAL_CLOCK, startLinkServer } from '../../support/link-server.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import {
  counter,
  detectionOver,
  insert,
  type Stage,
  TICK_MS,
  TODAY,
} from '../incidents/running-detection.ts';

const EDGE = {
  ...{ probe: 'edge', type: 'http', target: 'clip', everyMs: 2000, timeoutMs: 2000 },
  ...{ metric: 'ttfb_ms', baseMs: 8, turns: 1 },
};
const FAULT = { kind: 'latency', value: 400, atMs: 45_000, lengthMs: 1e9, region: 'eu-west' } as const;

let test: TestStore;
let server: LinkServer;
let confirmer: Confirmer;
let detection: LiveDetection | undefined;
const agents: ScriptedAgent[] = [];

beforeEach(async () => {
  test = await openTestStore('embedded');
  server = await startLinkServer(test.store);
  confirmer = new Confirmer({
    ...{ store: test.store, registry: server.registry, clock: REAL_CLOCK, log: SILENT_LOG },
  });
  await server.registry.apply({
    version: 1,
    targets: [{ name: 'clip', url: 'http://video.example/' }],
    probes: [{ name: 'edge', type: 'http', targets: ['clip'], every: '2s', timeout: '2s' }],
  });
});
afterEach(async () => {
  await detection?.close();
  await confirmer.close();
  for (const agent of agents.splice(0)) agent.socket.terminate();
  await server.close();
  await test.close();
});

/** Joins, and answers every request at once: in Europe as slow as the fault makes it. */
async function join(id: string): Promise<void> {
  const region = id.replace(/-\d+$/, '');
  const { agent } = await ScriptedAgent.join(server.url, { agent: id, labels: labelsOf(region) });
  agents.push(agent);
  let seq = 0;
  const serve = async (): Promise<void> => {
    const { assignment, requestId, trigger } = await agent.next('run_now');
    seq += 1;
    const { probe, type, target } = assignment;
    const metrics = { ttfb_ms: region === 'eu-west' ? 410 : 9 };
    agent.results('boot-1', [
      recordOf(seq, {
        ...{ probe, type, target: target.name, scheduledMs: Date.now(), trigger, requestId, metrics },
      }),
    ]);
    return serve();
  };
  serve().catch(() => undefined);
}

it('a region that becomes slow is looked at again before the alarm, and the incident has what was found', async () => {
  const fleet = syntheticFleet({
    ...{ seed: 1, startMs: TODAY, lengthMs: 90_000, agentsPerRegion: 3, checks: [EDGE], faults: [FAULT] },
    regions: ['eu-west', 'us-east'],
  });
  for (const { id } of fleet.agents) await join(id);
  const stage: Stage = { nowMs: TODAY, agents: [] };
  detection = await detectionOver(test.store, stage, { confirmer });
  const nextSeq = counter(1000);
  let openAtRound = 0;
  for (let atMs = TODAY; atMs < TODAY + 90_000; atMs += TICK_MS) {
    const due = (run: Observation) => run.seenMs >= atMs && run.seenMs < atMs + TICK_MS;
    await insert(test.store, fleet.observations.filter(due), nextSeq);
    stage.nowMs = atMs + TICK_MS;
    stage.agents = fleet.fleetAt(stage.nowMs);
    const rounds = confirmer.counters.rounds + confirmer.size;
    await detection.tick();
    // The stage's time flies; agents answer in real time.
    await expect.poll(() => confirmer.size, { timeout: 10_000, interval: 20 }).toBe(0);
    if (detection.incidents().length > 0 && openAtRound === 0) openAtRound = rounds;
  }
  const [incident] = detection.incidents();
  expect(incident).toMatchObject({ status: 'open', scope: { kind: 'region', region: 'eu-west' } });
  // Somebody was asked before the alarm.
  expect(openAtRound).toBeGreaterThan(0);
  const { confirmations = [] } = incident?.evidence ?? {};
  expect(confirmations).toHaveLength(1);
  expect(confirmations[0]).toMatchObject({
    probe: 'edge',
    target: 'clip',
    metric: 'ttfb_ms',
    verdict: 'region',
  });
  const { siblings, neighbours } = CONFIRM_LIMITS;
  expect(confirmations[0]?.answers.map(({ role, raised }) => [role, raised])).toEqual([
    ['same', true],
    ...Array.from({ length: siblings.value }, () => ['sibling', true]),
    ...Array.from({ length: neighbours.value }, () => ['neighbour', false]),
  ]);
  // As it was written: another collector, or this one after a restart, shows the same.
  const again = await detectionOver(test.store, stage);
  expect(again.get(incident?.id ?? '')?.evidence.confirmations).toEqual(confirmations);
  await again.close();
}, 60_000);
