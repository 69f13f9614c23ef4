import { describe, expect, it } from 'vitest';
import { regionNames, roster } from '../../../cli/simulate/roster.ts';

describe('the roster of a simulation', () => {
  it('spreads agents evenly, under ids that are unique and the same at every run', () => {
    const agents = roster('sim', 1, 1000, regionNames(30));
    expect(new Set(agents.map(({ id }) => id)).size).toBe(1000);
    const counts = new Map<string, number>();
    for (const { labels } of agents) counts.set(labels.region, (counts.get(labels.region) ?? 0) + 1);
    expect([...counts.values()].sort()).toEqual([...Array(20).fill(33), ...Array(10).fill(34)]);
    expect(roster('sim', 1, 1000, regionNames(30))).toEqual(agents);
    expect(agents[32]).toMatchObject({ id: 'sim-3-2', labels: { region: 'region-3', tags: ['sim'] } });
  });

  it('has one country and several providers and kinds of network in a region', () => {
    const inFirst = roster('sim', 1, 300, regionNames(10)).filter(
      ({ labels }) => labels.region === 'region-1',
    );
    const distinct = (key: 'country' | 'isp' | 'network') =>
      new Set(inFirst.map(({ labels }) => labels[key])).size;
    expect([distinct('country'), distinct('isp'), distinct('network')]).toEqual([1, 3, 3]);
  });

  it('shares what agents have in common', () => {
    const agents = roster('sim', 1, 900, regionNames(3));
    expect(new Set(agents.map(({ labels }) => labels)).size).toBe(9);
  });
});
