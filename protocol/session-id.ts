/** The id by which the logs of a CDN know a run: what the probe sends as CMCD session (CTA-5004). */
import { hash } from 'node:crypto';
import type { ResultRecord } from './record.ts';

/** What of a result its session id is made of: it need not travel, nor be stored, since every row has these. */
export type SessionSource = Pick<ResultRecord, 'probe' | 'target' | 'scheduledMs' | 'requestId'> & {
  readonly boot: string;
};

/**
 * A UUID of version 8 (RFC 9562 §5.8): 118 bits of a digest. No two runs have the same, since in one boot of an agent no slot of a
 * probe and target is run twice. The view `runs` of the collector has the same in SQL.
 */
export function sessionIdOf({ boot, probe, target, scheduledMs, requestId }: SessionSource): string {
  const source = [boot, String(Math.round(scheduledMs)), requestId, probe, target].join('\n');
  const hex = hash('sha256', source);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
