/** Faults of every scope in a world of several countries, networks and edges: one incident a cause, however many regions see it. */
import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { type Incident, scopeText } from '../../../collector/detect/incident.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { SyntheticWorld, type WorldFault } from '../../../collector/detect/synthetic-day.ts';

const MINUTE_MS = 60_000;
const AT_MS = 90 * MINUTE_MS;
const LENGTH_MS = 45 * MINUTE_MS;

type Fault = Pick<WorldFault, 'kind' | 'value' | 'where'>;

/** The last state of every incident of a world with these faults. */
function incidents(seed: number, ...faults: readonly Fault[]): Incident[] {
  const world = new SyntheticWorld({
    seed,
    regions: 8,
    agentsPerRegion: 6,
    lengthMs: AT_MS + LENGTH_MS + 20 * MINUTE_MS,
    faults: faults.map((fault) => ({ ...fault, atMs: AT_MS, lengthMs: LENGTH_MS })),
  });
  const detector = new Detector();
  const events = replay(detector, world.observations(), {
    untilMs: world.endMs,
    onTick: (nowMs) => detector.observeFleet(nowMs, world.fleetAt(nowMs)),
  });
  return [...new Map(events.map(({ incident }) => [incident.id, incident])).values()];
}

const scopes = (all: readonly Incident[]): string[] => all.map(({ scope }) => scopeText(scope)).toSorted();

describe.each([1, 2])('a fault in world %i is one incident', (seed) => {
  it.each<[string, Fault]>([
    ['region:r2', { kind: 'slow', value: 1.8, where: { region: 'r2' } }],
    ['country:c1', { kind: 'slow', value: 1.8, where: { country: 'c1' } }],
    ['isp:c1-cable', { kind: 'slow', value: 1.8, where: { isp: 'c1-cable' } }],
    ['pop:pop1', { kind: 'slow', value: 1.8, where: { pop: 'pop1' } }],
    ['target:live', { kind: 'fail', value: 0.3, where: { target: 'live' } }],
    ['target:live', { kind: 'slow', value: 1.8, where: { target: 'live' } }],
    ['agent:r2-a0', { kind: 'blackhole', value: 1, where: { agent: 'r2-a0' } }],
    ['global', { kind: 'slow', value: 1.8, where: {} }],
  ])('of %s', (scope, fault) => {
    const all = incidents(seed, fault);
    expect(scopes(all)).toEqual([scope]);
    expect(all[0]?.status).toBe('resolved');
    expect(all[0]?.startedMs).toBeGreaterThan(1_800_000_000_000 + AT_MS - 3 * MINUTE_MS);
  });

  it('and three at once, of different kinds in different scopes, are three', () => {
    const all = incidents(
      seed,
      { kind: 'slow', value: 1.8, where: { region: 'r2' } },
      { kind: 'fail', value: 0.4, where: { target: 'live' } },
      { kind: 'blackhole', value: 1, where: { agent: 'r7-a1' } },
    );
    expect(scopes(all)).toEqual(['agent:r7-a1', 'region:r2', 'target:live']);
    expect(new Set(all.map(({ blame }) => blame)).size).toBeGreaterThan(1);
  });
});

describe('the evidence of an incident', () => {
  it('of a network names those beside it that are well, and blames the network', () => {
    const [incident] = incidents(1, { kind: 'slow', value: 1.8, where: { isp: 'c1-cable' } });
    expect(incident).toMatchObject({ blame: 'network', evidence: { place: { alternatives: [] } } });
    expect(incident?.evidence.unaffected.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'isp c1-mobile',
      'isp c1-transit',
    ]);
    expect(incident?.summary).toContain('network c1-cable');
    expect(incident?.evidence.agents.every((agent) => /^r[23]-.[14]$/.test(agent))).toBe(true);
  });

  it('of an edge names other edges', () => {
    const [incident] = incidents(1, { kind: 'slow', value: 1.8, where: { pop: 'pop1' } });
    expect(incident?.evidence.unaffected).toMatchObject([{ kind: 'pop', name: 'pop0' }]);
    expect(incident?.blame).toBe('target');
  });
});

describe('an incident of everything of which only parts go on', () => {
  const slow = (where: WorldFault['where'], fromMin: number, minutes: number): WorldFault => {
    return { kind: 'slow', value: 1.8, where, atMs: fromMin * MINUTE_MS, lengthMs: minutes * MINUTE_MS };
  };
  const world = (...faults: readonly WorldFault[]): Incident[] => {
    const fleet = new SyntheticWorld({
      seed: 1,
      regions: 8,
      agentsPerRegion: 5,
      lengthMs: 155 * MINUTE_MS,
      faults: [slow({}, 60, 30), ...faults],
    });
    const events = replay(new Detector(), fleet.observations(), { untilMs: fleet.endMs });
    return [...new Map(events.map(({ incident }) => [incident.id, incident])).values()];
  };

  it('is about that part from then on', () => {
    const all = world(slow({ region: 'r2' }, 90, 40));
    expect(scopes(all)).toEqual(['region:r2']);
    expect(all[0]?.evidence.timeline?.map(({ what, text }) => `${what} ${text}`.trim())).toEqual([
      'began',
      'detected global',
      'shrank region:r2',
      'resolved',
    ]);
    expect(all[0]?.evidence.cells.every(({ region }) => region === 'r2')).toBe(true);
  });

  it('is split where there are two', () => {
    const all = world(slow({ region: 'r2' }, 90, 40), slow({ region: 'r5' }, 90, 40));
    expect(scopes(all)).toEqual(['region:r2', 'region:r5']);
    expect(all.every(({ status, mergedInto }) => status === 'resolved' && mergedInto === null)).toBe(true);
  });

  it('stays one of everything while it ends here a little earlier than there', () => {
    expect(scopes(world(slow({ region: 'r2' }, 90, 3)))).toEqual(['global']);
  });
});
