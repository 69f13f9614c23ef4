/** Instants and spans as people read them; instants in UTC. */
import { formatSpan } from '../../probes/quantity-text.ts';
import { cellText } from './cell-text.ts';

/** `2026-11-21 12:00:05`, of ISO text or Unix milliseconds; `–` of what is not there. */
export function timeText(at: string | number | null | undefined): string {
  const ms = typeof at === 'number' ? at : Date.parse(at ?? '');
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 19).replace('T', ' ') : cellText(at);
}

/** `12 s ago`, `in 3 h`, `now`; `–` of what is not there. */
export function agoText(at: string | null | undefined, nowMs = Date.now()): string {
  const ms = Date.parse(at ?? '');
  if (!Number.isFinite(ms)) return cellText(at);
  if (Math.abs(nowMs - ms) < 1000) return 'now';
  return ms > nowMs ? `in ${formatSpan(ms - nowMs)}` : `${formatSpan(nowMs - ms)} ago`;
}
