import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Attendance, isThere } from '../../../collector/registry/attendance.ts';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import { choosePlaces, samePlaces } from '../../../collector/registry/placements.ts';
import { probeSchema } from '../../../probes/spec.ts';
import type { RunNow, Schedule } from '../../../protocol/frame.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { labelsOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const AWAY_MS = REGISTRY_LIMITS.rebalanceAfterMs.value;

describe('places', () => {
  const candidate = (id: string, probeTypes = ['http']) => ({
    id,
    labels: labelsOf('eu-west'),
    capabilities: { probeTypes, browser: '' },
  });
  const probe = (more: Record<string, unknown>) =>
    probeSchema.parse({ name: 'front', type: 'http', targets: ['origin'], every: '2s', ...more });

  it('are of probes that are not meant for every agent, paused ones left out', () => {
    const agents = [candidate('a'), candidate('b')];
    expect(choosePlaces([probe({}), probe({ from: '1', paused: true })], agents)).toEqual(new Map());
    expect([...choosePlaces([probe({ from: '2' })], agents).keys()].sort()).toEqual(['a', 'b']);
  });

  it('are given only to those that are able', () => {
    const agents = [candidate('a', ['upload']), candidate('b')];
    expect(choosePlaces([probe({ from: '2' })], agents)).toEqual(new Map([['b', ['front']]]));
  });

  it('are the same when everybody has the same', () => {
    const one = new Map([['a', ['x', 'y']]]);
    expect(samePlaces(one, new Map([['a', ['x', 'y']]]))).toBe(true);
    expect(samePlaces(one, new Map([['a', ['x']]]))).toBe(false);
    expect(samePlaces(one, new Map([['b', ['x', 'y']]]))).toBe(false);
    expect(samePlaces(one, new Map())).toBe(false);
  });
});

describe('an agent is there', () => {
  it('until it was not heard for a while, whether it said goodbye or not', () => {
    expect(isThere({ heardMs: 1000, stoppedAtMs: undefined }, 999 + AWAY_MS)).toBe(true);
    expect(isThere({ heardMs: 1000, stoppedAtMs: undefined }, 1000 + AWAY_MS)).toBe(false);
    expect(isThere({ heardMs: 0, stoppedAtMs: 1000 }, 999 + AWAY_MS)).toBe(true);
    expect(isThere({ heardMs: 5000, stoppedAtMs: 1000 }, 1000 + AWAY_MS)).toBe(false);
  });

  it('and a look says whether anything changed since the last', () => {
    const agents = [{ heardMs: 0, stoppedAtMs: undefined }];
    const attendance = new Attendance<(typeof agents)[number]>();
    expect(attendance.look(agents, 1, 0)).toEqual({ there: agents, changed: true });
    expect(attendance.look(agents, 1, 10).changed).toBe(false);
    expect(attendance.look(agents, 2, 10).changed).toBe(true);
    expect(attendance.look(agents, 2, AWAY_MS)).toEqual({ there: [], changed: true });
  });
});

describe('a registry', () => {
  let test: TestStore;
  let clock: ManualClock;
  let registry: RunningRegistry;

  beforeEach(async () => {
    test = await openTestStore('embedded');
    clock = manualClock(Date.now());
    registry = await createRegistry({ store: test.store, clock, log: SILENT_LOG });
  });
  afterEach(async () => {
    await registry.close();
    await test.close();
  });

  const spec = (from: unknown) => ({
    version: 1,
    targets: [{ name: 'origin', url: 'http://video.example/' }],
    probes: [
      { name: 'front', type: 'http', targets: ['origin'], every: '2s', from },
      { name: 'everywhere', type: 'http', targets: ['origin'], every: '2s' },
    ],
  });

  async function join(agent: string, region = 'eu-west') {
    const sent: (Schedule | RunNow)[] = [];
    const link = { send: (frame: Schedule | RunNow) => void sent.push(frame) };
    const schedule = await registry.connected(helloOf({ labels: labelsOf(region), agent }), link);
    const runs = () => {
      const last = sent.findLast((frame) => frame.type === 'schedule') ?? schedule;
      return last.assignments.map(({ probe }) => probe).sort();
    };
    return { id: agent, sent, link, runs };
  }

  const placed = () => [...(registry.probe('front')?.agents ?? [])].sort();

  it('gives the places of a probe to so many agents, and tells them', async () => {
    await registry.apply(spec('2 per region'));
    const agents: Awaited<ReturnType<typeof join>>[] = [];
    for (const n of [1, 2, 3, 4]) agents.push(await join(`eu-${n}`));
    for (const n of [1, 2, 3]) agents.push(await join(`us-${n}`, 'us-east'));
    await vi.waitFor(() => {
      expect(agents.filter((agent) => agent.runs().includes('front'))).toHaveLength(4);
      expect(placed()).toEqual(
        agents
          .filter((agent) => agent.runs().includes('front'))
          .map(({ id }) => id)
          .sort(),
      );
    }, 8000);
    for (const agent of agents) expect(agent.runs()).toContain('everywhere');
    expect(placed().filter((id) => id.startsWith('eu-'))).toHaveLength(2);
  });

  it('gives the place of an agent that stays away to another, and back when it returns', async () => {
    await registry.apply(spec('1 of eu-west'));
    const agents = [await join('eu-1'), await join('eu-2'), await join('eu-3')];
    await vi.waitFor(
      () => expect(agents.filter((one) => one.runs().includes('front'))).toHaveLength(1),
      8000,
    );
    const holder = agents.find((one) => one.runs().includes('front'));
    const others = agents.filter((one) => one !== holder);
    if (!holder) throw new Error('nobody has the place');

    registry.disconnected(holder.id, holder.link);
    clock.advance(AWAY_MS - 1000);
    for (const { id } of others) registry.heard(id);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(placed()).toEqual([holder.id]);

    clock.advance(2000);
    for (const { id } of others) registry.heard(id);
    await vi.waitFor(
      () => expect(others.filter((one) => one.runs().includes('front'))).toHaveLength(1),
      8000,
    );
    const substitute = others.find((one) => one.runs().includes('front'));

    const back = await join(holder.id);
    await vi.waitFor(() => expect(back.runs()).toContain('front'), 8000);
    await vi.waitFor(() => expect(substitute?.runs()).not.toContain('front'), 8000);
    expect(placed()).toEqual([holder.id]);
  });

  it('runs a probe now at those that have its places, or at others when they are asked for', async () => {
    await registry.apply(spec('1'));
    const agents = [await join('eu-1'), await join('eu-2'), await join('us-1', 'us-east')];
    await vi.waitFor(() => expect(placed()).toHaveLength(1), 8000);
    expect((await registry.runNow('front')).agents).toEqual(placed());
    expect((await registry.runNow('front', { at: 'us-east' })).agents).toEqual(['us-1']);
    expect((await registry.runNow('front', { count: 1, per: 'region' })).agents).toHaveLength(2);
    expect(agents[2]?.sent.filter(({ type }) => type === 'run_now').length).toBeGreaterThanOrEqual(2);
  });
});
