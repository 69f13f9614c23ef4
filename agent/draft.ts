/** Results before they have a place in the spool: a draft becomes a record when its seq is assigned. */
import { isMetricName } from '../probes/metrics.ts';
import type { MissedReason, Trigger } from '../probes/outcome.ts';
import type { Assignment } from '../protocol/frame.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import type { AgentState, ResultRecord } from '../protocol/record.ts';
import type { RunEnd } from './runner.ts';

export type Draft = Omit<ResultRecord, 'seq'>;

/** Which execution a result is of. */
export interface Occasion {
  readonly assignment: Pick<Assignment, 'probe' | 'type' | 'target'>;
  /** The slot, or when the run was asked for, Unix milliseconds. */
  readonly scheduledMs: number;
  readonly trigger: Trigger;
  /** Empty for scheduled runs. */
  readonly requestId: string;
}

function common({ assignment, scheduledMs, trigger, requestId }: Occasion) {
  const { probe, type, target } = assignment;
  return { probe, type, target: target.name, scheduledMs, trigger, requestId };
}

export function runDraft(occasion: Occasion, end: RunEnd): Draft {
  const { result } = end;
  const metrics = Object.entries(result.metrics).filter(
    ([name, value]) => isMetricName(name) && Number.isFinite(value),
  );
  // Known to the collector without being told, and unlike all other attributes another one each run.
  const attributes = Object.entries(result.attributes).filter(
    ([name, value]) => name !== 'cmcd_sid' || value !== end.sessionId,
  );
  return {
    ...common(occasion),
    latenessMs: end.startedWallMs - occasion.scheduledMs,
    durationMs: end.durationMs,
    outcome: result.outcome,
    ...(result.outcome === 'fail' ? { failure: result.failure } : {}),
    metrics: Object.fromEntries(metrics.slice(0, LINK_LIMITS.metricsPerResult.value)),
    attributes: Object.fromEntries(attributes.slice(0, LINK_LIMITS.attributesPerResult.value)),
    state: end.state,
  };
}

/** A slot or request that no run was made for. `nowMs`: when that became clear, Unix milliseconds. */
export function missedDraft(
  occasion: Occasion,
  reason: MissedReason,
  nowMs: number,
  state: AgentState,
): Draft {
  return {
    ...common(occasion),
    latenessMs: Math.max(0, nowMs - occasion.scheduledMs),
    durationMs: 0,
    outcome: 'missed',
    missedReason: reason,
    metrics: {},
    attributes: {},
    state,
  };
}
