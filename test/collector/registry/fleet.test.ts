import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../collector/registry/fleet.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import { SILENT_AFTER_MS } from '../../../collector/registry/member.ts';
import type { AgentRecord } from '../../../collector/registry/records.ts';
import { type RemoteAgent, remoteAgentOf } from '../../../collector/registry/remote-agent.ts';
import type { Health } from '../../../protocol/frame.ts';
import { olderHealthOf } from '../../support/health.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { labelsOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';

const START = 1_700_000_000_000;
const link = () => ({ send: () => undefined });
const health = (more: Partial<Health> = {}) => olderHealthOf({ pending: 5, ...more });

function newFleet(records: readonly AgentRecord[] = []) {
  const clock = manualClock(START);
  let stamp = 0;
  const stamped = () => {
    stamp += 1;
    return stamp;
  };
  const fleet = new Fleet({ clock, collector: () => 'here', stamp: stamped, checks: () => 3 }, records);
  return { clock, fleet };
}

function recordOf(id: string, more: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id,
    labels: labelsOf('eu-west'),
    capabilities: { probeTypes: ['http'], browser: '' },
    software: 'outrider/test',
    boot: 'boot-1',
    firstSeenMs: START - 1000,
    lastSeenMs: START - 500,
    collector: 'there',
    ...more,
  };
}

describe('the fleet', () => {
  it('keeps when an agent was first seen, and its health as long as the process is the same', () => {
    const { clock, fleet } = newFleet();
    fleet.connected(helloOf({ agent: 'a' }), link());
    fleet.heard('a', health());
    clock.advance(1000);
    expect(fleet.connected(helloOf({ agent: 'a' }), link())).toMatchObject({
      health: health(),
      healthMs: START,
      firstSeenMs: START,
      lastSeenMs: START + 1000,
    });
    expect(fleet.connected(helloOf({ agent: 'a', boot: 'boot-2' }), link()).health).toBeUndefined();
  });

  it('shares what agents have in common', () => {
    const { fleet } = newFleet();
    const a = fleet.connected(helloOf({ agent: 'a', labels: labelsOf('eu-west') }), link());
    const b = fleet.connected(helloOf({ agent: 'b', labels: labelsOf('eu-west') }), link());
    expect(b.labels).toBe(a.labels);
    expect(b.capabilities).toBe(a.capabilities);
    expect(fleet.all()).toBe(fleet.all());
  });

  it('hands out what is to be written: agents that came, went or stopped, and signs of life now and then', () => {
    const { clock, fleet } = newFleet();
    const dirty = () => fleet.takeDirty().map(({ id }) => id);
    const session = link();
    fleet.connected(helloOf({ agent: 'a' }), session);
    expect(dirty()).toEqual(['a']);
    for (let second = 1; second < REGISTRY_LIMITS.lastSeenWriteMs.value / 1000; second += 1) {
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

  it('hands out what agents gave up, when that has changed', () => {
    const { clock, fleet } = newFleet();
    fleet.connected(helloOf({ agent: 'a' }), link());
    fleet.heard('a', health({ dropped: { spool_age: 2 } }));
    clock.advance(1000);
    fleet.heard('a', health({ dropped: { spool_age: 2, disk_full: 1 } }));
    const drops = fleet.takeDrops();
    expect(drops).toEqual([
      { agent: 'a', reason: 'spool_age', atMs: START, count: 2 },
      { agent: 'a', reason: 'disk_full', atMs: START + 1000, count: 1 },
    ]);
    fleet.putBackDrops(drops);
    expect(fleet.unwritten).toBe(3);
    expect(fleet.takeDrops()).toEqual(drops);
  });

  it('ignores what it is told of agents that it does not know', () => {
    const { fleet } = newFleet();
    fleet.heard('nobody');
    fleet.stopped('nobody', START);
    fleet.disconnected('nobody', link());
    expect(fleet.all()).toEqual([]);
    expect(fleet.takeDirty()).toEqual([]);
  });

  it('refuses more agents than it has room for, and takes known ones in all the same', () => {
    const { fleet } = newFleet();
    for (let nth = 0; nth < REGISTRY_LIMITS.agents.value; nth += 1)
      fleet.connected(helloOf({ agent: `a-${nth}` }), link());
    expect(() => fleet.connected(helloOf({ agent: 'one-more' }), link())).toThrow('already knows');
    expect(fleet.connected(helloOf({ agent: 'a-7' }), link()).id).toBe('a-7');
    fleet.recorded([recordOf('one-more')]);
    expect(fleet.get('one-more')).toBeUndefined();
  });
});

describe('an agent at another collector', () => {
  const remote = (more: Partial<RemoteAgent> = {}): RemoteAgent => ({
    id: 'a',
    heardAgoMs: 1000,
    connectedAgoMs: 60_000,
    revision: 4,
    toldAgoMs: 50_000,
    ...more,
  });
  const identity = { ...recordOf('a'), firstSeenMs: START - 90_000 } as unknown as NonNullable<
    RemoteAgent['identity']
  >;

  it('is known from its introduction on, by what the other says of it', () => {
    const { fleet } = newFleet();
    fleet.remote('there', remote(), START);
    expect(fleet.get('a')).toBeUndefined();
    fleet.remote('there', remote({ identity, health: health(), healthAgoMs: 2000 }), START);
    expect(fleet.get('a')).toMatchObject({
      state: 'connected',
      collector: 'there',
      connectedSinceMs: START - 60_000,
      heardMs: START - 1000,
      health: { pending: 5 },
      healthMs: START - 2000,
      revision: 4,
      toldMs: START - 50_000,
      assignments: 3,
    });
    expect(fleet.takeDirty()).toEqual([]);
  });

  it('is silent when the other has not heard it for three health intervals, or nobody hears the other', () => {
    const { clock, fleet } = newFleet();
    fleet.remote('there', remote({ identity, heardAgoMs: SILENT_AFTER_MS + 1 }), START);
    fleet.remote('there', remote({ heardAgoMs: 0 }), START);
    expect(fleet.get('a')?.state).toBe('connected');
    clock.advance(SILENT_AFTER_MS + 1);
    expect(fleet.get('a')?.state).toBe('silent');
    fleet.collectorGone('there');
    expect(fleet.get('a')?.connectedSinceMs).toBeUndefined();
  });

  it('is ours as soon as it connects here, whatever the other still believes', () => {
    const { clock, fleet } = newFleet();
    fleet.remote('there', remote({ identity }), START);
    clock.advance(1000);
    const session = link();
    fleet.connected(helloOf({ agent: 'a' }), session);
    fleet.remote('there', remote({ heardAgoMs: 500 }), START + 1000);
    expect(fleet.get('a')).toMatchObject({ collector: 'here', link: session });
    fleet.collectorGone('there');
    expect(fleet.get('a')?.connectedSinceMs).toBe(START + 1000);
  });

  it('is followed from one to the next by who heard it last', () => {
    const { clock, fleet } = newFleet();
    fleet.remote('there', remote({ identity }), START);
    clock.advance(5000);
    fleet.remote('elsewhere', remote({ identity, heardAgoMs: 100, connectedAgoMs: 200 }), START + 5000);
    const { connectedAgoMs: _, ...ended } = remote({ heardAgoMs: 3000 });
    fleet.remote('there', ended, START + 5000);
    expect(fleet.get('a')).toMatchObject({ collector: 'elsewhere', connectedSinceMs: START + 4800 });
  });

  it('is told on with what is new since it was last asked for', () => {
    const { clock, fleet } = newFleet();
    const member = fleet.connected(helloOf({ agent: 'a' }), link());
    clock.advance(1000);
    const first = remoteAgentOf(member, 0, clock.wallMs());
    expect(first).toMatchObject({
      id: 'a',
      heardAgoMs: 1000,
      connectedAgoMs: 1000,
      identity: { boot: 'boot-1' },
    });
    const seen = fleet.changes;
    fleet.heard('a', health());
    expect(member.changed).toBeGreaterThan(seen);
    const next = remoteAgentOf(member, seen, clock.wallMs());
    expect(next).toMatchObject({ heardAgoMs: 0, health: { pending: 5 }, healthAgoMs: 0 });
    expect(next.identity).toBeUndefined();
  });

  it('is read from the store when the other does not answer, unless it is known better', () => {
    const { fleet } = newFleet();
    const session = link();
    fleet.connected(helloOf({ agent: 'mine' }), session);
    fleet.recorded([
      recordOf('mine', { lastSeenMs: START + 9000, collector: 'there' }),
      recordOf('new', { connectedSinceMs: START - 5000, health: health(), healthMs: START - 600 }),
    ]);
    expect(fleet.get('mine')?.collector).toBe('here');
    expect(fleet.get('new')).toMatchObject({
      collector: 'there',
      connectedSinceMs: START - 5000,
      healthMs: START - 600,
    });
    fleet.recorded([recordOf('new', { lastSeenMs: START - 900, software: 'older' })]);
    expect(fleet.get('new')?.software).toBe('outrider/test');
    fleet.recorded([recordOf('new', { lastSeenMs: START + 100, stoppedAtMs: START })]);
    expect(fleet.get('new')?.state).toBe('stopped');
  });
});
