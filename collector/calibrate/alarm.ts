/** An alarm about the model: it no longer predicts what the browser sees. Of a kind of its own, never an incident. */
import type { CalibrationWindow, Kind, Pair } from './window.ts';

/** What a side measured before, by the reference, and since the alarm's start; medians in milliseconds. */
export interface Change {
  readonly before: number;
  readonly after: number;
}

export type Resolution =
  /** The error is where it was. */
  | 'recovered'
  /** It has stayed where it went, which is the reference from now on. */
  | 'rebased'
  /** The two probes are not run on that target any more. */
  | 'unpaired';

export interface DriftAlarm extends Pair, Kind {
  readonly id: string;
  readonly kind: 'model_drift';
  readonly status: 'open' | 'resolved';
  readonly resolution: Resolution | null;
  readonly startedMs: number;
  readonly detectedMs: number;
  readonly resolvedMs: number | null;
  /** `optimistic`: the browser is later than predicted, compared with before. */
  readonly direction: 'optimistic' | 'pessimistic';
  /** Which of the two changed: the cause is to be looked for there. */
  readonly moved: 'browser' | 'twin' | 'both';
  readonly error: Change;
  readonly browserStart: Change;
  readonly twinStart: Change;
  readonly toleranceMs: number;
  readonly evidence: number;
  readonly threshold: number;
  /** Windows since the start. */
  readonly windows: number;
  readonly buildsBefore: readonly string[];
  readonly buildsAfter: readonly string[];
  readonly summary: string;
}

export interface AlarmEvent {
  readonly kind: 'drifted' | 'resolved';
  readonly alarm: DriftAlarm;
}

/** The same change has the same id, whoever finds it. */
export function alarmId(window: Pair & Kind, startedMs: number): string {
  const words = [window.region, window.target, window.twin, window.browser, window.player];
  const name = words.map((word) => word.replace(/[^\w.-]+/g, '-')).join('.');
  return `drift-${startedMs.toString(36)}-${name}`.slice(0, 200);
}

/** One change is this much larger than the other. */
const CLEARLY = 2;

export function movedBy(browser: Change, twin: Change): DriftAlarm['moved'] {
  const inBrowser = Math.abs(browser.after - browser.before);
  const inTwin = Math.abs(twin.after - twin.before);
  if (inBrowser > CLEARLY * inTwin) return 'browser';
  return inTwin > CLEARLY * inBrowser ? 'twin' : 'both';
}

const ms = (value: number): string => `${Math.round(value)} ms`;

const MOVED = {
  browser: 'the browser changed, the prediction hardly did',
  twin: 'the prediction changed, the browser hardly did',
  both: 'both changed, and not alike',
} as const;

/** One sentence, for the page and the webhook. */
export function summaryOf(alarm: Omit<DriftAlarm, 'summary'>): string {
  const { browser, target, region, twin, error, moved, resolution } = alarm;
  const where = `on ${target} in ${region}`;
  if (resolution === 'recovered')
    return `${twin} predicts ${browser} ${where} again: it is off by ${ms(error.after)}, as before.`;
  if (resolution === 'rebased')
    return `${browser} ${where} has stayed at ${ms(error.after)} from what ${twin} predicts, which is the reference from now on; it was ${ms(error.before)}.`;
  if (resolution === 'unpaired')
    return `${twin} and ${browser} are not run ${where} any more; the prediction was off by ${ms(error.after)}.`;
  const builds = buildChange(alarm);
  return `${twin} does not predict ${browser} ${where} as it did: the browser is ${ms(error.after)} later than predicted, where it was ${ms(error.before)}; ${MOVED[moved]}${builds}.`;
}

function buildChange({
  buildsBefore,
  buildsAfter,
}: Pick<DriftAlarm, 'buildsBefore' | 'buildsAfter'>): string {
  const fresh = buildsAfter.filter((build) => !buildsBefore.includes(build));
  if (buildsBefore.length === 0 || fresh.length === 0) return '';
  return `, and is another build (${buildsBefore.join(', ')} → ${fresh.join(', ')})`;
}

/** What opened it stays; what is measured by now is new. */
export function resolvedAlarm(
  alarm: DriftAlarm,
  resolution: Resolution,
  now: {
    readonly atMs: number;
    readonly windows: number;
    readonly after?: Pick<CalibrationWindow, 'errorMs' | 'twinMs' | 'browserMs'>;
  },
): DriftAlarm {
  const { after, atMs, windows } = now;
  const { summary: _, ...rest } = alarm;
  const ended = {
    ...rest,
    status: 'resolved',
    resolution,
    resolvedMs: atMs,
    windows,
    ...(after && {
      error: { ...alarm.error, after: after.errorMs },
      browserStart: { ...alarm.browserStart, after: after.browserMs },
      twinStart: { ...alarm.twinStart, after: after.twinMs },
    }),
  } as const;
  return { ...ended, summary: summaryOf(ended) };
}
