// @ts-check
/** An agent in words and signs. Pure. */
import { counted, percent } from './format.js';
import { fields, finite, plain } from './plain.js';
import { bytesText } from './words.js';

/** @typedef {Record<string, unknown>} Agent of `/api/v1/agents` */

/**
 * @param {unknown} state `connected`, `silent` or `stopped`
 * @returns {{ state: import('./state.js').RegionState, word: string }}
 */
export function agentState(state) {
  if (state === 'connected') return { state: 'ok', word: 'Connected' };
  if (state === 'silent') return { state: 'silent', word: 'Silent' };
  return { state: 'unknown', word: plain(state) === 'stopped' ? 'Stopped' : plain(state) };
}

/** What it holds that the collector has not: `12 results, 1.2 MB`. @param {Agent} agent */
export function spoolText({ health }) {
  const { pending, spool } = fields(health);
  const results = finite(pending);
  if (results === null) return 'not heard';
  const bytes = finite(fields(spool).bytes);
  const held = counted(results, 'result');
  return `${held}${bytes === null ? '' : `, ${bytesText(bytes)}`}${fields(spool).refusing === true ? ', full: refusing' : ''}`;
}

/**
 * The share of expected slots that have a result, null where nothing was expected.
 * @param {Record<string, unknown> | undefined} ledger
 */
export function completenessOf(ledger) {
  const expected = finite(ledger?.expected);
  return expected === null || expected === 0 ? null : Math.min(1, (finite(ledger?.stored) ?? 0) / expected);
}

/** @param {Record<string, unknown> | undefined} ledger */
export function completenessText(ledger) {
  const share = completenessOf(ledger);
  return share === null ? 'nothing expected' : `${percent(share)} %`;
}
