/** Random values of the wire's types, for property tests. */
import fc from 'fast-check';
import { METRIC_NAMES, scaleOf } from '../../probes/metrics.ts';
import {
  BLAMES,
  ERROR_CODES,
  type ErrorCode,
  LAYERS,
  MISSED_REASONS,
  TRIGGERS,
} from '../../probes/outcome.ts';
import type { RecordBatch, ResultRecord } from '../../protocol/record.ts';

const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);

/** A value that survives rounding to the metric's integer scale. */
const metricValue = (metric: string) =>
  fc.integer({ min: 0, max: 2 ** 40 }).map((steps) => steps / scaleOf(metric));

const metrics = fc
  .uniqueArray(fc.constantFrom(...METRIC_NAMES), { maxLength: 12 })
  .chain((names) =>
    fc.tuple(...names.map((metric) => metricValue(metric).map((value) => [metric, value] as const))),
  )
  .map((entries) => Object.fromEntries(entries));

const failure = fc.record({
  layer: fc.constantFrom(...LAYERS),
  blame: fc.constantFrom(...BLAMES),
  code: fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[])),
  message: text(80),
});

const ending = fc.oneof(
  fc.record({ outcome: fc.constant('ok' as const) }),
  fc.record({ outcome: fc.constant('fail' as const), failure }),
  fc.record({ outcome: fc.constant('missed' as const), missedReason: fc.constantFrom(...MISSED_REASONS) }),
);

const micros = (max: number) => fc.integer({ min: 0, max }).map((us) => us / 1000);

const record = fc
  .record({
    probe: name,
    type: name,
    target: name,
    scheduledMs: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
    latenessMs: micros(1e9),
    durationMs: micros(1e9),
    trigger: fc.constantFrom(...TRIGGERS),
    requestId: fc.oneof(fc.constant(''), fc.uuid()),
    metrics,
    attributes: fc.dictionary(name, text(40), { maxKeys: 6, noNullPrototype: true }),
    state: fc.record({
      eventLoopDelayMs: micros(1e7),
      cpuRatio: fc.integer({ min: 0, max: 2000 }).map((permille) => permille / 1000),
      rssBytes: fc.integer({ min: 0, max: 2 ** 22 }).map((kib) => kib * 1024),
      clockOffsetMs: fc.integer({ min: -1e9, max: 1e9 }),
      disturbed: fc.boolean(),
    }),
  })
  .chain((fields) => ending.map((end): Omit<ResultRecord, 'seq'> => ({ ...fields, ...end })));

/** A batch of 1 to 40 consecutive results. */
export const batches: fc.Arbitrary<RecordBatch> = fc
  .record({
    boot: fc.uuid(),
    first: fc.integer({ min: 1, max: 2 ** 50 }),
    rows: fc.array(record, { minLength: 1, maxLength: 40 }),
  })
  .map(({ boot, first, rows }) => ({ boot, records: rows.map((row, i) => ({ seq: first + i, ...row })) }));
