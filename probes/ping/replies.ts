/** What a series of pings came to, by whatever method. */
import type { Metrics } from '../metrics.ts';
import type { Failure } from '../outcome.ts';

export interface Pings {
  readonly sent: number;
  /** Of the replies, in order. */
  readonly rttsMs: readonly number[];
  /** Why the others had none, where anybody told. */
  readonly failure?: Failure;
  readonly ttl?: number;
}

/** `ping_ms` and the like; those of round trips only where there was a reply. */
export function pingMetrics({ sent, rttsMs }: Pings): Metrics {
  const counts = {
    ping_sent_count: sent,
    ...(sent > 0 ? { ping_loss_ratio: (sent - rttsMs.length) / sent } : {}),
  };
  if (rttsMs.length === 0) return counts;
  const steps = rttsMs.slice(1).map((rttMs, at) => Math.abs(rttMs - (rttsMs[at] as number)));
  return {
    ...counts,
    ping_ms: medianOf(rttsMs),
    ping_min_ms: Math.min(...rttsMs),
    ping_max_ms: Math.max(...rttsMs),
    ...(steps.length > 0
      ? { ping_jitter_ms: steps.reduce((sum, step) => sum + step, 0) / steps.length }
      : {}),
  };
}

/** The failure of too few replies, or undefined. */
export function repliesFailure(pings: Pings, minReplies: number, address: string): Failure | undefined {
  const { sent, rttsMs, failure } = pings;
  if (rttsMs.length >= minReplies) return undefined;
  // Nobody answered and somebody said why: that is the failure.
  if (rttsMs.length === 0 && failure && failure.code !== 'timeout') return failure;
  return {
    layer: 'connect',
    blame: 'network',
    code: 'no_reply',
    message: `${rttsMs.length} of ${sent} pings to ${address} were answered, and ${minReplies} must be.`,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
