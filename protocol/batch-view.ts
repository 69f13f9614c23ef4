/**
 * A batch as columns, validated: what the collector works on, so that no object is made for a result. A row of a column is
 * either a number or the place of an entry in one of the tables.
 */
import { scaleOf } from '../probes/metrics.ts';
import type { Outcome, Trigger } from '../probes/outcome.ts';
import { BLAMES, OUTCOMES, TRIGGERS } from '../probes/outcome.ts';
import { atMost, bad, finite, name, text, whole } from './check.ts';
import { LINK_LIMITS } from './limits.ts';
import type { WireBatch } from './wire.ts';

export interface CheckEntry {
  readonly probe: string;
  readonly type: string;
  readonly target: string;
}

/** How a run ended. What does not belong to the outcome is empty. */
export interface EndingEntry {
  readonly outcome: Outcome;
  readonly trigger: Trigger;
  readonly requestId: string;
  /** Layers, codes and reasons that a newer agent added are here as they are; a blame that is not known is `unknown`. */
  readonly layer: string;
  readonly blame: string;
  readonly code: string;
  readonly message: string;
  readonly missedReason: string;
}

/** Which metrics a result has, each once. */
export interface ShapeEntry {
  readonly metrics: readonly string[];
  /** Steps a unit of each metric. */
  readonly scales: readonly number[];
}

/** Attributes, each key once. */
export interface AttributeSetEntry {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

/** Results `firstSeq`, `firstSeq` + 1 … of one boot. Every column has `count` entries. */
export interface BatchView {
  readonly boot: string;
  readonly firstSeq: number;
  /** How many results right before `firstSeq` the agent has given up: only such a gap is no frame that is missing. */
  readonly skipped: number;
  readonly count: number;

  readonly checks: readonly CheckEntry[];
  readonly endings: readonly EndingEntry[];
  readonly shapes: readonly ShapeEntry[];
  readonly attributeSets: readonly AttributeSetEntry[];

  readonly check: readonly number[];
  readonly ending: readonly number[];
  readonly shape: readonly number[];
  readonly attributeSet: readonly number[];
  /** Unix milliseconds. */
  readonly scheduledMs: readonly number[];
  readonly latenessUs: readonly number[];
  readonly durationUs: readonly number[];
  readonly eventLoopDelayUs: readonly number[];
  readonly cpuPermille: readonly number[];
  readonly rssKib: readonly number[];
  readonly clockOffsetMs: readonly number[];
  readonly disturbed: readonly boolean[];
  /** The metrics of all results in steps, in the order of their shapes. */
  readonly values: readonly number[];
  /** Where the values of each result begin. */
  readonly valueStart: readonly number[];

  /** The slot of a row, Unix milliseconds. */
  scheduledMsAt(row: number): number;
}

/** Validates a batch that a peer sent; throws `ProtocolError('bad_frame')`. */
export function viewBatch(batch: WireBatch): BatchView {
  const tables = viewTables(batch);
  const count = atMost(batch.check, LINK_LIMITS.batchResults.value, 'results').length;
  if (count === 0) bad('the batch has no results');
  const firstSeq = whole(batch.firstSeq, 'first_seq');
  if (firstSeq === 0) bad('first_seq is 0; seqs begin at 1');
  whole(firstSeq + count - 1, 'first_seq');
  const skipped = whole(batch.skipped ?? 0, 'skipped');
  if (skipped >= firstSeq) bad(`${skipped} results cannot have been skipped before seq ${firstSeq}`);
  const shape = places(batch.shape, count, tables.shapes.length, 'shape');
  const scheduledMs = sums(batch.scheduledMs, count, 'scheduled_ms');
  for (const slotMs of scheduledMs) whole(slotMs, 'scheduled_ms');
  return {
    boot: name(batch.boot, 'boot'),
    firstSeq,
    skipped,
    count,
    ...tables,
    check: places(batch.check, count, tables.checks.length, 'check'),
    ending: places(batch.ending, count, tables.endings.length, 'ending'),
    shape,
    attributeSet: places(batch.attributeSet, count, tables.attributeSets.length, 'attribute_set'),
    scheduledMs,
    latenessUs: column(batch.latenessUs, count, 'lateness_us'),
    durationUs: column(batch.durationUs, count, 'duration_us'),
    eventLoopDelayUs: column(batch.eventLoopDelayUs, count, 'event_loop_delay_us'),
    cpuPermille: column(batch.cpuPermille, count, 'cpu_permille'),
    rssKib: sums(batch.rssKib, count, 'rss_kib'),
    clockOffsetMs: sums(batch.clockOffsetMs, count, 'clock_offset_ms'),
    disturbed: column(batch.disturbed, count, 'disturbed'),
    ...viewValues(batch.values ?? [], shape, tables.shapes),
    scheduledMsAt: (row) => scheduledMs[row] ?? 0,
  };
}

type Tables = Pick<BatchView, 'checks' | 'endings' | 'shapes' | 'attributeSets'>;

function viewTables(batch: WireBatch): Tables {
  const limit = LINK_LIMITS.dictionaryEntries.value;
  const strings = atMost(batch.strings, limit, 'strings');
  for (const entry of strings) text(entry, 'strings');
  return {
    checks: atMost(batch.checks, limit, 'checks').map((entry) => ({
      probe: name(at(strings, entry.probe, 'check'), 'probe'),
      type: name(at(strings, entry.type, 'check'), 'type'),
      target: name(at(strings, entry.target, 'check'), 'target'),
    })),
    endings: atMost(batch.endings, limit, 'endings').map((entry) => viewEnding(entry, strings)),
    shapes: atMost(batch.shapes, limit, 'shapes').map(({ metric }) => viewShape(metric, strings)),
    attributeSets: atMost(batch.attributeSets, limit, 'attribute_sets').map((set) =>
      viewAttributes(set, strings),
    ),
  };
}

type WireEnding = NonNullable<WireBatch['endings']>[number];

function viewEnding(entry: WireEnding, strings: readonly string[]): EndingEntry {
  const field = (index: number | null | undefined): string => at(strings, index, 'ending');
  const outcome = oneOf(field(entry.outcome), OUTCOMES, 'outcome');
  const ending = {
    outcome,
    trigger: oneOf(field(entry.trigger), TRIGGERS, 'trigger'),
    requestId: field(entry.requestId),
    layer: '',
    blame: '',
    code: '',
    message: '',
    missedReason: '',
  };
  if (outcome === 'missed') ending.missedReason = name(field(entry.missedReason), 'missed_reason');
  if (outcome !== 'fail') return ending;
  const blame: string = field(entry.blame);
  return {
    ...ending,
    layer: name(field(entry.layer), 'layer'),
    blame: (BLAMES as readonly string[]).includes(blame) ? blame : 'unknown',
    code: name(field(entry.code), 'code'),
    message: field(entry.message),
  };
}

function viewShape(indices: readonly number[] | null | undefined, strings: readonly string[]): ShapeEntry {
  const metrics = atMost(indices, LINK_LIMITS.metricsPerResult.value, 'shape').map((index) =>
    name(at(strings, index, 'metric'), 'metric'),
  );
  if (new Set(metrics).size !== metrics.length) bad('shape names a metric twice');
  return { metrics, scales: metrics.map(scaleOf) };
}

type WireAttributes = NonNullable<WireBatch['attributeSets']>[number];

function viewAttributes(set: WireAttributes, strings: readonly string[]): AttributeSetEntry {
  const indices = atMost(set.key, LINK_LIMITS.attributesPerResult.value, 'attribute_set');
  if (indices.length !== (set.value ?? []).length) bad('attribute_set has unequal keys and values');
  const keys = indices.map((index) => at(strings, index, 'attribute key'));
  const values = indices.map((_, i) => at(strings, set.value?.[i], 'attribute value'));
  if (new Set(keys).size === keys.length) return { keys, values };
  // Long keys that the agent cut can be equal then: the last one holds.
  const last = new Map(keys.map((key, i) => [key, values[i] ?? '']));
  return { keys: [...last.keys()], values: [...last.values()] };
}

function viewValues(
  values: readonly number[],
  shape: readonly number[],
  shapes: readonly ShapeEntry[],
): Pick<BatchView, 'values' | 'valueStart'> {
  let next = 0;
  const valueStart = shape.map((place) => {
    const start = next;
    next += shapes[place]?.metrics.length ?? 0;
    return start;
  });
  if (next !== values.length) bad(`values has ${values.length} entries, the shapes take ${next}`);
  for (const value of values) finite(value, 'values');
  return { values, valueStart };
}

/** The entry at an index that a peer sent. */
function at<T>(list: readonly T[], index: number | null | undefined, field: string): T {
  const entry = list[index ?? 0];
  if (entry === undefined) bad(`${field} points at entry ${index ?? 0} of ${list.length}`);
  return entry;
}

function oneOf<T extends string>(value: string, allowed: readonly T[], field: string): T {
  if (!allowed.includes(value as T)) bad(`${field} is ${JSON.stringify(value)}`);
  return value as T;
}

/** Every column must be as long as the batch: a missing entry would shift values between results. */
function column<T>(values: readonly T[] | null | undefined, count: number, field: string): readonly T[] {
  const list = values ?? [];
  if (list.length !== count) bad(`column ${field} has ${list.length} entries for ${count} results`);
  return list;
}

/** A column of places in a table of `size` entries. */
function places(
  values: readonly number[] | null | undefined,
  count: number,
  size: number,
  field: string,
): readonly number[] {
  const list = column(values, count, field);
  for (const place of list) if (!(place < size)) bad(`${field} points at entry ${place} of ${size}`);
  return list;
}

/** A column that came as differences. */
function sums(values: readonly number[] | null | undefined, count: number, field: string): readonly number[] {
  let sum = 0;
  return column(values, count, field).map((difference) => {
    sum += difference;
    return sum;
  });
}
