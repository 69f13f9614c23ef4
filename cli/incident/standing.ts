/** Whether it goes on, and how long it has. */

import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import { formatSpan } from '../../probes/quantity-text.ts';

/** `OPEN for 12 min`, `RESOLVED after 2 h 30 min`, `PART OF inc-7`. */
export function standing(
  {
    merged_into,
    resolved_at,
    started_at,
    status,
  }: Pick<IncidentJson, 'merged_into' | 'resolved_at' | 'started_at' | 'status'>,
  nowMs: number,
): string {
  const startedMs = Date.parse(started_at);
  const span = (untilMs: number): string => formatSpan(Math.max(0, untilMs - startedMs));
  if (status === 'open') return `OPEN for ${span(nowMs)}`;
  return merged_into
    ? `PART OF ${merged_into}`
    : `RESOLVED after ${span(Date.parse(resolved_at ?? started_at))}`;
}
