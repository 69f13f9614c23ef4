import { describe, expect, it } from 'vitest';
import { AskedRuns } from '../../../collector/registry/asked-runs.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import { manualClock } from '../../support/manual-clock.ts';

describe('asked runs', () => {
  it('are remembered for an hour, and so many at a time', () => {
    const clock = manualClock(1_700_000_000_000);
    const runs = new AskedRuns(clock);
    const add = (nth: number) =>
      runs.add({ requestId: `r-${nth}`, probe: 'p', askedMs: clock.wallMs(), agents: [], expected: 0 });
    for (let nth = 0; nth <= REGISTRY_LIMITS.askedRuns.value; nth += 1) add(nth);
    expect(runs.get('r-0')).toBeUndefined();
    expect(runs.get('r-1')).toBeDefined();
    clock.advance(REGISTRY_LIMITS.askedRunMs.value + 1);
    expect(runs.get('r-1')).toBeUndefined();
  });
});
