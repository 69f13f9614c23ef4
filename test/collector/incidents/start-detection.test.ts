import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type IncidentEvent, scopeText } from '../../../collector/detect/incident.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { type SyntheticFleet, syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import type { LiveDetection } from '../../../collector/incidents/start-detection.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { counter, detectionOver, insert, type Stage, TICK_MS, TODAY } from './running-detection.ts';

// Hundreds of statements of a real store: seconds, and much longer beside others.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const FAULT = { kind: 'latency', value: 400, atMs: 45_000, lengthMs: 45_000, region: 'eu-west' } as const;

let test: TestStore;
let nextSeq = counter();

beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());
beforeEach(async () => {
  nextSeq = counter();
  for (const table of ['results', 'incidents', 'detector_state'])
    await test.store.command(`TRUNCATE TABLE ${table}`);
});

function fleetOf(
  seed: number,
  faults: Parameters<typeof syntheticFleet>[0]['faults'] = [FAULT],
): SyntheticFleet {
  return syntheticFleet({ seed, startMs: TODAY, lengthMs: 120_000, faults });
}

/** Lets a stretch of the fleet's time pass: rows arrive, detection ticks. Seconds from the start. */
async function pass(
  fleet: SyntheticFleet,
  stage: Stage,
  detection: LiveDetection | undefined,
  fromS: number,
  untilS: number,
): Promise<void> {
  for (let atMs = TODAY + fromS * 1000; atMs < TODAY + untilS * 1000; atMs += TICK_MS) {
    const due = (run: Observation) => run.seenMs >= atMs && run.seenMs < atMs + TICK_MS;
    await insert(test.store, fleet.observations.filter(due), nextSeq);
    stage.nowMs = atMs + TICK_MS;
    stage.agents = fleet.fleetAt(stage.nowMs);
    await detection?.tick();
  }
}

const stageOf = (): Stage => ({ nowMs: TODAY, agents: [] });

describe('live detection', () => {
  it('opens and resolves one incident over the real store, tells listeners, and writes it down', async () => {
    const stage = stageOf();
    const fleet = fleetOf(1);
    const detection = await detectionOver(test.store, stage);
    const events: IncidentEvent[] = [];
    detection.subscribe((event) => events.push(event));
    await pass(fleet, stage, detection, 0, 74);
    expect(events.map(({ kind }) => kind)).toEqual(['opened']);
    const [open] = detection.incidents();
    expect(open).toMatchObject({ status: 'open', scope: { kind: 'region', region: 'eu-west' } });
    expect(detection.get(open?.id ?? '')).toEqual(open);
    await pass(fleet, stage, detection, 74, 120);
    expect(events.at(-1)?.kind).toBe('resolved');
    const rows = await test.store.query('SELECT status, scope FROM incidents FINAL');
    expect(rows).toEqual([{ status: 'resolved', scope: 'region:eu-west' }]);
    expect(detection.counters).toMatchObject({
      ticks: 60,
      ticks_failed: 0,
      unwritten: 0,
      incidents: { opened: 1, resolved: 1 },
    });
    await detection.close();
  });

  it('hears of silence from the registry', async () => {
    const stage = stageOf();
    const kill = {
      kind: 'kill',
      value: 1,
      atMs: 45_000,
      lengthMs: 1e9,
      agents: ['eu-west-1', 'eu-west-2'],
    } as const;
    const detection = await detectionOver(test.store, stage);
    await pass(fleetOf(2, [kill]), stage, detection, 0, 70);
    expect(detection.incidents().map(({ scope, metric }) => [scopeText(scope), metric])).toEqual([
      ['region:eu-west', 'silence'],
    ]);
    await detection.close();
  });

  it('goes on after a restart in mid-incident: the same incident, told no second time, and resolved', async () => {
    const stage = stageOf();
    const fleet = fleetOf(3);
    const before = await detectionOver(test.store, stage);
    await pass(fleet, stage, before, 0, 74);
    const [open] = before.incidents();
    await before.close();

    const after = await detectionOver(test.store, stage);
    const events: IncidentEvent[] = [];
    after.subscribe((event) => events.push(event));
    expect(after.incidents()).toEqual([open]);
    await pass(fleet, stage, after, 74, 120);
    const told = events.filter(({ kind }) => kind !== 'updated');
    expect(told.map(({ kind, incident }) => [kind, incident.id])).toEqual([['resolved', open?.id]]);
    await after.close();
  });

  it('raises after a restart what began while it was down', async () => {
    const stage = stageOf();
    const fleet = fleetOf(4);
    await pass(fleet, stage, undefined, 0, 80);
    const detection = await detectionOver(test.store, stage);
    expect(detection.incidents().map(({ scope, status }) => [scopeText(scope), status])).toEqual([
      ['region:eu-west', 'open'],
    ]);
    expect(await test.store.query('SELECT scope FROM incidents FINAL')).toEqual([
      { scope: 'region:eu-west' },
    ]);
    await detection.close();
  });

  it('does not raise after a restart what came and went while it was down', async () => {
    const stage = stageOf();
    await pass(fleetOf(5), stage, undefined, 0, 120);
    const detection = await detectionOver(test.store, stage);
    expect(detection.incidents()).toEqual([]);
    await detection.close();
  });

  it('makes good for ticks in which the store was away', async () => {
    const stage = stageOf();
    const fleet = fleetOf(6);
    let away = false;
    const guard = <T>(call: () => Promise<T>): Promise<T> =>
      away ? Promise.reject(new StoreError('unreachable', 'connection refused')) : call();
    const store = {
      query: <T>(...question: Parameters<TestStore['store']['query']>) =>
        guard(() => test.store.query<T>(...question)),
      insertRows: (...rows: Parameters<TestStore['store']['insertRows']>) =>
        guard(() => test.store.insertRows(...rows)),
    };
    const detection = await detectionOver(store, stage);
    await pass(fleet, stage, detection, 0, 40);
    away = true;
    await pass(fleet, stage, detection, 40, 56);
    away = false;
    await pass(fleet, stage, detection, 56, 120);
    expect(detection.counters.ticks_failed).toBe(8);
    expect(detection.incidents().map(({ scope, status }) => [scopeText(scope), status])).toEqual([
      ['region:eu-west', 'resolved'],
    ]);
    await detection.close();
  });

  it('is taken up anew after a bug in a look, restMs later, and has lost nothing by it', async () => {
    const stage = stageOf();
    const fleet = fleetOf(9);
    let throws = 0;
    const ask = () => {
      // From before the alarm until after it.
      if (stage.nowMs < TODAY + 50_000 || stage.nowMs > TODAY + 66_000) return;
      throws += 1;
      throw new TypeError('is not a function');
    };
    const detection = await detectionOver(test.store, stage, { confirmer: { ask, take: () => [] } });
    const told: string[] = [];
    detection.subscribe(({ kind }) => told.push(kind));
    await pass(fleet, stage, detection, 0, 120);
    expect(throws).toBeGreaterThan(0);
    expect(throws).toBeLessThanOrEqual(1 + 16_000 / INCIDENT_LIMITS.restMs.value);
    expect(detection.counters.ticks_failed).toBe(throws);
    expect(told.filter((kind) => kind !== 'updated')).toEqual(['opened', 'resolved']);
    await detection.close();
  });

  it('never runs two ticks at once, and none after it was closed', async () => {
    const detection = await detectionOver(test.store, stageOf());
    await Promise.all([detection.tick(), detection.tick(), detection.tick()]);
    expect(detection.counters.ticks).toBe(1);
    await detection.close();
    await detection.close();
    await detection.tick();
    expect(detection.counters.ticks).toBe(1);
  });
});

/** Whose turn it is, as the test says; two share a store. */
function turns() {
  const state = { holder: '', term: 1 };
  const refused: string[] = [];
  const turnOf = (name: string) => ({
    // Clocks are compared to fractions; what is stored is whole.
    storeOffsetMs: -0.25,
    lease: () => (state.holder === name ? `detect/${state.term}` : undefined),
    leaseRefused: (lease: string) => void refused.push(lease),
  });
  /** The one gives way to the other: as when its lease is claimed. */
  const pass = async (store: TestStore['store'], to: string) => {
    if (state.holder !== '') await store.fence(`detect/${state.term}`, 1);
    state.term += state.holder === '' ? 0 : 1;
    state.holder = to;
  };
  return { state, refused, turnOf, pass };
}

let leases = 1000;

describe('detection of which several take turns', () => {
  it('judges where the turn is, and shows the same at the others', async () => {
    const stage = stageOf();
    const fleet = fleetOf(7);
    const { state, turnOf } = turns();
    leases += 10;
    state.term = leases;
    state.holder = 'a';
    const a = await detectionOver(test.store, stage, { turn: turnOf('a') });
    const b = await detectionOver(test.store, stage, { turn: turnOf('b') });
    const events: string[] = [];
    b.subscribe(({ kind, incident }) => events.push(`${kind} ${scopeText(incident.scope)}`));
    await pass(fleet, stage, a, 0, 74);
    await b.tick();
    expect(a.counters).toMatchObject({ judging: 1, incidents: { opened: 1 } });
    expect(b.counters).toMatchObject({ judging: 0, incidents: { opened: 0 } });
    expect(b.incidents()).toEqual(a.incidents());
    await pass(fleet, stage, a, 74, 120);
    await b.tick();
    await b.tick();
    expect(events[0]).toBe('opened region:eu-west');
    expect(events.filter((event) => event.startsWith('resolved'))).toEqual(['resolved region:eu-west']);
    expect(b.incidents()).toEqual(a.incidents());
    await a.close();
    await b.close();
  });

  it('goes on at the other in mid-incident: one incident, told once', async () => {
    const stage = stageOf();
    const fleet = fleetOf(8);
    const { state, turnOf, pass: passTurn } = turns();
    leases += 10;
    state.term = leases;
    state.holder = 'a';
    const a = await detectionOver(test.store, stage, { turn: turnOf('a') });
    const b = await detectionOver(test.store, stage, { turn: turnOf('b') });
    const told: string[] = [];
    for (const [name, one] of Object.entries({ a, b }))
      one.subscribe(({ kind, incident }) => {
        if (one.counters.judging === 1 && kind !== 'updated') told.push(`${name} ${kind} ${incident.id}`);
      });
    await pass(fleet, stage, a, 0, 74);
    const [open] = a.incidents();
    await passTurn(test.store, 'b');
    await pass(fleet, stage, b, 74, 120);
    await a.tick();
    expect(a.counters.judging).toBe(0);
    expect(a.counters.incidents.opened).toBe(1);
    expect(b.incidents().map(({ id, status }) => [id, status])).toEqual([[open?.id, 'resolved']]);
    expect(a.incidents()).toEqual(b.incidents());
    expect(told).toEqual([`a opened ${open?.id}`, `b resolved ${open?.id}`]);
    await a.close();
    await b.close();
  });

  it('tells nobody, and writes nothing, once another has the lease, though it has not heard of it', async () => {
    const stage = stageOf();
    const fleet = fleetOf(9);
    const { state, turnOf, refused } = turns();
    leases += 10;
    state.term = leases;
    state.holder = 'a';
    const a = await detectionOver(test.store, stage, { turn: turnOf('a') });
    const events: unknown[] = [];
    a.subscribe((event) => events.push(event));
    await pass(fleet, stage, a, 0, 50);
    await test.store.fence(`detect/${state.term}`, 1);
    await pass(fleet, stage, a, 50, 90);
    expect(events).toEqual([]);
    expect(refused).toContain(`detect/${state.term}`);
    expect(await test.store.query('SELECT id FROM incidents')).toEqual([]);
    await a.close();
  });

  it('stops in the middle of a look when the turn is over', async () => {
    const stage = stageOf();
    const fleet = fleetOf(10);
    const { state, turnOf } = turns();
    leases += 10;
    state.term = leases;
    state.holder = 'a';
    let steal = false;
    const store = {
      query: async <T>(...question: Parameters<TestStore['store']['query']>) => {
        const answer = await test.store.query<T>(...question);
        if (steal) state.holder = 'b';
        return answer;
      },
      insertRows: test.store.insertRows,
    };
    const a = await detectionOver(store, stage, { turn: turnOf('a') });
    await pass(fleet, stage, a, 0, 60);
    const opened = a.incidents().length;
    steal = true;
    await pass(fleet, stage, a, 60, 90);
    expect(a.counters.judging).toBe(0);
    expect(a.incidents()).toHaveLength(opened);
    await a.close();
  });
});
