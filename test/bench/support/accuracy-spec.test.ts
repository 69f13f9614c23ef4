import { describe, expect, it } from 'vitest';
import { checksAt, specOf } from './accuracy-spec.ts';

const urlOf = (kind: string, index: number) => `http://t${index}.test:80/${kind}`;

describe('the checks of the benchmark of accuracy', () => {
  it.each([1, 20, 100, 200])('come to %i runs a second, of every kind', (perSecond) => {
    const checks = checksAt(perSecond);
    const rate = checks.reduce((sum, { everyMs }) => sum + 1000 / everyMs, 0);
    expect(rate).toBeCloseTo(perSecond, 6);
    expect(new Set(checks.map(({ kind }) => kind)).size).toBe(4);
    expect(checks.filter(({ kind }) => kind.startsWith('https')).length / checks.length).toBeCloseTo(0.4);
  });

  it('are slow where that is asked for', () => {
    expect(checksAt(20, 10).filter(({ isSlow }) => isSlow)).toHaveLength(2);
    expect(checksAt(20).filter(({ isSlow }) => isSlow)).toEqual([]);
  });

  it('make a specification with at most a hundred targets a probe', () => {
    const { probes, targets } = specOf(checksAt(300, 10), 'agent-1', urlOf);
    expect(targets).toHaveLength(300);
    expect(targets[0]?.url).toContain('?wait=2500');
    expect(Math.max(...probes.map((probe) => probe.targets.length))).toBeLessThanOrEqual(100);
    expect(probes.flatMap((probe) => probe.targets)).toHaveLength(300);
    expect(new Set(probes.map(({ name }) => name)).size).toBe(probes.length);
  });
});
