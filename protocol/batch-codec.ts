/** Results to columns and back. What repeats in a batch (names, endings, attribute sets) stands once, in a table. */

import { scaleOf } from '../probes/metrics.ts';
import type { Blame, ErrorCode, Failure, Layer, MissedReason, Outcome, Trigger } from '../probes/outcome.ts';
import { BLAMES, OUTCOMES, TRIGGERS } from '../probes/outcome.ts';
import { atMost, bad, cut, finite, name, text, whole } from './check.ts';
import { LINK_LIMITS } from './limits.ts';
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
    strings: tables.strings.entries,
    checks: tables.checks.entries,
    endings: tables.endings.entries,
    shapes: tables.shapes.entries,
    attributeSets: tables.attributeSets.entries,
    ...columns,
  };
}

/** The entry at an index that a peer sent. */
function at<T>(list: readonly T[], index: number | null | undefined, field: string): T {
  const entry = list[index ?? 0];
  if (entry === undefined) bad(`${field} points at entry ${index} of ${list.length}`);
  return entry;
}

function oneOf<T extends string>(value: string, allowed: readonly T[], field: string): T {
  if (!allowed.includes(value as T)) bad(`${field} is ${JSON.stringify(value)}`);
  return value as T;
}

interface Ending {
  readonly outcome: Outcome;
  readonly trigger: Trigger;
  readonly requestId: string;
  readonly failure?: Failure;
  readonly missedReason?: MissedReason;
}

/** Layers, codes and reasons that a newer agent added pass through as they are; a blame that is not known is `unknown`. */
function decodeEnding(entry: NonNullable<WireBatch['endings']>[number], strings: readonly string[]): Ending {
  const field = (index: number | null | undefined): string => at(strings, index, 'ending');
  const outcome = oneOf(field(entry.outcome), OUTCOMES, 'outcome');
  const base = {
    outcome,
    trigger: oneOf(field(entry.trigger), TRIGGERS, 'trigger'),
    requestId: field(entry.requestId),
  };
  if (outcome === 'missed')
    return { ...base, missedReason: name(field(entry.missedReason), 'missed_reason') as MissedReason };
  if (outcome === 'ok') return base;
  const blame = field(entry.blame);
  return {
    ...base,
    failure: {
      layer: name(field(entry.layer), 'layer') as Layer,
      blame: BLAMES.includes(blame as Blame) ? (blame as Blame) : 'unknown',
      code: name(field(entry.code), 'code') as ErrorCode,
      message: field(entry.message),
    },
  };
}

function decodeAttributes(
  set: NonNullable<WireBatch['attributeSets']>[number],
  strings: readonly string[],
): Record<string, string> {
  const keys = atMost(set.key, LINK_LIMITS.attributesPerResult.value, 'attribute_set');
  if (keys.length !== (set.value ?? []).length) bad('attribute_set has unequal keys and values');
  return Object.fromEntries(
    keys.map((key, i) => [at(strings, key, 'attribute key'), at(strings, set.value?.[i], 'attribute value')]),
  );
}

/** Every column must be as long as `check`: a missing one would shift values between results. */
function column<T>(values: readonly T[] | null | undefined, rows: number, field: string): readonly T[] {
  const list = values ?? [];
  if (list.length !== rows) bad(`column ${field} has ${list.length} entries for ${rows} results`);
  return list;
}

/** The records of a batch that a peer sent; throws `ProtocolError('bad_frame')`. */
export function decodeBatch(batch: WireBatch): RecordBatch {
  const dictionary = LINK_LIMITS.dictionaryEntries.value;
  const strings = atMost(batch.strings, dictionary, 'strings').map((entry) => text(entry, 'strings'));
  const checks = atMost(batch.checks, dictionary, 'checks').map((entry) => ({
    probe: name(at(strings, entry.probe, 'check'), 'probe'),
    type: name(at(strings, entry.type, 'check'), 'type'),
    target: name(at(strings, entry.target, 'check'), 'target'),
  }));
  const endings = atMost(batch.endings, dictionary, 'endings').map((entry) => decodeEnding(entry, strings));
  const shapes = atMost(batch.shapes, dictionary, 'shapes').map((shape) =>
    atMost(shape.metric, LINK_LIMITS.metricsPerResult.value, 'shape').map((index) => {
      const metric = name(at(strings, index, 'metric'), 'metric');
      return { metric, scale: scaleOf(metric) };
    }),
  );
  const attributeSets = atMost(batch.attributeSets, dictionary, 'attribute_sets').map((set) =>
    decodeAttributes(set, strings),
  );

  const check = atMost(batch.check, LINK_LIMITS.batchResults.value, 'results');
  const rows = check.length;
  if (rows === 0) bad('the batch has no results');
  const firstSeq = whole(batch.firstSeq, 'first_seq');
  if (firstSeq === 0) bad('first_seq is 0; seqs begin at 1');
  const scheduled = column(batch.scheduledMs, rows, 'scheduled_ms');
  const lateness = column(batch.latenessUs, rows, 'lateness_us');
  const duration = column(batch.durationUs, rows, 'duration_us');
  const ending = column(batch.ending, rows, 'ending');
  const shape = column(batch.shape, rows, 'shape');
  const attributeSet = column(batch.attributeSet, rows, 'attribute_set');
  const eventLoopDelay = column(batch.eventLoopDelayUs, rows, 'event_loop_delay_us');
  const cpu = column(batch.cpuPermille, rows, 'cpu_permille');
  const rss = column(batch.rssKib, rows, 'rss_kib');
  const clockOffset = column(batch.clockOffsetMs, rows, 'clock_offset_ms');
  const disturbed = column(batch.disturbed, rows, 'disturbed');
  const values = batch.values ?? [];

  let scheduledMs = 0;
  let rssKib = 0;
  let clockOffsetMs = 0;
  let nextValue = 0;
  const records: ResultRecord[] = [];
  for (let row = 0; row < rows; row += 1) {
    scheduledMs += scheduled[row] ?? 0;
    rssKib += rss[row] ?? 0;
    clockOffsetMs += clockOffset[row] ?? 0;
    const metrics: Record<string, number> = {};
    for (const { metric, scale } of at(shapes, shape[row], 'shape')) {
      metrics[metric] = finite(at(values, nextValue, 'values'), 'values') / scale;
      nextValue += 1;
    }
    records.push({
      seq: firstSeq + row,
      ...at(checks, check[row], 'check'),
      ...at(endings, ending[row], 'ending'),
      scheduledMs: whole(scheduledMs, 'scheduled_ms'),
      latenessMs: (lateness[row] ?? 0) / US_PER_MS,
      durationMs: (duration[row] ?? 0) / US_PER_MS,
      metrics,
      attributes: at(attributeSets, attributeSet[row], 'attribute_set'),
      state: {
        eventLoopDelayMs: (eventLoopDelay[row] ?? 0) / US_PER_MS,
        cpuRatio: (cpu[row] ?? 0) / 1000,
        rssBytes: Math.max(0, rssKib) * 1024,
        clockOffsetMs,
        disturbed: disturbed[row] ?? false,
      },
    });
  }
  if (nextValue !== values.length) bad(`values has ${values.length} entries, the shapes take ${nextValue}`);
  return { boot: name(batch.boot, 'boot'), records };
}
