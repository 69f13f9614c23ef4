import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import { scopeText } from '../../../collector/detect/incident.ts';
import type { Learned } from '../../../collector/detect/learned.ts';
import { type SyntheticFleet, syntheticFleet } from '../../../collector/detect/synthetic.ts';
import {
  type Checkpoint,
  CheckpointWriter,
  readCheckpoint,
} from '../../../collector/incidents/checkpoint.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import type { DetectionOptions, LiveDetection } from '../../../collector/incidents/start-detection.ts';
import { contextRounds } from '../../../collector/incidents/watch.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { counter, detectionOver, insert, type Stage, TODAY } from './running-detection.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const LEASE = 'detect/1';
const silent = pino({ level: 'silent' });
const format = new Detector().learnedFormat;

const piecesOf = (count: number, state = 'x'): Learned[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'series', id: `s${String(i).padStart(5, '0')}`, state }));

/** A detector that has learned so much. */
const learnedOf = (pieces: readonly Learned[]) => ({
  learnedFormat: format,
  learned: vi.fn((_sinceMs?: number) => pieces.values() as Generator<Learned>),
});

describeEngines('a checkpoint of the detector', (engine) => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  beforeEach(() => test.store.command('TRUNCATE TABLE detector_state'));

  const { checkpointBatch, checkpointEveryMs, checkpointPage, historyMs } = INCIDENT_LIMITS;
  const count = async (kind: string): Promise<number> => {
    const rows = await test.store.query<{ n: number }>(
      'SELECT toUInt32(count()) AS n FROM detector_state FINAL WHERE kind = {kind:String}',
      { kind },
    );
    return rows[0]?.n ?? 0;
  };
  const step = async (writer: CheckpointWriter, atMs: number, lease = LEASE): Promise<void> => {
    writer.step(atMs, lease);
    await writer.settled();
  };

  it('is written a batch at each look, from some minutes after the start on, and read back whole', async () => {
    const pieces = piecesOf(checkpointBatch.value + 3);
    const writer = new CheckpointWriter(test.store, learnedOf(pieces), silent, TODAY);
    await step(writer, TODAY + checkpointEveryMs.value - 1);
    expect(await count('series')).toBe(0);
    const beganMs = TODAY + checkpointEveryMs.value;
    await step(writer, beganMs);
    expect(await count('series')).toBe(checkpointBatch.value);
    expect(await readCheckpoint(test.store, format, beganMs)).toBe('there is none');
    await step(writer, beganMs + 2000);
    expect(await readCheckpoint(test.store, format, beganMs + 4000)).toEqual({ atMs: beganMs, pieces });
  });

  it('is of more pieces than a page of the store has', async () => {
    const pieces = piecesOf(checkpointPage.value + 1);
    const writer = new CheckpointWriter(test.store, learnedOf(pieces), silent, TODAY);
    for (let i = 0; i < 6; i += 1) await step(writer, TODAY + checkpointEveryMs.value + 2000 * i);
    const read = (await readCheckpoint(
      test.store,
      format,
      TODAY + 2 * checkpointEveryMs.value,
    )) as Checkpoint;
    expect(read.pieces).toEqual(pieces);
  });

  it('is written again after some minutes, what was heard since the last one began alone', async () => {
    const detector = learnedOf(piecesOf(2, 'first'));
    const writer = new CheckpointWriter(test.store, detector, silent, TODAY);
    const firstMs = TODAY + checkpointEveryMs.value;
    await step(writer, firstMs);
    await step(writer, firstMs + 2000);
    detector.learned.mockReturnValue(piecesOf(1, 'second').values() as Generator<Learned>);
    await step(writer, firstMs + checkpointEveryMs.value);
    expect(detector.learned.mock.calls).toEqual([[undefined], [firstMs]]);
    const read = (await readCheckpoint(test.store, format, firstMs + checkpointEveryMs.value)) as Checkpoint;
    expect(read.atMs).toBe(firstMs + checkpointEveryMs.value);
    expect(read.pieces.map(({ state }) => state)).toEqual(['second', 'first']);
  });

  it('stays the one before when a batch cannot be written, and is written whole the next time', async () => {
    const detector = learnedOf(piecesOf(1));
    let away = true;
    const store = {
      insertRows: (...rows: Parameters<TestStore['store']['insertRows']>) =>
        away ? Promise.reject(new Error('connection refused')) : test.store.insertRows(...rows),
    };
    const writer = new CheckpointWriter(store, detector, silent, TODAY);
    await step(writer, TODAY + checkpointEveryMs.value);
    away = false;
    await step(writer, TODAY + checkpointEveryMs.value + 2000);
    expect(await count('pass')).toBe(0);
    await step(writer, TODAY + 2 * checkpointEveryMs.value);
    expect(detector.learned.mock.calls).toEqual([[undefined], [undefined]]);
    expect(await count('pass')).toBe(1);
  });

  it('is of no use where it is of another version, or older than the history that is played otherwise', async () => {
    const writer = new CheckpointWriter(test.store, learnedOf(piecesOf(1)), silent, TODAY);
    const savedMs = TODAY + checkpointEveryMs.value;
    await step(writer, savedMs);
    expect(await readCheckpoint(test.store, '0/other', savedMs)).toBe('it is of another version');
    expect(await readCheckpoint(test.store, format, savedMs + historyMs.value + 1)).toBe('it is too old');
    const earlierMs = savedMs - INCIDENT_LIMITS.overlapMs.value - 1;
    expect(await readCheckpoint(test.store, format, earlierMs)).toBe('it is of the future');
    expect(await readCheckpoint(test.store, format, savedMs + historyMs.value)).toMatchObject({
      atMs: savedMs,
    });
  });

  it('is not written by a collector that another has taken the lease from', async () => {
    const writer = new CheckpointWriter(test.store, learnedOf(piecesOf(1, 'old')), silent, TODAY);
    await test.store.fence('detect/7', 1);
    await step(writer, TODAY + checkpointEveryMs.value, 'detect/7');
    expect(await count('series')).toBe(0);
    const next = new CheckpointWriter(test.store, learnedOf(piecesOf(1, 'new')), silent, TODAY);
    await step(next, TODAY + checkpointEveryMs.value, 'detect/8');
    expect(await count('series')).toBe(1);
  });
});

it('fewer rounds of each check are looked at again where there are many, but some', () => {
  const { contextRows } = INCIDENT_LIMITS;
  expect(contextRounds(1)).toBe(32);
  expect(contextRounds(contextRows.value / 10)).toBe(10);
  expect(contextRounds(contextRows.value)).toBe(4);
});

describe('detection that goes on from a checkpoint', () => {
  const STEP_S = 10;
  /** Begins after the first checkpoint was written. */
  const FAULT = { kind: 'latency', value: 400, atMs: 210_000, lengthMs: 60_000, region: 'eu-west' } as const;
  let test: TestStore;
  let nextSeq = counter();
  let lines: Record<string, unknown>[] = [];
  const more = (extra: Partial<DetectionOptions> = {}): Partial<DetectionOptions> => ({
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    ...extra,
  });

  beforeAll(async () => {
    test = await openTestStore('embedded');
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    nextSeq = counter();
    lines = [];
    for (const table of ['results', 'incidents', 'detector_state'])
      await test.store.command(`TRUNCATE TABLE ${table}`);
  });

  const fleetOf = (seed: number): SyntheticFleet =>
    syntheticFleet({ seed, startMs: TODAY, lengthMs: 330_000, faults: [FAULT] });

  async function pass(
    fleet: SyntheticFleet,
    stage: Stage,
    detection: LiveDetection,
    fromS: number,
    untilS: number,
  ): Promise<void> {
    for (let atS = fromS; atS < untilS; atS += STEP_S) {
      const [fromMs, untilMs] = [TODAY + atS * 1000, TODAY + (atS + STEP_S) * 1000];
      await insert(
        test.store,
        fleet.observations.filter(({ seenMs }) => seenMs >= fromMs && seenMs < untilMs),
        nextSeq,
      );
      stage.nowMs = untilMs;
      stage.agents = fleet.fleetAt(untilMs);
      await detection.tick();
    }
  }
  const upToDate = () => lines.filter(({ msg }) => msg === 'detection is up to date').at(-1);

  it('is the same incident after a restart in the middle of a fault, opened once and resolved', async () => {
    const stage: Stage = { nowMs: TODAY, agents: [] };
    const fleet = fleetOf(21);
    const before = await detectionOver(test.store, stage, more());
    expect(upToDate()).toMatchObject({ rows: 0, no_checkpoint: 'there is none' });
    await pass(fleet, stage, before, 0, 250);
    const [open] = before.incidents();
    expect(open).toMatchObject({ status: 'open', scope: { region: 'eu-west' } });
    // What was judged before the checkpoint is not needed again, but for the last rounds.
    await before.close();
    const told: string[] = [];
    const after = await detectionOver(test.store, stage, more());
    after.subscribe(({ kind, incident }) => void (kind !== 'updated' && told.push(`${kind} ${incident.id}`)));
    expect(upToDate()).toMatchObject({ checkpoint_age_s: 10, open: 1 });
    await pass(fleet, stage, after, 250, 330);
    expect(told).toEqual([`resolved ${open?.id}`]);
    expect(after.incidents()).toHaveLength(1);
    await after.close();
  });

  it('finds what began while it was down, though it has only the last minutes to judge', async () => {
    const stage: Stage = { nowMs: TODAY, agents: [] };
    const fleet = fleetOf(22);
    const before = await detectionOver(test.store, stage, more());
    await pass(fleet, stage, before, 0, 200);
    await before.close();
    await test.store.command(
      'DELETE FROM results WHERE ingested_at < fromUnixTimestamp64Milli({ms:Int64}) SETTINGS lightweight_deletes_sync = 2',
      { ms: TODAY + 150_000 },
    );
    const idle = { tick: async () => {} } as LiveDetection;
    await pass(fleet, stage, idle, 200, 250);
    const after = await detectionOver(test.store, stage, more());
    expect(after.incidents().map(({ scope, status }) => [scopeText(scope), status])).toEqual([
      ['region:eu-west', 'open'],
    ]);
    await after.close();
  });

  it('is taken up by another collector when the lease passes', async () => {
    const stage: Stage = { nowMs: TODAY, agents: [] };
    const fleet = fleetOf(23);
    const state = { holder: 'a', term: 5000 };
    const turnOf = (name: string) => ({
      storeOffsetMs: 0,
      lease: () => (state.holder === name ? `detect/${state.term}` : undefined),
      leaseRefused: () => undefined,
    });
    const a = await detectionOver(test.store, stage, more({ turn: turnOf('a') }));
    const b = await detectionOver(test.store, stage, more({ turn: turnOf('b') }));
    await pass(fleet, stage, a, 0, 250);
    const [open] = a.incidents();
    await test.store.fence(`detect/${state.term}`, 1);
    Object.assign(state, { holder: 'b', term: state.term + 1 });
    await pass(fleet, stage, b, 250, 330);
    await a.tick();
    expect(lines.map(({ checkpoint_age_s }) => checkpoint_age_s).filter(Number.isFinite)).toEqual([20]);
    expect(b.incidents().map(({ id, status }) => [id, status])).toEqual([[open?.id, 'resolved']]);
    expect(a.incidents()).toEqual(b.incidents());
    await a.close();
    await b.close();
  });

  it.each([
    ['of another version', "ALTER TABLE detector_state UPDATE format = 'x' WHERE 1"],
    ['broken', "ALTER TABLE detector_state UPDATE state = substring(state, 1, 100) WHERE kind = 'series'"],
  ])('plays the last hours where it is %s, and says so', async (why, damage) => {
    const stage: Stage = { nowMs: TODAY, agents: [] };
    const fleet = fleetOf(24);
    const before = await detectionOver(test.store, stage, more());
    await pass(fleet, stage, before, 0, 250);
    const [open] = before.incidents();
    await before.close();
    await test.store.command(`${damage} SETTINGS mutations_sync = 2`);
    const after = await detectionOver(test.store, stage, more());
    expect(upToDate()).toMatchObject({ no_checkpoint: `it is ${why}`, open: 1 });
    await pass(fleet, stage, after, 250, 330);
    expect(after.incidents().map(({ id, status }) => [id, status])).toEqual([[open?.id, 'resolved']]);
    await after.close();
  });
});
