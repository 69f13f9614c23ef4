// @ts-check
/** What an incident is about. Pure. */
import { fields } from './plain.js';

/**
 * Whether an incident is about a probe, a target, a region or an agent: the only one of its kind that it names, or one in its evidence.
 * @param {unknown} incident
 * @param {{ probe?: string, target?: string, region?: string, agent?: string }} of
 */
export function concerns(incident, { agent, probe, region, target }) {
  const { evidence, probe: ownProbe, scope, target: ownTarget } = fields(incident);
  const { agents, cells, silent_agents } = fields(evidence);
  const list = Array.isArray(cells) ? cells.map(fields) : [];
  if (probe !== undefined) return ownProbe === probe || list.some((cell) => cell.probe === probe);
  if (target !== undefined)
    return (
      ownTarget === target || scope === `target:${target}` || list.some((cell) => cell.target === target)
    );
  if (region !== undefined)
    return scope === `region:${region}` || scope === 'global' || list.some((cell) => cell.region === region);
  const named = [agents, silent_agents].flatMap((names) => (Array.isArray(names) ? names : []));
  return scope === `agent:${agent}` || named.includes(agent);
}

/**
 * A summary says first what happened, and then how sure that is.
 * @param {string} summary
 * @returns {[head: string, rest: string]}
 */
export function headAndRest(summary) {
  const end = summary.indexOf('; ');
  return end === -1 ? [summary, ''] : [summary.slice(0, end), summary.slice(end + 2)];
}

/** The open ones of an overview. @param {import('../api/overview.ts').Overview | null} overview */
export const openOf = (overview) => (overview?.incidents ?? []).filter(({ status }) => status === 'open');
