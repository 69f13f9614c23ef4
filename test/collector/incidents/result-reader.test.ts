import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import { ResultReader } from '../../../collector/incidents/result-reader.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { runOf } from '../detect/observations.ts';
import { counter, insert, resultRow, TODAY } from './running-detection.ts';

let test: TestStore;
let nextSeq = counter();

beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());
beforeEach(async () => {
  nextSeq = counter();
  await test.store.command('TRUNCATE TABLE results');
});

const run = (i: number, more: Partial<Observation> = {}): Observation =>
  runOf(i, { scheduledMs: TODAY + i * 2000, seenMs: TODAY + i * 2000 + 100, ...more });

async function readAll(reader: ResultReader): Promise<Observation[]> {
  const all: Observation[] = [];
  for await (const page of reader.read()) all.push(...page);
  return all;
}

describe('the reader of results', () => {
  it('gives results as the detector takes them, in units and in the order of their coming', async () => {
    const failure = { layer: 'http', blame: 'unknown', code: 'timeout' } as const;
    const runs = [
      run(1, { metrics: { ttfb_ms: 12.345, body_bytes: 1024, stall_ratio: 0.25 } }),
      run(2, { outcome: 'fail', failure, metrics: {}, disturbed: true }),
      run(3, { outcome: 'missed', metrics: {} }),
    ];
    await insert(test.store, runs.toReversed(), nextSeq);
    const dims = {};
    expect(await readAll(new ResultReader(test.store, TODAY))).toEqual(runs.map((one) => ({ ...one, dims })));
  });

  it('says of each result where it was made, as far as anybody said', async () => {
    const labels = { country: 'IE', city: 'Dublin', isp: 'Transit One', asn: 64496, network: 'datacenter' };
    await insert(test.store, [run(1)], nextSeq, { ...labels, pop: 'dub1' });
    const [one] = await readAll(new ResultReader(test.store, TODAY));
    expect(one?.dims).toEqual({ ...labels, asn: '64496', pop: 'dub1' });
  });

  it('gives each row once, over many reads', async () => {
    const reader = new ResultReader(test.store, TODAY);
    const seen: Observation[] = [];
    for (let i = 0; i < 10; i += 1) {
      await insert(test.store, [run(i), run(i, { agent: 'eu-west-2' })], nextSeq);
      seen.push(...(await readAll(reader)));
    }
    expect(seen).toHaveLength(20);
    expect(await readAll(reader)).toEqual([]);
  });

  it('still gives a row that was committed after later ones', async () => {
    const reader = new ResultReader(test.store, TODAY);
    await insert(test.store, [run(5)], nextSeq);
    await readAll(reader);
    await insert(test.store, [run(2)], nextSeq);
    expect((await readAll(reader)).map(({ scheduledMs }) => scheduledMs)).toEqual([TODAY + 4000]);
  });

  it('leaves out runs that nobody scheduled', async () => {
    const manual = resultRow(run(1), 1);
    const rows = [manual, resultRow(run(2), 2)].map((row, i) =>
      i === 0 ? { ...row, record: { ...row.record, trigger: 'manual' as const, requestId: 'r' } } : row,
    );
    await test.store.insertResults(resultBlock('manual', rows));
    expect(await readAll(new ResultReader(test.store, TODAY))).toHaveLength(1);
  });

  it('reads more than a page without loss or repetition, also where many rows have the same time', async () => {
    const count = INCIDENT_LIMITS.pageRows.value * 2 + 500;
    const rows = Array.from({ length: count }, (_, i) => rowOf(i + 1, { scheduledMs: TODAY + i }));
    for (let from = 0; from < count; from += 7000)
      await test.store.insertResults(resultBlock(`from ${from}`, rows.slice(from, from + 7000)), {
        ingestedMs: TODAY + 60_000 + from / 7000,
      });
    const seen = await readAll(new ResultReader(test.store, TODAY));
    expect(new Set(seen.map(({ scheduledMs }) => scheduledMs)).size).toBe(count);
    expect(seen).toHaveLength(count);
  });

  it('begins history at its oldest row, or now where there is none', async () => {
    const nowMs = TODAY + 3_600_000;
    expect(await ResultReader.historyFrom(test.store, nowMs)).toBe(nowMs);
    await insert(test.store, [run(10), run(20)], nextSeq);
    const fromMs = await ResultReader.historyFrom(test.store, nowMs);
    expect(await readAll(new ResultReader(test.store, fromMs))).toHaveLength(2);
  });

  it('leaves out history that is too old', async () => {
    const nowMs = TODAY + INCIDENT_LIMITS.historyMs.value + 30_000;
    await insert(test.store, [run(1), run(20)], nextSeq);
    expect(await ResultReader.historyFrom(test.store, nowMs)).toBe(run(20).seenMs - 1);
  });

  it('leaves out history that is too much, and does not take it for new later', async () => {
    const most = INCIDENT_LIMITS.historyRows.value;
    const [blockRows, fromMs] = [20_000, TODAY];
    const rows = most + 2 * blockRows;
    // A row a millisecond: all of it within the time in which blocks may still come.
    await test.store.command(
      `INSERT INTO results (collector, block, agent, boot, seq, trigger, outcome, scheduled_at, ingested_at)
       SELECT 'c1', 1 + intDiv(number, {block:UInt64}), 'a', 'b', number, 'schedule', 'ok',
         fromUnixTimestamp64Milli({from:Int64}) AS at, addMilliseconds(at, intDiv(number, 5)) FROM numbers({rows:UInt64})`,
      { from: fromMs, block: blockRows, rows },
    );
    const startMs = await ResultReader.historyFrom(test.store, fromMs + rows);
    expect(startMs).toBe(fromMs + (2 * blockRows) / 5 - 1);
    const reader = new ResultReader(test.store, startMs);
    expect(await readAll(reader)).toHaveLength(most);
    await insert(test.store, [run(0)], nextSeq);
    expect(await readAll(reader)).toHaveLength(1);
  });

  it('still gives a block that was committed a minute after its stamp, and not one that came later than that', async () => {
    const overlap = INCIDENT_LIMITS.overlapMs.value / 2000;
    const reader = new ResultReader(test.store, TODAY);
    await insert(test.store, [run(overlap + 10)], nextSeq);
    await readAll(reader);
    await insert(test.store, [run(12)], nextSeq);
    await insert(test.store, [run(8)], nextSeq);
    expect((await readAll(reader)).map(({ scheduledMs }) => scheduledMs)).toEqual([TODAY + 24_000]);
  });

  it('is not led astray by a block with a stamp of the future', async () => {
    const reader = new ResultReader(test.store, TODAY);
    const read = async (nowMs: number) => {
      const all: Observation[] = [];
      for await (const page of reader.read(nowMs)) all.push(...page);
      return all;
    };
    await insert(test.store, [run(2000)], nextSeq);
    expect(await read(TODAY + 2000)).toHaveLength(1);
    await insert(test.store, [run(1)], nextSeq);
    expect(await read(TODAY + 4000)).toHaveLength(1);
    expect(await read(TODAY + 6000)).toEqual([]);
  });

  it('goes on in the next read where a tick had its share', async () => {
    const { pageRows, pagesPerTick } = INCIDENT_LIMITS;
    const count = pageRows.value * pagesPerTick.value + 1500;
    await test.store.command(
      `INSERT INTO results (collector, block, agent, boot, seq, trigger, outcome, scheduled_at, ingested_at)
       SELECT 'c1', 1 + intDiv(number, 100000), 'a', 'b', number, 'schedule', 'ok', fromUnixTimestamp64Milli({from:Int64}), fromUnixTimestamp64Milli({from:Int64}) FROM numbers({count:UInt64})`,
      { from: TODAY, count },
    );
    const reader = new ResultReader(test.store, TODAY - 1);
    const sizes: number[] = [];
    for (let read = 0; read < 3; read += 1) {
      let rows = 0;
      for await (const page of reader.read()) rows += page.length;
      sizes.push(rows);
    }
    expect(sizes).toEqual([count - 1500, 1500, 0]);
  }, 60_000);
});
