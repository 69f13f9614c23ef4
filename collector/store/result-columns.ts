/** The columns of a block of `results`, filled from batches without an object a result. */
import { OUTCOMES, TRIGGERS } from '../../probes/outcome.ts';
import type { AttributeSetEntry, BatchView } from '../../protocol/batch-view.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import {
  ByteList,
  columnChunks,
  DictionaryColumn,
  NestedColumn,
  NumberColumn,
  putInt64,
  TextColumn,
} from './native.ts';

/** Who made a batch, in the collector's view. */
export interface ResultSource {
  readonly agent: string;
  readonly labels: AgentLabels;
}

const DATE_TIME = "DateTime64(3, 'UTC')";
const UINT32_MAX = 0xffff_ffff;
const PPM_PER_PERMILLE = 1000;
const BYTES_PER_KIB = 1024;

const uint32 = () => new NumberColumn('UInt32', Uint32Array);
const byte = (type: string) => new NumberColumn(type, Uint8Array);
const wide = (type: string) => new NumberColumn(type, Int32Array, 2);
const enum8 = (names: readonly string[]) =>
  byte(`Enum8(${names.map((name, i) => `'${name}' = ${i + 1}`).join(', ')})`);

/** What is inside the nested columns, and where the rows end there. */
const createInside = () => ({
  metricEnds: uint32(),
  metricName: new DictionaryColumn(),
  metricValue: wide('Int64'),
  attributeEnds: uint32(),
  attributeKey: new DictionaryColumn(),
  attributeValue: new TextColumn(),
});

/** In the order in which they are written. */
const createColumns = (inside: ReturnType<typeof createInside>) => ({
  agent: new DictionaryColumn(),
  boot: new DictionaryColumn(),
  seq: wide('UInt64'),
  region: new DictionaryColumn(),
  country: new DictionaryColumn(),
  city: new DictionaryColumn(),
  isp: new DictionaryColumn(),
  asn: uint32(),
  provider: new DictionaryColumn(),
  network: new DictionaryColumn(),
  probe: new DictionaryColumn(),
  type: new DictionaryColumn(),
  target: new DictionaryColumn(),
  pop: new DictionaryColumn(),
  scheduled_at: wide(DATE_TIME),
  lateness_us: uint32(),
  duration_us: uint32(),
  trigger: enum8(TRIGGERS),
  request_id: new TextColumn(),
  outcome: enum8(OUTCOMES),
  layer: new DictionaryColumn(),
  blame: new DictionaryColumn(),
  code: new DictionaryColumn(),
  message: new TextColumn(),
  missed_reason: new DictionaryColumn(),
  metric: new NestedColumn('Array(LowCardinality(String))', inside.metricEnds, [inside.metricName]),
  value: new NestedColumn('Array(Int64)', inside.metricEnds, [inside.metricValue]),
  attributes: new NestedColumn('Map(LowCardinality(String), String)', inside.attributeEnds, [
    inside.attributeKey,
    inside.attributeValue,
  ]),
  event_loop_delay_us: uint32(),
  cpu_ppm: uint32(),
  rss_bytes: wide('UInt64'),
  clock_offset_ms: new NumberColumn('Float32', Float32Array),
  disturbed: byte('UInt8'),
});

/** Columns that are the same for every row of a block; they come last. */
const createBlockColumns = () => ({
  ingested_at: wide(DATE_TIME),
  collector: new DictionaryColumn(),
  block: uint32(),
});

/** The columns of a block in their order. */
export const RESULT_COLUMNS: readonly string[] = [
  ...Object.keys(createColumns(createInside())),
  ...Object.keys(createBlockColumns()),
];

/** A number for each entry of a table of a batch, kept from batch to batch so that none makes a new list. */
class Scratch {
  #numbers = new Int32Array(64);

  /** A list of `length` numbers that hold anything. */
  take(length: number): Int32Array {
    if (length > this.#numbers.length) this.#numbers = new Int32Array(length * 2);
    return this.#numbers;
  }
}

export class ResultColumns {
  readonly #inside = createInside();
  readonly #rows = createColumns(this.#inside);
  readonly #dictionaries: readonly DictionaryColumn[];
  /** Those with a number or a key a row. */
  readonly #perRow: readonly { reserve(count: number): void }[];
  readonly #scratch = { first: new Scratch(), second: new Scratch(), third: new Scratch() };
  #rowCount = 0;
  #capacity = 0;
  #metrics = 0;
  #attributes = 0;

  constructor() {
    const { metricEnds, attributeEnds, metricName, attributeKey } = this.#inside;
    const columns = [...Object.values(this.#rows), metricEnds, attributeEnds];
    this.#perRow = columns.filter((column) => 'reserve' in column);
    this.#dictionaries = [
      ...Object.values(this.#rows).filter((column) => column instanceof DictionaryColumn),
      metricName,
      attributeKey,
    ];
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** What the rows take in memory. */
  get bytes(): number {
    const { request_id, message } = this.#rows;
    let bytes = request_id.length + message.length + this.#inside.attributeValue.length;
    for (const { textBytes } of this.#dictionaries) bytes += textBytes;
    return bytes + this.#rowCount * ROW_BYTES + this.#metrics * METRIC_BYTES + this.#attributes * KEY_BYTES;
  }

  /** Takes the results `[from, to)` of a batch. */
  append(source: ResultSource, view: BatchView, from: number, to: number): void {
    if (to <= from) return;
    const first = this.#rowCount;
    this.#reserve(first + to - from);
    this.#appendSource(source, view, from, to);
    this.#appendChecks(view, from, to);
    this.#appendTimes(view, from, to);
    this.#appendEndings(view, from, to);
    this.#appendMetrics(view, from, to);
    this.#appendAttributes(view, from, to);
    this.#appendState(view, from, to);
    this.#rowCount = first + to - from;
  }

  /** The rows in Native format, without the columns of the block itself. */
  chunks(): Uint8Array[] {
    const head = new ByteList(16);
    head.varint(RESULT_COLUMNS.length);
    head.varint(this.#rowCount);
    const columns = Object.entries(this.#rows);
    return [head.view(), ...columns.flatMap(([name, column]) => columnChunks(name, column, this.#rowCount))];
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    this.#capacity = Math.max(rows, this.#capacity * 2, 256);
    for (const column of this.#perRow) column.reserve(this.#capacity);
  }

  #appendSource({ agent, labels }: ResultSource, view: BatchView, from: number, to: number): void {
    const rows = this.#rows;
    const start = this.#rowCount;
    const end = start + to - from;
    rows.agent.data.fill(rows.agent.key(agent), start, end);
    rows.boot.data.fill(rows.boot.key(view.boot), start, end);
    rows.region.data.fill(rows.region.key(labels.region), start, end);
    rows.country.data.fill(rows.country.key(labels.country), start, end);
    rows.city.data.fill(rows.city.key(labels.city), start, end);
    rows.isp.data.fill(rows.isp.key(labels.isp), start, end);
    rows.asn.data.fill(unsigned32(labels.asn), start, end);
    rows.provider.data.fill(rows.provider.key(labels.provider), start, end);
    rows.network.data.fill(rows.network.key(labels.network), start, end);
    const seq = rows.seq.data;
    for (let at = start; at < end; at += 1) putInt64(seq, at, view.firstSeq + from + at - start);
  }

  #appendChecks({ check, checks }: BatchView, from: number, to: number): void {
    const { probe, type, target } = this.#rows;
    const probes = this.#scratch.first.take(checks.length);
    const types = this.#scratch.second.take(checks.length);
    const targets = this.#scratch.third.take(checks.length);
    for (let place = 0; place < checks.length; place += 1) {
      const entry = checks[place] as BatchView['checks'][number];
      probes[place] = probe.key(entry.probe);
      types[place] = type.key(entry.type);
      targets[place] = target.key(entry.target);
    }
    const [probeKeys, typeKeys, targetKeys] = [probe.data, type.data, target.data];
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      const place = check[row] as number;
      probeKeys[at] = probes[place] as number;
      typeKeys[at] = types[place] as number;
      targetKeys[at] = targets[place] as number;
    }
  }

  #appendTimes(view: BatchView, from: number, to: number): void {
    const scheduled = this.#rows.scheduled_at.data;
    const lateness = this.#rows.lateness_us.data;
    const duration = this.#rows.duration_us.data;
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      putInt64(scheduled, at, view.scheduledMs[row] as number);
      lateness[at] = unsigned32(view.latenessUs[row] as number);
      duration[at] = unsigned32(view.durationUs[row] as number);
    }
  }

  /** Most results end as the one before: what is looked up is what ends otherwise. */
  #appendEndings({ ending, endings }: BatchView, from: number, to: number): void {
    const { trigger, outcome, layer, blame, code, missed_reason, request_id, message } = this.#rows;
    let last = -1;
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      const place = ending[row] as number;
      const entry = endings[place] as BatchView['endings'][number];
      const same = place === last;
      last = place;
      trigger.data[at] = same ? (trigger.data[at - 1] as number) : TRIGGERS.indexOf(entry.trigger) + 1;
      outcome.data[at] = same ? (outcome.data[at - 1] as number) : OUTCOMES.indexOf(entry.outcome) + 1;
      layer.data[at] = same ? (layer.data[at - 1] as number) : layer.key(entry.layer);
      blame.data[at] = same ? (blame.data[at - 1] as number) : blame.key(entry.blame);
      code.data[at] = same ? (code.data[at - 1] as number) : code.key(entry.code);
      missed_reason.data[at] = same
        ? (missed_reason.data[at - 1] as number)
        : missed_reason.key(entry.missedReason);
      request_id.string(entry.requestId);
      message.string(entry.message);
    }
  }

  /** Names and values of all metrics; the first row of a shape finds the names, the others repeat them. */
  #appendMetrics({ shape, shapes, valueStart, values }: BatchView, from: number, to: number): void {
    const { metricEnds, metricName, metricValue } = this.#inside;
    const known = this.#scratch.first.take(shapes.length).fill(-1, 0, shapes.length);
    const ends = metricEnds.data;
    let end = this.#metrics;
    const most = end + values.length;
    metricName.reserve(most);
    metricValue.reserve(most);
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      const place = shape[row] as number;
      const { metrics } = shapes[place] as BatchView['shapes'][number];
      const count = metrics.length;
      const first = known[place] as number;
      if (first >= 0) metricName.data.copyWithin(end, first, first + count);
      else {
        for (let i = 0; i < count; i += 1) metricName.data[end + i] = metricName.key(metrics[i] as string);
        known[place] = end;
      }
      const start = valueStart[row] as number;
      for (let i = 0; i < count; i += 1)
        putInt64(metricValue.data, end + i, safe(values[start + i] as number));
      end += count;
      ends[at] = end;
    }
    this.#metrics = end;
  }

  /** As with metrics: what the rows of a batch share is found once. */
  #appendAttributes({ attributeSet, attributeSets }: BatchView, from: number, to: number): void {
    const { attributeEnds, attributeKey, attributeValue } = this.#inside;
    const known = this.#scratch.first.take(attributeSets.length).fill(-1, 0, attributeSets.length);
    const textStart = this.#scratch.second.take(attributeSets.length);
    const textEnd = this.#scratch.third.take(attributeSets.length);
    const pop = this.#rows.pop.data;
    let end = this.#attributes;
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      const place = attributeSet[row] as number;
      const set = attributeSets[place] as AttributeSetEntry;
      const count = set.keys.length;
      attributeKey.reserve(end + count);
      const first = known[place] as number;
      if (first >= 0) {
        attributeKey.data.copyWithin(
          end,
          (attributeEnds.data[first] as number) - count,
          attributeEnds.data[first],
        );
        attributeValue.repeat(textStart[place] as number, textEnd[place] as number);
        pop[at] = pop[first] as number;
      } else {
        known[place] = at;
        textStart[place] = attributeValue.length;
        pop[at] = this.#appendSet(set, end);
        textEnd[place] = attributeValue.length;
      }
      end += count;
      attributeEnds.data[at] = end;
    }
    this.#attributes = end;
  }

  /** Writes the attributes of one result from key `at` on. Gives the key of its pop. */
  #appendSet({ keys, values }: AttributeSetEntry, at: number): number {
    const { attributeKey, attributeValue } = this.#inside;
    let pop = '';
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] as string;
      const value = values[i] as string;
      attributeKey.data[at + i] = attributeKey.key(key);
      attributeValue.string(value);
      if (key === 'pop') pop = value;
    }
    return this.#rows.pop.key(pop);
  }

  #appendState(view: BatchView, from: number, to: number): void {
    const rows = this.#rows;
    const delay = rows.event_loop_delay_us.data;
    const cpu = rows.cpu_ppm.data;
    const rss = rows.rss_bytes.data;
    const offset = rows.clock_offset_ms.data;
    const disturbed = rows.disturbed.data;
    for (let row = from, at = this.#rowCount; row < to; row += 1, at += 1) {
      delay[at] = unsigned32(view.eventLoopDelayUs[row] as number);
      cpu[at] = unsigned32((view.cpuPermille[row] as number) * PPM_PER_PERMILLE);
      putInt64(rss, at, safe(Math.max(0, view.rssKib[row] as number) * BYTES_PER_KIB));
      offset[at] = view.clockOffsetMs[row] as number;
      disturbed[at] = view.disturbed[row] ? 1 : 0;
    }
  }
}

/** Memory of one row beside its texts, one metric and one attribute: what the arrays above have for each. */
const KEY_BYTES = 4;
const METRIC_BYTES = KEY_BYTES + 8;
const ROW_BYTES = 17 * KEY_BYTES + 7 * 4 + 3 * 8 + 4 + 3;

/** The columns that say which block it is. */
export function blockColumnChunks(
  collector: string,
  number: number,
  rowCount: number,
  ingestedMs: number,
): Uint8Array[] {
  const columns = createBlockColumns();
  for (const column of Object.values(columns)) column.reserve(rowCount);
  columns.collector.data.fill(columns.collector.key(collector), 0, rowCount);
  columns.block.data.fill(number, 0, rowCount);
  const wholeMs = Math.round(ingestedMs);
  for (let row = 0; row < rowCount; row += 1) putInt64(columns.ingested_at.data, row, wholeMs);
  return Object.entries(columns).flatMap(([name, column]) => columnChunks(name, column, rowCount));
}

/** Rounded and held within 32 unsigned bits; what is not a number is 0. */
function unsigned32(value: number): number {
  const whole = Math.round(value);
  return whole > 0 ? Math.min(whole, UINT32_MAX) : 0;
}

/** Held within the whole numbers that JavaScript has exactly. */
function safe(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
