import { describe, expect, it } from 'vitest';
import { AskedRuns } from '../../../collector/registry/asked-runs.ts';
import { Fleet } from '../../../collector/registry/fleet.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import type { Health } from '../../../protocol/frame.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { helloOf } from '../../support/scripted-agent.ts';

const START = 1_700_000_000_000;
const link = () => ({ send: () => undefined });
const health = { type: 'health', pending: 5 } as Health;

describe('the fleet', () => {
  it('keeps when an agent was first seen, and its health as long as the process is the same', () => {
    const clock = manualClock(START);
    const fleet = new Fleet(clock, []);
    fleet.connected(helloOf({ agent: 'a' }), link());
    fleet.heard('a', health);
    clock.advance(1000);
    expect(fleet.connected(helloOf({ agent: 'a' }), link())).toMatchObject({
      health,
      record: { firstSeenMs: START, lastSeenMs: START + 1000 },
    });
    expect(fleet.connected(helloOf({ agent: 'a', boot: 'boot-2' }), link()).health).toBeUndefined();
  });

  it('hands out what is to be written: agents that came, went or stopped, and signs of life now and then', () => {
    const clock = manualClock(START);
    const fleet = new Fleet(clock, []);
    const dirty = () => fleet.takeDirty().map(({ id }) => id);
    const session = link();
    fleet.connected(helloOf({ agent: 'a' }), session);
    expect(dirty()).toEqual(['a']);
    for (let second = 0; second < 29; second += 1) {
      clock.advance(1000);
      fleet.heard('a');
    }
    expect(dirty()).toEqual([]);
    clock.advance(1000);
    fleet.heard('a');
    expect(dirty()).toEqual(['a']);
    fleet.disconnected('a', session);
    const taken = fleet.takeDirty();
    expect(taken).toHaveLength(1);
    fleet.putBack(taken);
    fleet.stopped('a', START);
    expect(fleet.takeDirty()).toMatchObject([{ id: 'a', stoppedAtMs: START }]);
  });

  it('ignores what it is told of agents that it does not know', () => {
    const fleet = new Fleet(manualClock(START), []);
    fleet.heard('nobody');
    fleet.stopped('nobody', START);
    fleet.disconnected('nobody', link());
    expect(fleet.all()).toEqual([]);
    expect(fleet.takeDirty()).toEqual([]);
  });

  it('refuses more agents than it has room for, and takes known ones in all the same', () => {
    const fleet = new Fleet(manualClock(START), []);
    for (let nth = 0; nth < REGISTRY_LIMITS.agents.value; nth += 1)
      fleet.connected(helloOf({ agent: `a-${nth}` }), link());
    expect(() => fleet.connected(helloOf({ agent: 'one-more' }), link())).toThrow('already knows');
    expect(fleet.connected(helloOf({ agent: 'a-7' }), link()).record.id).toBe('a-7');
  });
});

describe('asked runs', () => {
  it('are remembered for an hour, and so many at a time', () => {
    const clock = manualClock(START);
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
