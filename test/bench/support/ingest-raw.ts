/**
 * The other side of the benchmark of ingest: rows of the same kind, encoded before the clock starts, inserted directly into
 * the same tables. A process of its own, started by `ingest.ts`.
 */

import { openStore } from '../../../collector/store/open-store.ts';
import { ResultBlockBuilder } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { decodeReceived } from '../../../protocol/codec.ts';
import { frameAgents, framesOf, sinceOf } from './ingest-frames.ts';
import type { RawOrder, RawReport, RawSeries, StoreFacts } from './ingest-messages.ts';
import { FRAME_RESULTS, RAW_BATCH_ROWS } from './ingest-settings.ts';
import { openRawEmbedded, openRawServer, RAW, type RawEngine, SEED } from './raw-engine.ts';
import { untilIdle } from './until-idle.ts';

const CONNECTIONS = [1, 2] as const;
/** Before what a collector looks back at when it starts. */
const SEED_AGE_MS = 7 * 86_400_000;

async function measure(order: RawOrder): Promise<RawReport> {
  const { dataDir, serverPid, url } = order;
  const store = await openStore(url ? { dataDir, clickhouse: { url } } : { dataDir });
  const engine = url ? openRawServer(order) : openRawEmbedded(store, dataDir);
  const enginePid = serverPid ?? process.pid;
  try {
    await seed(store, order);
    const series: RawSeries[] = [];
    for (const format of engine.formats) {
      const insert = await engine.prepare(format, FRAME_RESULTS);
      // The first takes what every later one finds in memory.
      await insert();
      const ofFormat = CONNECTIONS.map((connections) => ({
        format,
        connections,
        rowsPerS: [] as number[],
        cpuUs: [] as number[],
      }));
      for (let round = 0; round < order.rounds; round += 1)
        for (const one of ofFormat) {
          await untilIdle([enginePid]);
          await measureRound(engine, insert, one, order.batches);
        }
      series.push(...ofFormat);
    }
    return { type: 'measured', series, facts: await factsOf(store) };
  } finally {
    await engine.close();
    await store.close();
  }
}

/** Rows that raw ones are copies of, by the collector's own encoder; once a store. */
async function seed(store: Store, { agents, records, regions }: RawOrder): Promise<void> {
  if ((await count(store, `count() FROM results WHERE collector = '${SEED}'`)) > 0) return;
  const perAgent = Math.ceil(RAW_BATCH_ROWS / agents / FRAME_RESULTS) * FRAME_RESULTS;
  const nowMs = Date.now();
  const source = { records, sinceMs: sinceOf(nowMs, perAgent), random: Math.random };
  const builder = new ResultBlockBuilder(SEED, 1);
  for (const { id, labels } of frameAgents(agents, regions))
    for (const frame of framesOf(source, SEED, 1, perAgent)) {
      const received = decodeReceived(frame);
      if (received.type !== 'results') throw new Error(`a frame of results came back as ${received.type}`);
      builder.append({ agent: id, labels }, received.view, 0, received.view.count);
    }
  await store.insertResults(builder.build(), { ingestedMs: nowMs - SEED_AGE_MS });
}

async function measureRound(
  engine: RawEngine,
  insert: () => Promise<void>,
  series: { readonly connections: number; readonly rowsPerS: number[]; readonly cpuUs: number[] },
  batches: number,
): Promise<void> {
  const rows = batches * RAW_BATCH_ROWS;
  const [startedMs, cpuFrom] = [performance.now(), engine.cpuMs()];
  let left = batches;
  const connection = async (): Promise<void> => {
    for (; left > 0; await insert()) left -= 1;
  };
  await Promise.all(Array.from({ length: series.connections }, connection));
  series.rowsPerS.push((rows * 1000) / (performance.now() - startedMs));
  series.cpuUs.push(((engine.cpuMs() - cpuFrom) * 1000) / rows);
}

async function factsOf(store: Store): Promise<StoreFacts> {
  const ofCollectors = `FROM results WHERE collector NOT IN ('${RAW}', '${SEED}')`;
  const runs = "sum(count) FROM {table} WHERE metric = 'run_ms'";
  return {
    rows: await count(store, `count() ${ofCollectors}`),
    distinct: await count(store, `uniqExact(agent, boot, seq) ${ofCollectors}`),
    total: await count(store, 'count() FROM results'),
    byMinute: await count(store, runs.replace('{table}', 'latency_1m')),
    byHour: await count(store, runs.replace('{table}', 'latency_1h')),
    byAgent: await count(store, 'sum(results) FROM agent_progress'),
    diskBytesPerRow: await diskBytesPerRow(store, ofCollectors),
  };
}

/** In a copy of the table with these rows alone: copies of rows beside each other would look smaller than they are. */
async function diskBytesPerRow(store: Store, from: string): Promise<number> {
  if ((await count(store, `count() ${from}`)) === 0) return 0;
  await store.command('CREATE TABLE bench_disk AS results');
  await store.command(`INSERT INTO bench_disk SELECT * ${from}`);
  await store.command('OPTIMIZE TABLE bench_disk FINAL');
  const bytes = await count(
    store,
    "sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'bench_disk'",
  );
  await store.command('DROP TABLE bench_disk');
  return bytes;
}

async function count(store: Store, what: string): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    `SELECT toFloat64(n) AS n FROM (SELECT ${what.replace(' FROM', ' AS n FROM')})`,
  );
  return row?.n ?? 0;
}

process.once('message', (order: RawOrder) => {
  measure(order)
    .catch(
      (error: unknown): RawReport => ({
        type: 'failed',
        message: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((report) => process.send?.(report, () => process.disconnect()));
});
process.once('disconnect', () => process.exit());
