/** Maintenance windows: when the owners of a thing have said that it will be bad. Pure. */
import { z } from 'zod';
import { parseDurationMs } from '../../probes/spec.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { matchSchema } from './matchers.ts';
import { dayNumber, parseRecurrence, recursOn } from './recurrence.ts';
import { instantOf, isZone, type WallTime, wallTimeAt } from './zoned-time.ts';

const DAY_MS = 86_400_000;
/** How far ahead the next occurrence is looked for: a yearly leap of a monthly rule is nearer. */
const AHEAD_DAYS = 800;

function wallTimeOf(text: string): WallTime | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(text)?.slice(1).map(Number);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found;
  const back = new Date(Date.UTC(year, month - 1, day, hour, minute)).toISOString().slice(0, 16);
  return back === text ? { year, month, day, hour, minute } : undefined;
}

const problemOf = (read: () => unknown): string | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

export const maintenanceSchema = z.strictObject({
  name: z.string().min(1).max(64),
  match: matchSchema
    .default({})
    .describe('What is kept quiet: incidents that concern nothing else. Everything when absent.'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, 'expected a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('IANA name of the time zone of `start`.'),
  start: z
    .string()
    .max(64)
    .refine((text) => wallTimeOf(text) !== undefined, 'expected a time such as 2026-11-22T02:00')
    .describe('When it begins for the first time, by the clocks of its zone.'),
  length: z
    .string()
    .max(64)
    .refine((text) => {
      const ms = parseDurationMs(text);
      return ms !== undefined && ms >= 60_000 && ms <= NOTIFY_LIMITS.windowMs.value;
    }, 'expected a duration from 1m to 7d, such as 2h')
    .describe(
      'How long each one lasts, in time that passes: clocks that are changed meanwhile do not matter.',
    ),
  repeat: z
    .string()
    .max(256)
    .superRefine((text, context) => {
      const problem = problemOf(() => parseRecurrence(text));
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .optional()
    .describe(
      'daily, weekly, weekdays, monthly, or a rule such as FREQ=MONTHLY;BYDAY=1SU. Once when absent.',
    ),
  comment: z.string().max(NOTIFY_LIMITS.commentChars.value).default(''),
});
export type MaintenanceWindow = z.infer<typeof maintenanceSchema>;

/** One time that a window is open. */
export interface Occurrence {
  readonly startMs: number;
  readonly endMs: number;
}

function* occurrences(window: MaintenanceWindow, fromDay: number, toDay: number): Generator<Occurrence> {
  const first = wallTimeOf(window.start);
  const lengthMs = parseDurationMs(window.length);
  if (!first || lengthMs === undefined) return;
  const firstDay = dayNumber(first.year, first.month, first.day);
  const rule = window.repeat === undefined ? undefined : parseRecurrence(window.repeat);
  for (let day = Math.max(firstDay, fromDay); day <= toDay; day += 1) {
    if (rule ? !recursOn(rule, firstDay, day) : day !== firstDay) continue;
    const date = new Date(day * DAY_MS);
    const startMs = instantOf(window.zone, {
      ...first,
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
    });
    yield { startMs, endMs: startMs + lengthMs };
  }
}

const dayAt = (zone: string, ms: number): number => {
  const { year, month, day } = wallTimeAt(zone, ms);
  return dayNumber(year, month, day);
};

/** The occurrence that an instant lies in; the start belongs to it, the end does not. */
export function occurrenceAt(window: MaintenanceWindow, nowMs: number): Occurrence | undefined {
  const lengthMs = parseDurationMs(window.length) ?? 0;
  // A day more on each side: a start that the clocks leave out is moved.
  const from = dayAt(window.zone, nowMs - lengthMs) - 1;
  for (const one of occurrences(window, from, dayAt(window.zone, nowMs) + 1))
    if (one.startMs <= nowMs && nowMs < one.endMs) return one;
  return undefined;
}

/** The one that is open, or else the next; undefined when there is none within two years. */
export function nextOccurrence(window: MaintenanceWindow, nowMs: number): Occurrence | undefined {
  const open = occurrenceAt(window, nowMs);
  if (open) return open;
  const start = wallTimeOf(window.start);
  const firstDay = start ? dayNumber(start.year, start.month, start.day) : 0;
  const today = Math.max(firstDay, dayAt(window.zone, nowMs) - 1);
  for (const one of occurrences(window, today, today + AHEAD_DAYS)) if (one.startMs > nowMs) return one;
  return undefined;
}
