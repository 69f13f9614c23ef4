import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import { type RegionRule, RegionRuleWatch } from './region-rules.ts';

const run = (agent: string, i: number, value: number | 'fail'): Observation => ({
  agent,
  region: 'eu',
  probe: 'edge',
  type: 'http',
  target: 'clip',
  scheduledMs: i * 1000,
  seenMs: i * 1000,
  outcome: value === 'fail' ? 'fail' : 'ok',
  disturbed: false,
  metrics: value === 'fail' ? {} : { rtt_ms: value },
});

/** Alarms by the second, after a hundred runs of 100 ms at two agents. */
function alarms(
  rule: Omit<RegionRule, 'name'>,
  a: readonly (number | 'fail')[],
  b: readonly number[] = [],
): number[] {
  const watch = new RegionRuleWatch({ name: 'rule', ...rule });
  for (let i = 0; i < 100; i += 1) for (const agent of ['a', 'b']) watch.take(run(agent, i, 100), 'rtt_ms');
  for (let i = 0; i < a.length; i += 1) {
    watch.take(run('a', 100 + i, a[i] as number | 'fail'), 'rtt_ms');
    watch.take(run('b', 100 + i, b[i] ?? 100), 'rtt_ms');
  }
  return watch.alarms.map(({ atMs }) => atMs / 1000);
}

describe('the usual rules', () => {
  it('raise at the first run over the threshold, once for a stretch of them', () => {
    expect(alarms({ k: 1, n: 1, agents: 1 }, [105, 120, 120, 100, 130])).toEqual([101, 104]);
  });

  it('wait for k of n runs, failures counting as over', () => {
    expect(alarms({ k: 3, n: 5, agents: 1 }, [120, 100, 'fail', 100, 120, 100])).toEqual([104]);
    expect(alarms({ k: 3, n: 5, agents: 1 }, [120, 100, 100, 100, 120, 120])).toEqual([]);
  });

  it('wait for as many agents as a quorum has', () => {
    const slow = [120, 120, 120, 120];
    expect(alarms({ k: 3, n: 5, agents: 2 }, slow)).toEqual([]);
    expect(alarms({ k: 3, n: 5, agents: 2 }, slow, [100, 120, 120, 120])).toEqual([103]);
  });

  it('say nothing before a threshold was learned', () => {
    const watch = new RegionRuleWatch({ name: 'rule', k: 1, n: 1, agents: 1 });
    for (let i = 0; i < 99; i += 1) watch.take(run('a', i, 1000 * i), 'rtt_ms');
    expect(watch.alarms).toEqual([]);
  });
});
