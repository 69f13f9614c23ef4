/** Runs of an agent as the collector has them. */
import type { PhaseTimes } from './flow-times.ts';

export interface AgentRun {
  /** Its session (CTA-5004). */
  readonly sid: string;
  readonly target: string;
  readonly isOk: boolean;
  readonly isDisturbed: boolean;
  /** Unix milliseconds. */
  readonly scheduledMs: number;
  /** By the agent’s own account. */
  readonly latenessMs: number;
  readonly eventLoopDelayMs: number;
  readonly reported: PhaseTimes;
}

const METRICS = {
  dns: 'dns_ms',
  connect: 'connect_ms',
  tls: 'tls_ms',
  ttfb: 'ttfb_ms',
  transfer: 'transfer_ms',
  total: 'http_total_ms',
} as const satisfies Record<keyof PhaseTimes, string>;

/** What to select of the view `runs`. */
export const RUNS_COLUMNS = [
  'toString(cmcd_sid)',
  'toString(target)',
  "outcome = 'ok'",
  'disturbed',
  'toFloat64(toUnixTimestamp64Milli(scheduled_at))',
  'lateness_ms',
  'event_loop_delay_ms',
  'toJSONString(metrics)',
].join(', ');

/** Rows of these columns. Throws a TypeError for others. */
export function agentRunsOf(rows: readonly (readonly unknown[])[]): AgentRun[] {
  return rows.map(([sid, target, isOk, isDisturbed, scheduled, lateness, delay, metrics]) => {
    if (typeof metrics !== 'string') throw new TypeError('these are no rows of runs');
    const measured = JSON.parse(metrics) as Readonly<Record<string, number | null>>;
    return {
      sid: String(sid ?? ''),
      target: String(target),
      isOk: Number(isOk) === 1,
      isDisturbed: Number(isDisturbed) === 1,
      scheduledMs: Number(scheduled),
      latenessMs: Number(lateness),
      eventLoopDelayMs: Number(delay),
      reported: phasesOf(measured),
    };
  });
}

function phasesOf(measured: Readonly<Record<string, number | null>>): PhaseTimes {
  const entries = Object.entries(METRICS).flatMap(([phase, metric]) => {
    const value = measured[metric];
    return value === undefined || value === null ? [] : [[phase, value] as const];
  });
  return Object.fromEntries(entries);
}
