import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResultBlockBuilder, resultBlock } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { scaleOf } from '../../../probes/metrics.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { type BatchView, viewBatch } from '../../../protocol/batch-view.ts';
import type { AgentLabels } from '../../../protocol/identity.ts';
import type { RecordBatch, ResultRecord } from '../../../protocol/record.ts';
import { batches } from '../../protocol/arbitraries.ts';
import { labelsOf, recordOf, rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const DAY_MS = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;

/** Text that breaks formats which have structure in their text. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('\\', "'", '"', '\t', '\n', '\0', '\\N', ',', ']', '}', ':', '🎬', 'é', '\u{10ffff}'),
      fc.string({ unit: 'grapheme', maxLength: 50 }),
      fc.constantFrom(127, 128, 200, 341).map((length) => 'x'.repeat(length)),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join('').toWellFormed());

const labels: fc.Arbitrary<AgentLabels> = fc
  .tuple(nasty, nasty, nasty, nasty, nasty, fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([region, country, city, isp, provider, asn]) =>
    labelsOf(region, { country, city, isp, provider, asn, network: 'mobile' }),
  );

/** A batch whose slots are all of today, with text as bad as text can be. */
const todays = fc
  .tuple(batches, fc.array(fc.tuple(nasty, nasty), { minLength: 1, maxLength: 5 }))
  .map(([batch, texts]): RecordBatch => {
    const records = batch.records.map((record, i): ResultRecord => {
      const [key, value] = texts[i % texts.length] ?? ['', ''];
      return {
        ...record,
        scheduledMs: TODAY + (record.scheduledMs % DAY_MS),
        attributes: { ...record.attributes, [key]: value, ...(i % 2 ? { pop: value } : {}) },
      };
    });
    return { boot: batch.boot, records };
  });

const SELECT = `SELECT agent, boot, seq, region, country, city, isp, asn, provider, network, probe, type, target, pop,
  toUnixTimestamp64Milli(scheduled_at) AS scheduled_ms, lateness_us, duration_us, trigger, request_id, outcome, layer, blame,
  code, message, missed_reason, metric, value, attributes, event_loop_delay_us, cpu_ppm, rss_bytes, toFloat64(clock_offset_ms) AS offset_ms,
  disturbed, toUnixTimestamp64Milli(ingested_at) AS ingested_ms, collector, block FROM results`;

interface Source {
  readonly agent: string;
  readonly labels: AgentLabels;
}

/** The row that a record is to be. */
function expected(source: Source, boot: string, record: ResultRecord): Record<string, unknown> {
  const { region, country, city, isp, asn, provider, network } = source.labels;
  const { failure, state } = record;
  return {
    agent: source.agent,
    boot,
    ...{ region, country, city, isp, asn, provider, network },
    seq: record.seq,
    probe: record.probe,
    type: record.type,
    target: record.target,
    pop: record.attributes.pop ?? '',
    scheduled_ms: record.scheduledMs,
    lateness_us: Math.round(record.latenessMs * 1000),
    duration_us: Math.round(record.durationMs * 1000),
    trigger: record.trigger,
    request_id: record.requestId,
    outcome: record.outcome,
    layer: failure?.layer ?? '',
    blame: failure?.blame ?? '',
    code: failure?.code ?? '',
    message: failure?.message ?? '',
    missed_reason: record.missedReason ?? '',
    metric: Object.keys(record.metrics),
    value: Object.entries(record.metrics).map(([name, value]) => Math.round(value * scaleOf(name))),
    attributes: { ...record.attributes },
    event_loop_delay_us: Math.round(state.eventLoopDelayMs * 1000),
    cpu_ppm: Math.round(state.cpuRatio * 1000) * 1000,
    rss_bytes: state.rssBytes,
    offset_ms: Math.fround(state.clockOffsetMs),
    disturbed: state.disturbed ? 1 : 0,
  };
}

describeEngines('a block of results', (engine) => {
  let test: TestStore;
  let store: Store;
  beforeAll(async () => {
    test = await openTestStore(engine);
    store = test.store;
  });
  afterAll(() => test?.close());

  const stored = (collector: string) =>
    store.query<Record<string, unknown>>(
      `${SELECT} WHERE collector = {collector:String} ORDER BY boot, seq`,
      {
        collector,
      },
    );

  it('is in the store exactly what the records said, whatever they said', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(todays, nasty, labels, fc.nat(5)), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        async (given, number) => {
          run += 1;
          const collector = `exact-${run}`;
          const builder = new ResultBlockBuilder(collector, number);
          const rows: Record<string, unknown>[] = [];
          for (const [i, [batch, agent, agentLabels, skip]] of given.entries()) {
            const boot = `${String(i).padStart(2, '0')}-${batch.boot}`;
            const source = { agent, labels: agentLabels };
            const from = Math.min(skip, batch.records.length - 1);
            const to = Math.max(from, batch.records.length - skip);
            builder.append(source, viewBatch(encodeBatch({ ...batch, boot })), from, to);
            rows.push(
              ...batch.records.slice(from, to).map((record) => ({
                ...expected(source, boot, record),
                ingested_ms: TODAY + run,
                collector,
                block: number,
              })),
            );
          }
          const block = builder.build();
          expect(block).toMatchObject({ collector, number, rowCount: rows.length });
          await store.insertResults(block, { ingestedMs: TODAY + run });
          expect(await stored(collector)).toEqual(rows);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('has more distinct names than a byte, and than two, can count', async () => {
    const builder = new ResultBlockBuilder('many', 1);
    const view = viewBatch(encodeBatch({ boot: 'b', records: [recordOf(1, { scheduledMs: TODAY })] }));
    for (const agents of [300, 70_000]) {
      for (let i = 0; i < agents; i += 1)
        builder.append({ agent: `agent-${agents}-${i}`, labels: labelsOf(`r${i % 300}`) }, view, 0, 1);
    }
    await store.insertResults(builder.build());
    expect(
      await store.query(
        `SELECT count() AS rows, uniqExact(agent) AS agents, uniqExact(region) AS regions,
           countIf(region != concat('r', toString(toUInt32(splitByChar('-', agent)[3]) % 300))) AS wrong
         FROM results WHERE collector = 'many'`,
      ),
    ).toEqual([{ rows: 70_300, agents: 70_300, regions: 300, wrong: 0 }]);
  });

  it('of results without metrics and without attributes goes in as well', async () => {
    await store.insertResults(
      resultBlock('bare', [rowOf(1, { scheduledMs: TODAY, metrics: {}, attributes: {} })]),
    );
    expect(await stored('bare')).toMatchObject([{ metric: [], value: [], attributes: {}, pop: '' }]);
  });

  it('without rows is none', async () => {
    await store.insertResults(new ResultBlockBuilder('empty', 1).build());
    expect(await stored('empty')).toEqual([]);
  });

  it('is within the range of its columns whatever an agent claims', async () => {
    const view: BatchView = {
      ...viewBatch(encodeBatch({ boot: 'b', records: [recordOf(1), recordOf(2)] })),
      firstSeq: Number.MAX_SAFE_INTEGER - 1,
      scheduledMs: [TODAY, TODAY],
      latenessUs: [-5, Number.NaN],
      durationUs: [1e15, 2 ** 32],
      eventLoopDelayUs: [Number.POSITIVE_INFINITY, 0.6],
      cpuPermille: [2 ** 31, -1],
      rssKib: [-1, 1e30],
      clockOffsetMs: [-0.5, 2 ** 60],
      values: [-1e300, Number.MAX_SAFE_INTEGER],
    };
    const builder = new ResultBlockBuilder('claims', 1);
    builder.append({ agent: 'a', labels: labelsOf('r', { asn: -7 }) }, view, 0, 2);
    await store.insertResults(builder.build());
    const most = 2 ** 32 - 1;
    expect(await stored('claims')).toMatchObject([
      {
        seq: Number.MAX_SAFE_INTEGER - 1,
        asn: 0,
        lateness_us: 0,
        duration_us: most,
        event_loop_delay_us: most,
        cpu_ppm: most,
        rss_bytes: 0,
        offset_ms: -0.5,
        value: [-Number.MAX_SAFE_INTEGER],
      },
      {
        seq: Number.MAX_SAFE_INTEGER,
        lateness_us: 0,
        duration_us: most,
        event_loop_delay_us: 1,
        cpu_ppm: 0,
        rss_bytes: Number.MAX_SAFE_INTEGER,
        value: [Number.MAX_SAFE_INTEGER],
      },
    ]);
  });
});

describe('a builder', () => {
  const view = viewBatch(
    encodeBatch({ boot: 'b', records: Array.from({ length: 50 }, (_, i) => recordOf(i + 1)) }),
  );
  const source = { agent: 'a', labels: labelsOf('r') };

  it('knows how many rows it has and what they take, which grows by the row and no faster', () => {
    const builder = new ResultBlockBuilder('c', 1);
    expect(builder).toMatchObject({ rowCount: 0, bytes: 0 });
    builder.append(source, view, 0, 50);
    const first = builder.bytes;
    builder.append(source, view, 10, 60 - 10);
    builder.append(source, view, 7, 7);
    expect(builder.rowCount).toBe(90);
    expect(first / 50).toBeGreaterThan(150);
    expect(first / 50).toBeLessThan(400);
    expect(builder.bytes).toBeLessThan(first * 2);
  });

  it('takes about as much memory as it says, of its block as well', () => {
    const builder = new ResultBlockBuilder('c', 1);
    for (let i = 0; i < 100; i += 1) builder.append(source, view, 0, 50);
    const block = builder.build();
    expect(block.bytes / builder.bytes).toBeGreaterThan(0.5);
    expect(block.bytes / builder.bytes).toBeLessThan(1.5);
    const body = block.body(0);
    expect(body.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(block.bytes);
  });

  it('gives the same body for the same time, and another only in that time', () => {
    const block = resultBlock('c', [rowOf(1), rowOf(2)]);
    const at = (ms: number) => Buffer.concat(block.body(ms));
    expect(at(TODAY)).toEqual(at(TODAY));
    const [one, two] = [at(TODAY), at(TODAY + 1)];
    expect(one.length).toBe(two.length);
    expect([...one.keys()].filter((i) => one[i] !== two[i]).length).toBe(2);
  });
});
