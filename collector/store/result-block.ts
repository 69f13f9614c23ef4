/** Results as ClickHouse takes them: blocks of rows of `results`, column by column, made once and retried as they are. */
import { OUTCOMES, TRIGGERS } from '../../probes/outcome.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { type BatchView, viewBatch } from '../../protocol/batch-view.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { ByteList, type Column, DictionaryColumn, NestedColumn, PlainColumn, writeColumn } from './native.ts';

/** Rows that are committed together. The same block twice is one block: its name is its deduplication token. */
export interface ResultBlock {
  /** The run of the collector that made it. */
  readonly collector: string;
  /** 1, 2, 3 … within that run. */
  readonly number: number;
  readonly rowCount: number;
  /** Size of the body. */
  readonly bytes: number;
  /** In Native format, with the columns `RESULT_COLUMNS`; `ingestedMs` is when the collector stores it, Unix milliseconds. */
  body(ingestedMs: number): Uint8Array[];
}

/** Who made a batch, in the collector's view. */
export interface ResultSource {
  readonly agent: string;
  readonly labels: AgentLabels;
}

const DATE_TIME = "DateTime64(3, 'UTC')";

/** The columns of `results` in the order in which they are written; those of the block itself come last. */
const createColumns = () => {
  const attributeKey = new DictionaryColumn();
  const attributeValue = new PlainColumn('String');
  const metricName = new DictionaryColumn();
  const metricValue = new PlainColumn('Int64');
  return {
    parts: { attributeKey, attributeValue, metricName, metricValue },
    rows: {
      agent: new DictionaryColumn(),
      boot: new DictionaryColumn(),
      seq: new PlainColumn('UInt64'),
      region: new DictionaryColumn(),
      country: new DictionaryColumn(),
      city: new DictionaryColumn(),
      isp: new DictionaryColumn(),
      asn: new PlainColumn('UInt32'),
      provider: new DictionaryColumn(),
      network: new DictionaryColumn(),
      probe: new DictionaryColumn(),
      type: new DictionaryColumn(),
      target: new DictionaryColumn(),
      pop: new DictionaryColumn(),
      scheduled_at: new PlainColumn(DATE_TIME),
      lateness_us: new PlainColumn('UInt32'),
      duration_us: new PlainColumn('UInt32'),
      trigger: new PlainColumn(enum8(TRIGGERS)),
      request_id: new PlainColumn('String'),
      outcome: new PlainColumn(enum8(OUTCOMES)),
      layer: new DictionaryColumn(),
      blame: new DictionaryColumn(),
      code: new DictionaryColumn(),
      message: new PlainColumn('String'),
      missed_reason: new DictionaryColumn(),
      metric: new NestedColumn('Array(LowCardinality(String))', [metricName]),
      value: new NestedColumn('Array(Int64)', [metricValue]),
      attributes: new NestedColumn('Map(LowCardinality(String), String)', [attributeKey, attributeValue]),
      event_loop_delay_us: new PlainColumn('UInt32'),
      cpu_ppm: new PlainColumn('UInt32'),
      rss_bytes: new PlainColumn('UInt64'),
      clock_offset_ms: new PlainColumn('Float32'),
      disturbed: new PlainColumn('UInt8'),
    } satisfies Record<string, Column>,
  };
};

/** Columns that are the same for every row of a block. */
const BLOCK_COLUMNS = ['ingested_at', 'collector', 'block'];
export const RESULT_COLUMNS: readonly string[] = [...Object.keys(createColumns().rows), ...BLOCK_COLUMNS];

function enum8(names: readonly string[]): string {
  return `Enum8(${names.map((name, i) => `'${name}' = ${i + 1}`).join(', ')})`;
}

/** What the entries of a batch's tables are in this block: looked up once a batch, not once a row. */
interface Entries {
  readonly checks: readonly { readonly probe: number; readonly type: number; readonly target: number }[];
  readonly endings: readonly {
    readonly outcome: number;
    readonly trigger: number;
    readonly layer: number;
    readonly blame: number;
    readonly code: number;
    readonly missedReason: number;
    readonly requestId: Uint8Array;
    readonly message: Uint8Array;
  }[];
  readonly shapes: readonly Uint32Array[];
  readonly attributeSets: readonly {
    readonly keys: Uint32Array;
    readonly values: Uint8Array;
    readonly pop: number;
  }[];
}

const UINT32_MAX = 0xffffffff;
const PPM_PER_PERMILLE = 1000;

/** Gathers rows. What it holds grows with the rows, in a few large pieces; there is no object a row. */
export class ResultBlockBuilder {
  readonly #collector: string;
  readonly #number: number;
  readonly #columns = createColumns();
  #rowCount = 0;

  constructor(collector: string, number: number) {
    this.#collector = collector;
    this.#number = number;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** What the columns hold. */
  get bytes(): number {
    return Object.values(this.#columns.rows).reduce((sum, column) => sum + column.bytes, 0);
  }

  /** Takes the results `[from, to)` of a batch. */
  append({ agent, labels }: ResultSource, view: BatchView, from: number, to: number): void {
    const { rows } = this.#columns;
    const count = to - from;
    const same = (column: DictionaryColumn, value: string) => column.fill(column.key(value), count);
    same(rows.agent, agent);
    same(rows.boot, view.boot);
    same(rows.region, labels.region);
    same(rows.country, labels.country);
    same(rows.city, labels.city);
    same(rows.isp, labels.isp);
    same(rows.provider, labels.provider);
    same(rows.network, labels.network);
    const asn = unsigned32(labels.asn);
    const entries = this.#entriesOf(view);
    for (let row = from; row < to; row += 1) {
      rows.asn.uint32(asn);
      rows.seq.int64(view.firstSeq + row);
      this.#appendCheck(entries, view, row);
      this.#appendEnding(entries, view, row);
      this.#appendMetrics(entries, view, row);
      this.#appendState(view, row);
    }
    this.#rowCount += count;
  }

  build(): ResultBlock {
    const head = new ByteList(1024);
    const { rows } = this.#columns;
    head.varint(RESULT_COLUMNS.length);
    head.varint(this.#rowCount);
    for (const [name, column] of Object.entries(rows)) writeColumn(head, name, column);
    const body = head.view();
    const { rowCount } = this;
    const [collector, number] = [this.#collector, this.#number];
    const tailBytes = blockColumns(collector, number, rowCount, 0).length;
    return {
      collector,
      number,
      rowCount,
      bytes: body.length + tailBytes,
      body: (ingestedMs) => [body, blockColumns(collector, number, rowCount, ingestedMs)],
    };
  }

  #appendCheck({ checks, attributeSets }: Entries, view: BatchView, row: number): void {
    const { rows, parts } = this.#columns;
    const check = entry(checks, view.check[row]);
    rows.probe.push(check.probe);
    rows.type.push(check.type);
    rows.target.push(check.target);
    rows.scheduled_at.int64(view.scheduledMs[row] as number);
    rows.lateness_us.uint32(unsigned32(view.latenessUs[row]));
    rows.duration_us.uint32(unsigned32(view.durationUs[row]));
    const set = entry(attributeSets, view.attributeSet[row]);
    rows.pop.push(set.pop);
    rows.attributes.row(set.keys.length);
    parts.attributeKey.pushAll(set.keys);
    parts.attributeValue.raw(set.values);
  }

  #appendEnding({ endings }: Entries, view: BatchView, row: number): void {
    const { rows } = this.#columns;
    const ending = entry(endings, view.ending[row]);
    rows.outcome.byte(ending.outcome);
    rows.trigger.byte(ending.trigger);
    rows.request_id.raw(ending.requestId);
    rows.layer.push(ending.layer);
    rows.blame.push(ending.blame);
    rows.code.push(ending.code);
    rows.message.raw(ending.message);
    rows.missed_reason.push(ending.missedReason);
  }

  #appendMetrics({ shapes }: Entries, view: BatchView, row: number): void {
    const { rows, parts } = this.#columns;
    const shape = entry(shapes, view.shape[row]);
    rows.metric.row(shape.length);
    parts.metricName.pushAll(shape);
    rows.value.row(shape.length);
    const start = view.valueStart[row] as number;
    for (let i = start; i < start + shape.length; i += 1)
      parts.metricValue.int64(safe(view.values[i] as number));
  }

  #appendState(view: BatchView, row: number): void {
    const { rows } = this.#columns;
    rows.event_loop_delay_us.uint32(unsigned32(view.eventLoopDelayUs[row]));
    rows.cpu_ppm.uint32(unsigned32((view.cpuPermille[row] as number) * PPM_PER_PERMILLE));
    rows.rss_bytes.int64(safe(Math.max(0, view.rssKib[row] as number) * 1024));
    rows.clock_offset_ms.float32(view.clockOffsetMs[row] as number);
    rows.disturbed.byte(view.disturbed[row] ? 1 : 0);
  }

  #entriesOf(view: BatchView): Entries {
    const { rows, parts } = this.#columns;
    return {
      checks: view.checks.map(({ probe, type, target }) => ({
        probe: rows.probe.key(probe),
        type: rows.type.key(type),
        target: rows.target.key(target),
      })),
      endings: view.endings.map((ending) => ({
        outcome: OUTCOMES.indexOf(ending.outcome) + 1,
        trigger: TRIGGERS.indexOf(ending.trigger) + 1,
        layer: rows.layer.key(ending.layer),
        blame: rows.blame.key(ending.blame),
        code: rows.code.key(ending.code),
        missedReason: rows.missed_reason.key(ending.missedReason),
        requestId: strings([ending.requestId]),
        message: strings([ending.message]),
      })),
      shapes: view.shapes.map(({ metrics }) =>
        Uint32Array.from(metrics, (name) => parts.metricName.key(name)),
      ),
      attributeSets: view.attributeSets.map(({ keys, values }) => ({
        keys: Uint32Array.from(keys, (key) => parts.attributeKey.key(key)),
        values: strings(values),
        pop: rows.pop.key(values[keys.indexOf('pop')] ?? ''),
      })),
    };
  }
}

/** The columns that say which block it is. */
function blockColumns(collector: string, number: number, rowCount: number, ingestedMs: number): Uint8Array {
  const out = new ByteList(rowCount * 13 + 256);
  const ingestedAt = new PlainColumn(DATE_TIME);
  const name = new DictionaryColumn();
  const block = new PlainColumn('UInt32');
  name.fill(name.key(collector), rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    ingestedAt.int64(Math.round(ingestedMs));
    block.uint32(number);
  }
  writeColumn(out, 'ingested_at', ingestedAt);
  writeColumn(out, 'collector', name);
  writeColumn(out, 'block', block);
  return out.view();
}

/** Strings as a String column has them, one after the other. */
function strings(values: readonly string[]): Uint8Array {
  const out = new ByteList(16);
  for (const value of values) out.string(value);
  return out.view();
}

function entry<T>(table: readonly T[], index: number | undefined): T {
  return table[index as number] as T;
}

/** Rounded and held within 32 unsigned bits; what is not a number is 0. */
function unsigned32(value: number | undefined): number {
  const whole = Math.round(value ?? 0);
  return whole > 0 ? Math.min(whole, UINT32_MAX) : 0;
}

/** A whole number within what a number holds exactly. */
function safe(value: number): number {
  const whole = Math.round(value);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, whole));
}

/** One result and the collector's view of the agent that made it. */
export interface ResultRow extends ResultSource {
  readonly boot: string;
  readonly record: ResultRecord;
}

/** A block of single results; for tests and for those who have all rows at hand. */
export function resultBlock(token: string, rows: readonly ResultRow[]): ResultBlock {
  const builder = new ResultBlockBuilder(token, 1);
  for (const { boot, record, ...source } of rows)
    builder.append(source, viewBatch(encodeBatch({ boot, records: [record] })), 0, 1);
  return builder.build();
}
