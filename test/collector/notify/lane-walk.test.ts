/** Random walks of many incidents through a lane: what must hold whatever happens. */
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { isLast, type Sight } from '../../../collector/notify/thread.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { FOUND_MS, MINUTE, PlayedLane, sightOf } from './sights.ts';

const REGIONS = ['eu-west', 'eu-north', 'us-east', 'us-west', 'ap-south'];
const MINUTES = 1500;

/** Incidents that come, change, end, are taken over, fall silent and are silenced, by a seed. */
class World {
  readonly #random: Random;
  readonly #incidents = new Map<string, Incident>();
  #made = 0;
  readonly #dark = new Set<string>();
  readonly #quiet = new Set<string>();

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  #chance = (share: number): boolean => this.#random.chance(share);

  step(minute: number): Sight[] {
    const atMs = FOUND_MS + minute * MINUTE;
    for (const region of REGIONS) {
      if (this.#chance(0.01)) flip(this.#dark, region);
      if (this.#chance(0.01)) flip(this.#quiet, region);
      if (this.#chance(0.05)) this.#open({ kind: 'region', region }, atMs);
    }
    if (this.#chance(0.01)) this.#open({ kind: 'global' }, atMs);
    const wide = [...this.#incidents.values()].find(
      (one) => one.status === 'open' && one.scope.kind === 'global',
    );
    for (const one of this.#incidents.values()) {
      if (one.status !== 'open') continue;
      if (this.#chance(0.08)) this.#end(one, atMs, null);
      else if (wide && wide !== one && this.#chance(0.2)) this.#end(one, atMs, wide.id);
      else if (this.#chance(0.1))
        this.#incidents.set(one.id, {
          ...one,
          severity: one.severity === 'critical' ? 'warning' : 'critical',
        });
    }
    return [...this.#incidents.values()].map((incident) => {
      const region = 'region' in incident.scope ? incident.scope.region : undefined;
      const heard = region === undefined ? this.#dark.size < REGIONS.length : !this.#dark.has(region ?? '');
      const quiet = region !== undefined && this.#quiet.has(region) ? 'silence 1' : null;
      return { ...sightOf(incident), incident, heard, quiet };
    });
  }

  #open(scope: Incident['scope'], atMs: number): void {
    this.#made += 1;
    const id = `inc-${String(this.#made).padStart(5, '0')}`;
    this.#incidents.set(id, incidentOf({ id, scope, startedMs: atMs, detectedMs: atMs }));
  }

  #end(one: Incident, resolvedMs: number, mergedInto: string | null): void {
    this.#incidents.set(one.id, { ...one, status: 'resolved', resolvedMs, mergedInto });
  }
}

function flip(set: Set<string>, name: string): void {
  if (!set.delete(name)) set.add(name);
}

describe('a lane, whatever happens for a day', () => {
  it.each([1, 2, 3, 4, 5, 6])('tells what it must, and nothing that it must not (seed %i)', (seed) => {
    const world = new World(seed);
    const lane = new PlayedLane();
    let now: Sight[] = [];
    const kinds = new Map<string, string[]>();
    for (let minute = 0; minute < MINUTES; minute += 1) {
      now = world.step(minute);
      const before = lane.drafts.length;
      lane.look(minute, now);
      const byId = new Map(now.map((sight) => [sight.incident.id, sight]));
      const inThread = new Set<string>();
      for (const { draft } of lane.drafts.slice(before)) {
        const { kind, thread } = draft;
        // One message a thread and look, numbered without gaps.
        expect(inThread.has(thread.id)).toBe(false);
        inThread.add(thread.id);
        const told = kinds.get(thread.id) ?? [];
        expect(thread.seq).toBe(told.length + 1);
        const last = told.at(-1);
        if (last === undefined) expect(kind).toBe('opened');
        else expect(kind === 'reopened').toBe(['resolved', 'merged', 'no_data_closed'].includes(last));
        kinds.set(thread.id, [...told, kind]);
        const members = thread.members.map(({ id }) => byId.get(id)).filter((sight) => sight !== undefined);
        if (isLast(kind)) expect(members.every(({ incident }) => incident.status === 'resolved')).toBe(true);
        // Never an all clear without data.
        if (kind === 'resolved') expect(members.every(({ heard }) => heard)).toBe(true);
        if (['opened', 'reopened'].includes(kind))
          expect(members.some(({ quiet }) => quiet === null)).toBe(true);
      }
    }
    // Whatever is open, and not kept back, is in a conversation that is not over, in one only.
    const homes = new Map<string, number>();
    for (const thread of lane.threads.values())
      if (thread.phase !== 'closed')
        for (const member of thread.members)
          if (member.isOpen) homes.set(member.id, (homes.get(member.id) ?? 0) + 1);
    for (const { incident, quiet } of now)
      if (incident.status === 'open' && quiet === null)
        expect([incident.id, homes.get(incident.id)]).toEqual([incident.id, 1]);
    expect(lane.drafts.length).toBeGreaterThan(100);
    // No hour has a storm: ten conversations in ten minutes at most, a few messages each.
    const hours = new Map<number, number>();
    for (const { minute } of lane.drafts)
      hours.set(Math.floor(minute / 60), (hours.get(Math.floor(minute / 60)) ?? 0) + 1);
    expect(Math.max(...hours.values())).toBeLessThan(150);
  });
});
