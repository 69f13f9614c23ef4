/** Results to columns and back. What repeats in a batch (names, endings, attribute sets) stands once, in a table. */

import { scaleOf } from '../probes/metrics.ts';
import type { Blame, ErrorCode, Layer, MissedReason } from '../probes/outcome.ts';
import {
  type BatchView,
  type CheckEntry,
  type EndingEntry,
  type ShapeEntry,
  viewBatch,
} from './batch-view.ts';
import { cut } from './check.ts';
import type { RecordBatch, ResultRecord } from './record.ts';
import type { WireBatch } from './wire.ts';

/** Gives each distinct key one index, and makes its entry once. */
class Table<T> {
  readonly entries: T[] = [];
  readonly #indices = new Map<string, number>();

  index(key: string, make: () => T): number {
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const entry = make();
    const index = this.entries.push(entry) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

const US_PER_MS = 1000;

/** Non-negative integer microseconds, for columns that have no sign. */
const toUs = (ms: number): number => Math.max(0, Math.round(ms * US_PER_MS));

interface Tables {
  readonly strings: Table<string>;
  readonly checks: Table<{ probe: number; type: number; target: number }>;
  readonly endings: Table<
    Record<
      'outcome' | 'layer' | 'blame' | 'code' | 'message' | 'missedReason' | 'trigger' | 'requestId',
      number
    >
  >;
  readonly shapes: Table<{ metric: number[] }>;
  readonly attributeSets: Table<{ key: number[]; value: number[] }>;
}

function endingIndex(tables: Tables, record: ResultRecord, string: (value: string) => number): number {
  const { failure } = record;
  const ending = {
    outcome: string(record.outcome),
    layer: string(failure?.layer ?? ''),
    blame: string(failure?.blame ?? ''),
    code: string(failure?.code ?? ''),
    message: string(failure?.message ?? ''),
    missedReason: string(record.missedReason ?? ''),
    trigger: string(record.trigger),
    requestId: string(record.requestId),
  };
  return tables.endings.index(Object.values(ending).join(), () => ending);
}

/** Columns of a batch whose records have consecutive seqs; throws a RangeError otherwise. */
export function encodeBatch(batch: RecordBatch): WireBatch {
  const { records } = batch;
  const tables: Tables = {
    strings: new Table(),
    checks: new Table(),
    endings: new Table(),
    shapes: new Table(),
    attributeSets: new Table(),
  };
  const string = (value: string): number => tables.strings.index(value, () => cut(value));
  string('');
  const columns = {
    check: [] as number[],
    scheduledMs: [] as number[],
    latenessUs: [] as number[],
    durationUs: [] as number[],
    ending: [] as number[],
    shape: [] as number[],
    attributeSet: [] as number[],
    values: [] as number[],
    eventLoopDelayUs: [] as number[],
    cpuPermille: [] as number[],
    rssKib: [] as number[],
    clockOffsetMs: [] as number[],
    disturbed: [] as boolean[],
  };
  const firstSeq = records[0]?.seq ?? 0;
  let scheduledMs = 0;
  let rssKib = 0;
  let clockOffsetMs = 0;
  for (const [row, record] of records.entries()) {
    if (record.seq !== firstSeq + row)
      throw new RangeError(`seq ${record.seq} does not follow ${firstSeq + row - 1}`);
    const check = { probe: string(record.probe), type: string(record.type), target: string(record.target) };
    columns.check.push(tables.checks.index(`${check.probe},${check.type},${check.target}`, () => check));
    columns.scheduledMs.push(Math.round(record.scheduledMs) - scheduledMs);
    scheduledMs = Math.round(record.scheduledMs);
    columns.latenessUs.push(Math.round(record.latenessMs * US_PER_MS));
    columns.durationUs.push(toUs(record.durationMs));
    columns.ending.push(endingIndex(tables, record, string));
    const metric: number[] = [];
    for (const [metricName, value] of Object.entries(record.metrics)) {
      const steps = Math.round(value * scaleOf(metricName));
      if (!Number.isSafeInteger(steps)) continue;
      metric.push(string(metricName));
      columns.values.push(steps);
    }
    columns.shape.push(tables.shapes.index(metric.join(), () => ({ metric })));
    const key: number[] = [];
    const value: number[] = [];
    for (const [attribute, content] of Object.entries(record.attributes)) {
      key.push(string(attribute));
      value.push(string(content));
    }
    columns.attributeSet.push(
      tables.attributeSets.index(`${key.join()};${value.join()}`, () => ({ key, value })),
    );
    const { state } = record;
    columns.eventLoopDelayUs.push(Math.min(0xffffffff, toUs(state.eventLoopDelayMs)));
    columns.cpuPermille.push(Math.max(0, Math.round(state.cpuRatio * 1000)));
    columns.rssKib.push(Math.round(state.rssBytes / 1024) - rssKib);
    rssKib = Math.round(state.rssBytes / 1024);
    columns.clockOffsetMs.push(Math.round(state.clockOffsetMs) - clockOffsetMs);
    clockOffsetMs = Math.round(state.clockOffsetMs);
    columns.disturbed.push(state.disturbed);
  }
  return {
    boot: batch.boot,
    firstSeq,
    ...(batch.skipped ? { skipped: batch.skipped } : {}),
    strings: tables.strings.entries,
    checks: tables.checks.entries,
    endings: tables.endings.entries,
    shapes: tables.shapes.entries,
    attributeSets: tables.attributeSets.entries,
    ...columns,
  };
}

/** The records of a batch that a peer sent; throws `ProtocolError('bad_frame')`. */
export function decodeBatch(batch: WireBatch): RecordBatch {
  const view = viewBatch(batch);
  const { boot, skipped } = view;
  return { boot, ...(skipped > 0 ? { skipped } : {}), records: recordsOf(view) };
}

/** Every result of a batch as a record of its own. */
function recordsOf(view: BatchView): ResultRecord[] {
  const endings = view.endings.map(endingOf);
  const attributeSets = view.attributeSets.map(({ keys, values }) =>
    Object.fromEntries(keys.map((key, i) => [key, values[i] as string])),
  );
  return Array.from({ length: view.count }, (_, row) => ({
    seq: view.firstSeq + row,
    ...(view.checks[view.check[row] as number] as CheckEntry),
    ...(endings[view.ending[row] as number] as Ending),
    scheduledMs: view.scheduledMs[row] as number,
    latenessMs: (view.latenessUs[row] as number) / US_PER_MS,
    durationMs: (view.durationUs[row] as number) / US_PER_MS,
    metrics: metricsOf(view, row),
    attributes: attributeSets[view.attributeSet[row] as number] as Record<string, string>,
    state: {
      eventLoopDelayMs: (view.eventLoopDelayUs[row] as number) / US_PER_MS,
      cpuRatio: (view.cpuPermille[row] as number) / 1000,
      rssBytes: Math.max(0, view.rssKib[row] as number) * 1024,
      clockOffsetMs: view.clockOffsetMs[row] as number,
      disturbed: view.disturbed[row] as boolean,
    },
  }));
}

type Ending = Pick<ResultRecord, 'outcome' | 'trigger' | 'requestId' | 'failure' | 'missedReason'>;

function endingOf(entry: EndingEntry): Ending {
  const { outcome, trigger, requestId, message } = entry;
  const base = { outcome, trigger, requestId };
  if (outcome === 'missed') return { ...base, missedReason: entry.missedReason as MissedReason };
  if (outcome === 'ok') return base;
  const layer = entry.layer as Layer;
  const blame = entry.blame as Blame;
  return { ...base, failure: { layer, blame, code: entry.code as ErrorCode, message } };
}

function metricsOf(view: BatchView, row: number): Record<string, number> {
  const { metrics, scales } = view.shapes[view.shape[row] as number] as ShapeEntry;
  const first = view.valueStart[row] as number;
  return Object.fromEntries(
    metrics.map((name, i) => [name, (view.values[first + i] as number) / (scales[i] as number)]),
  );
}
