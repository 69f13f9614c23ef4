/**
 * What the detector has learned, as text to be kept elsewhere: what takes long to learn, and nothing that a few minutes of results say
 * again. Windows are kept in single precision.
 */
import { z } from 'zod';

/** One piece: of a series or of a group. */
export interface Learned {
  readonly kind: 'series' | 'group';
  readonly id: string;
  readonly state: string;
}

const count = z.number().nonnegative();

const LEVEL = z.object({
  /** Samples and values since a change for the worse was told, and samples of doubt. */
  held: z.tuple([count, count, count]),
  /** Its place in the bank of changes, byte by byte. */
  bank: z.string(),
});

const DRIFT = z.object({
  blockMs: z.number().positive(),
  /** Blocks of the day before, and those that are not compared with yet, oldest first. */
  window: z.string(),
  waiting: z.string(),
});

const STREAM = z.object({
  /** Clean samples, oldest first, as bad as they are. */
  window: z.string(),
  /** Values and times of those that wait to be learned, in turn. */
  waiting: z.array(z.number()),
  /** What was normal before an earlier restart. */
  seed: z.number().optional(),
  /** Of a metric that is judged. */
  level: LEVEL.optional(),
  /** Absent from what an earlier version wrote, and while its interval is unknown. */
  drift: DRIFT.optional(),
});

const SERIES = z.object({
  region: z.string(),
  agent: z.string(),
  probe: z.string(),
  type: z.string(),
  target: z.string(),
  dims: z.record(z.string(), z.string()),
  /** How often it runs; null while that is unknown. */
  everyMs: z.number().positive().nullable(),
  lastSeenMs: z.number(),
  /** The last slot that was taken in. */
  learnedMs: z.number(),
  runs: count,
  cleanRuns: count,
  cleanFailures: count,
  streams: z.record(z.string(), STREAM),
});

const GROUP = z.object({
  /** Start of the last round that was taken in. */
  learnedMs: z.number(),
  /** Who speaks as one, in the order of their numbers. */
  places: z.array(z.string()),
  rates: z.object({
    square: z.number(),
    variance: z.number(),
    /** Six numbers a unit. */
    units: z.string(),
  }),
});

export type LevelState = z.infer<typeof LEVEL>;
export type DriftState = z.infer<typeof DRIFT>;
export type StreamState = z.infer<typeof STREAM>;
export type SeriesState = z.infer<typeof SERIES>;
export type GroupState = z.infer<typeof GROUP>;
export type RatesState = GroupState['rates'];

/** Throws when it is no such state. */
export const seriesState = (text: string): SeriesState => SERIES.parse(JSON.parse(text));
export const groupState = (text: string): GroupState => GROUP.parse(JSON.parse(text));

/** Numbers in single precision. */
export function packNumbers(values: readonly number[]): string {
  return packBytes(new Uint8Array(Float32Array.from(values).buffer));
}

/** Throws when they are no finite numbers. */
export function unpackNumbers(text: string): number[] {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const values = [...new Float32Array(bytes.buffer)];
  if (!values.every(Number.isFinite)) throw new RangeError('a number that was learned is not finite');
  return values;
}

export function packBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function unpackBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
