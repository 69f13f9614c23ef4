import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../agent/time.ts';
import { SimFleet } from '../../../cli/simulate/fleet.ts';
import { SIMULATE_LIMITS } from '../../../cli/simulate/limits.ts';
import { PROBE_TYPE } from '../../../cli/simulate/workload.ts';
import type { Assignment } from '../../../protocol/frame.ts';
import { ScriptedCollector } from '../../agent/scripted-collector.ts';

const AGENTS = 3;

const assignment = (): Assignment => ({
  probe: 'sim-1',
  type: PROBE_TYPE,
  target: { name: 'sim-1', url: 'https://video.sim.invalid/1', labels: {} },
  everyMs: 500,
  timeoutMs: 500,
  params: {},
  effectiveFromMs: Date.now(),
});

/** A fleet that runs one probe at a collector that acknowledges or not, as soon as every agent has sent a result. */
async function fleetAt(acks: boolean): Promise<{ fleet: SimFleet; collector: ScriptedCollector }> {
  const schedule = { type: 'schedule', revision: 1, assignments: [assignment()] } as const;
  const collector = await ScriptedCollector.start({ acks, welcome: () => ({ schedule }) });
  const fleet = new SimFleet({
    plan: {
      collectors: [collector.url],
      name: 'sim',
      agents: AGENTS,
      regions: ['region-1'],
      probes: 1,
      rampPerS: 100,
      churnPerS: 0,
      faults: [],
      seed: 1,
    },
    clock: systemClock,
    software: 'outrider/test simulate',
    sinceMs: Date.now(),
    random: Math.random,
  });
  fleet.connect();
  await Promise.all(
    Array.from({ length: AGENTS }, async (_, number) => {
      const peer = await collector.session(number);
      await peer.until(({ results }) => results.length > 0);
    }),
  );
  return { fleet, collector };
}

describe('a simulated fleet that is stopped', () => {
  it('delivers what it holds and says goodbye', async () => {
    const { fleet, collector } = await fleetAt(true);
    await fleet.stop();
    expect(fleet.tally.spooled).toBe(0);
    expect(fleet.tally.acked).toBe(collector.results.length);
    expect(collector.peers.filter(({ goodbye }) => goodbye)).toHaveLength(AGENTS);
  });

  it('does not wait past its limit for a collector that acknowledges nothing, and counts that as pending', async () => {
    const { fleet, collector } = await fleetAt(false);
    const stopMs = SIMULATE_LIMITS.stopMs.value / 100;
    const startMs = performance.now();
    await fleet.stop(stopMs);
    // Well below what the limit itself would have taken.
    expect(performance.now() - startMs).toBeLessThan(SIMULATE_LIMITS.stopMs.value / 2);
    expect(fleet.tally).toMatchObject({ acked: 0, dropped: 0 });
    expect(fleet.tally.spooled).toBe(fleet.tally.made);
    expect(fleet.tally.spooled).toBe(collector.results.length);
  });
});
