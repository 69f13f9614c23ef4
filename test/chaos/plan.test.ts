import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, faultText, type Shape } from './fault.ts';
import { planChaos } from './plan.ts';

const EMBEDDED: Shape = { engine: 'embedded', agents: 4, collectors: 1 };
const SERVER: Shape = { engine: 'server', agents: 4, collectors: 2 };
const MINUTE = 60_000;

function killsIn(shape: Shape, minutes: number, seed: number): number {
  return planChaos(seed, shape, minutes * MINUTE).filter(({ kind }) => kind === 'kill').length;
}

describe('planChaos', () => {
  it('makes the same plan of the same seed, and another of another', () => {
    expect(planChaos(7, SERVER, 5 * MINUTE)).toEqual(planChaos(7, SERVER, 5 * MINUTE));
    expect(planChaos(7, SERVER, 5 * MINUTE)).not.toEqual(planChaos(8, SERVER, 5 * MINUTE));
  });

  it('kills at least ten times a minute on either engine', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(killsIn(EMBEDDED, 5, seed)).toBeGreaterThanOrEqual(50);
      expect(killsIn(SERVER, 5, seed)).toBeGreaterThanOrEqual(50);
    }
  });

  it('has every kind of fault in a long run on a server', () => {
    const kinds = new Set(planChaos(1, SERVER, 5 * MINUTE).map(({ kind }) => kind));
    expect([...FAULT_KINDS].filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('has no fault of a store on the way, and no drain, where the one collector embeds the engine', () => {
    const plan = planChaos(1, EMBEDDED, 20 * MINUTE);
    expect(plan.length).toBeGreaterThan(200);
    for (const { kind, victim } of plan) {
      expect(kind).not.toMatch(/^store-|drain/);
      expect(victim).toMatch(/^(agent-[1-4]|collector-1)$/);
    }
  });

  it('kills agents, every collector and the server', () => {
    const killed = new Set(
      planChaos(1, SERVER, 5 * MINUTE).flatMap(({ kind, victim }) => (kind === 'kill' ? [victim] : [])),
    );
    expect([...killed].sort()).toEqual([
      ...['agent-1', 'agent-2', 'agent-3', 'agent-4', 'clickhouse', 'collector-1', 'collector-2'],
    ]);
  });

  it('lets a collector stand still for longer than the others wait for it', () => {
    const longest = Math.max(
      ...planChaos(1, SERVER, 5 * MINUTE).flatMap(({ kind, victim, lengthMs }) =>
        kind === 'pause' && victim.startsWith('collector') ? [lengthMs] : [],
      ),
    );
    expect(longest).toBeGreaterThan(11_000);
  });

  it('does nothing to a process that is away or stands still', () => {
    for (const shape of [EMBEDDED, SERVER]) {
      const byVictim = new Map<string, { startMs: number; lengthMs: number }[]>();
      let pairs = 0;
      for (const fault of planChaos(3, shape, 5 * MINUTE)) {
        if (!['kill', 'pause', 'restart', 'drain'].includes(fault.kind)) continue;
        const earlier = byVictim.get(fault.victim) ?? [];
        for (const { startMs, lengthMs } of earlier)
          expect(fault.startMs).toBeGreaterThan(startMs + lengthMs);
        pairs += earlier.length;
        byVictim.set(fault.victim, [...earlier, fault]);
      }
      expect(pairs).toBeGreaterThan(100);
    }
  });

  it('ends every fault soon after its time', () => {
    const plan = planChaos(5, SERVER, MINUTE);
    expect(plan.length).toBeGreaterThan(10);
    for (const { startMs, lengthMs } of plan) {
      expect(startMs).toBeLessThanOrEqual(MINUTE);
      expect(startMs + lengthMs).toBeLessThanOrEqual(MINUTE + 1000);
    }
  });

  it('sets clocks back and forth by half a second to an hour, the far ones of one agent only', () => {
    const steps = planChaos(2, SERVER, 60 * MINUTE).filter(({ kind }) => kind === 'clock-step');
    const sizes = steps.map(({ size }) => Math.abs(size));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...sizes)).toBeGreaterThan(600_000);
    expect(Math.max(...sizes)).toBeLessThan(3_600_000);
    expect(steps.some(({ size }) => size < 0) && steps.some(({ size }) => size > 0)).toBe(true);
    for (const { size, victim } of steps) if (Math.abs(size) > 20_000) expect(victim).toBe('agent-4');
  });

  it('can be written down, a line a fault', () => {
    expect(
      faultText({ kind: 'clock-step', victim: 'agent-4', startMs: 12_340, lengthMs: 5000, size: -700 }),
    ).toBe('  12.3s  +5.0s  clock-step agent-4 (-700)');
    expect(
      faultText({ kind: 'half-open', victim: 'agent-1', startMs: 0, lengthMs: 900, size: 0, way: 'up' }),
    ).toBe('   0.0s  +0.9s  half-open agent-1 (up)');
  });
});
