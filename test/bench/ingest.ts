/**
 * How fast results get from agents into the store, durable and acknowledged, beside what ClickHouse itself takes: the same
 * rows, encoded beforehand, inserted directly into the same tables with the same rollups on.
 */
import type { ResultRecord } from '../../protocol/record.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import type { Engine } from './support/fleet-settings.ts';
import type { RawFormat, RawSeries, StoreFacts } from './support/ingest-messages.ts';
import { FRAME_RESULTS, type IngestSettings, ingestSettings } from './support/ingest-settings.ts';
import { IngestStage, type Round } from './support/ingest-stage.ts';
import { sampleBatch } from './support/sample-batch.ts';
import { median } from './support/stats.ts';

const RATIO_GOAL = 0.6;

export const ingestBenchmark: Benchmark = {
  name: 'ingest',
  summary:
    'Results a second from frames to durable, acknowledged rows, beside inserting the same rows directly.',
  run,
};

async function run(progress: Progress): Promise<Row[]> {
  const settings = ingestSettings();
  progress(`running ${FRAME_RESULTS} light probes against the reference origin for real records`);
  const { records } = await sampleBatch(FRAME_RESULTS);
  const server = await runOn('server', settings, records, progress);
  const embedded = await runOn('embedded', settings, records, progress);
  return [...server, ...embedded];
}

/** Raw before and after, end to end in between: what the machine does meanwhile falls on both. */
async function runOn(
  engine: Engine,
  settings: IngestSettings,
  records: readonly ResultRecord[],
  log: Progress,
): Promise<Row[]> {
  const progress: Progress = (text) => log(`${engine}: ${text}`);
  const stage = await IngestStage.start({ engine, settings, records, progress });
  try {
    const before = await stage.raw();
    const rounds = await stage.endToEnd();
    const after = await stage.raw();
    checkStore(after.facts, stage.sent);
    const raw = mergeSeries([...before.series, ...after.series]);
    return rowsOf(engine, rounds, raw, after.facts);
  } finally {
    await stage.stop();
  }
}

/** Nothing lost and nothing twice, in every table; a benchmark that loses results measures nothing. */
export function checkStore(facts: StoreFacts, sent: number): void {
  const { byAgent, byHour, byMinute, distinct, rows, total } = facts;
  if (rows !== sent || distinct !== sent)
    throw new Error(
      `${sent} results were acknowledged; the store has ${rows}, ${distinct} of them different`,
    );
  if (byMinute !== total || byHour !== total || byAgent !== total)
    throw new Error(
      `of ${total} rows latency_1m has ${byMinute}, latency_1h ${byHour} and agent_progress ${byAgent}`,
    );
}

export function mergeSeries(all: readonly RawSeries[]): RawSeries[] {
  const merged = new Map<string, { -readonly [K in keyof RawSeries]: RawSeries[K] }>();
  for (const series of all) {
    const known = merged.get(`${series.format} ${series.connections}`);
    merged.set(`${series.format} ${series.connections}`, {
      ...series,
      rowsPerS: [...(known?.rowsPerS ?? []), ...series.rowsPerS],
      cpuUs: [...(known?.cpuUs ?? []), ...series.cpuUs],
    });
  }
  return [...merged.values()];
}

interface Limit {
  readonly format: RawFormat;
  readonly connections: number;
  readonly rowsPerS: number;
  readonly cpuUs: number;
}

/** The better of one and two connections, by the medians of their rounds. */
export function limitOf(series: readonly RawSeries[], format: RawFormat): Limit {
  const limits = series
    .filter((one) => one.format === format)
    .map(({ connections, cpuUs, rowsPerS }) => ({
      format,
      connections,
      rowsPerS: median(rowsPerS),
      cpuUs: median(cpuUs),
    }))
    .sort((a, b) => b.rowsPerS - a.rowsPerS);
  if (!limits[0]) throw new RangeError(`${format} was not measured`);
  return limits[0];
}

const nameOf = ({ connections, format }: Limit): string =>
  `raw ${format}, ${connections} connection${connections === 1 ? '' : 's'}`;

function rowsOf(
  engine: Engine,
  rounds: readonly Round[],
  raw: readonly RawSeries[],
  facts: StoreFacts,
): Row[] {
  const formats = [...new Set(raw.map(({ format }) => format))];
  // What each engine is commonly handed: rows in binary over HTTP; in the process only text is taken from memory.
  const ownPath: RawFormat = engine === 'server' ? 'RowBinary' : 'TabSeparated';
  const own = limitOf(raw, ownPath);
  const rate = median(rounds.map(({ results, ms }) => (results * 1000) / ms));
  const cpu = (pick: (round: Round) => number): number =>
    median(rounds.map((round) => (pick(round) * 1000) / round.results));
  const wire = rounds[0] as Round;
  const named = (name: string): string => `${engine}_${name}`;
  const peer = { name: nameOf(own), value: own.rowsPerS };
  return [
    row(named('end_to_end'), rate, 'results/s', { peer }),
    row(named('of_raw_limit'), rate / own.rowsPerS, '1', { goal: atLeast(RATIO_GOAL) }),
    ...formats
      .filter((format) => format !== ownPath)
      .map((format) => limitOf(raw, format))
      .map((limit) =>
        row(named(`end_to_end_by_${limit.format.toLowerCase()}`), rate, 'results/s', {
          peer: { name: nameOf(limit), value: limit.rowsPerS },
        }),
      ),
    ...(engine === 'server'
      ? [
          row(
            named('cpu_collector'),
            cpu(({ collectorMs }) => collectorMs),
            'µs/result',
          ),
          row(
            named('cpu_clickhouse'),
            cpu(({ serverMs }) => serverMs ?? Number.NaN),
            'µs/result',
            {
              peer: { name: nameOf(own), value: own.cpuUs },
            },
          ),
        ]
      : [
          row(
            named('cpu_collector'),
            cpu(({ collectorMs }) => collectorMs),
            'µs/result',
            {
              peer: { name: nameOf(own), value: own.cpuUs },
            },
          ),
        ]),
    row(
      named('cpu_sender'),
      cpu(({ senderMs }) => senderMs),
      'µs/result',
    ),
    row(named('wire'), wire.wireBytes / wire.results, 'bytes/result', { goal: atMost(60) }),
    row(named('disk_merged'), facts.diskBytesPerRow, 'bytes/result', { goal: atMost(40) }),
  ];
}
