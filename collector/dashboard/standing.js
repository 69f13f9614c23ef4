// @ts-check
/** How a probe or a target stands, in a state and a word. Pure. */
import { counted } from './format.js';
import { finite } from './plain.js';

/** Of so large a share of failed runs it is said before anything is found out about it. */
const FAILING = 0.05;

/**
 * How a probe stands, in a state and words.
 * @param {Record<string, unknown>} probe
 * @param {number} open incidents that are about it
 * @param {Record<string, unknown> | undefined} counts of its runs in the time; undefined while they are not known
 * @returns {{ state: import('./state.js').RegionState, word: string }}
 */
export function standingOf({ agents, paused }, open, counts) {
  if (paused === true) return { state: 'unknown', word: 'Paused' };
  if (open > 0) return { state: 'degraded', word: counted(open, 'incident') };
  if (Array.isArray(agents) && agents.length === 0) return { state: 'unknown', word: 'No agent' };
  // Nothing is green before it is known.
  if (counts === undefined) return { state: 'unknown', word: 'Asking…' };
  const [ok, fail] = [finite(counts.ok) ?? 0, finite(counts.fail) ?? 0];
  if (ok + fail === 0) return { state: 'unknown', word: 'No runs' };
  return fail / (ok + fail) > FAILING ? { state: 'degraded', word: 'Failing' } : { state: 'ok', word: 'OK' };
}

/**
 * How a target stands, in a state and words.
 * @param {{ open: number, probes: readonly string[], counts: Record<string, unknown> | undefined }} of
 * @returns {{ state: import('./state.js').RegionState, word: string }}
 */
export function targetStanding({ counts, open, probes }) {
  if (open > 0) return { state: 'degraded', word: counted(open, 'incident') };
  if (probes.length === 0) return { state: 'unknown', word: 'Not probed' };
  if (counts === undefined) return { state: 'unknown', word: 'Asking…' };
  const [ok, fail] = [finite(counts.ok) ?? 0, finite(counts.fail) ?? 0];
  if (ok + fail === 0) return { state: 'unknown', word: 'No runs' };
  return fail / (ok + fail) > FAILING ? { state: 'degraded', word: 'Failing' } : { state: 'ok', word: 'OK' };
}
