// @ts-check
/** The one sentence at the top: how it is, and where it is not well. */
import { counted } from './format.js';
import { headAndRest } from './incident-about.js';

/** @typedef {import('../api/overview.ts').Overview} Overview */
/** @typedef {import('../api/overview.ts').RegionOverview} RegionOverview */
/** @typedef {import('../api/overview.ts').RegionState} RegionState */

/**
 * `a`, `a and b`, `a, b and c`.
 * @param {readonly string[]} words
 */
export function listWords(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/**
 * Names, or how many when they are more than a sentence can hold.
 * @param {readonly RegionOverview[]} regions
 */
function named(regions) {
  return regions.length > 3 ? `${regions.length} regions` : listWords(regions.map((region) => region.region));
}

/** @param {readonly RegionOverview[]} regions */
const isAre = (regions) => (regions.length === 1 ? 'is' : 'are');

/** What a summary says first. @param {string} summary */
function sentence(summary) {
  const [head] = headAndRest(summary);
  return head === '' || head.endsWith('.') ? head : `${head}.`;
}

/**
 * Bad news first; good news only when every region reports and none is degraded.
 * @param {Overview} overview
 * @returns {{ state: RegionState, title: string, text: string }}
 */
export function verdict({ regions, incidents, regions_without_agents: withoutAgents = [] }) {
  const of = (/** @type {RegionState} */ state) => regions.filter((region) => region.state === state);
  const [degraded, silent, unknown] = [of('degraded'), of('silent'), of('unknown')];
  const open = incidents.filter((incident) => incident.status === 'open');
  const quietText =
    silent.length + unknown.length === 0
      ? ''
      : `${named([...silent, ...unknown])}: no figures, so nothing can be said.`;
  // Of a region that is named what is wrong there, not what is newest anywhere; what is quiet is said beside it.
  const newsText = `${sentence(degraded[0]?.reason || (open[0]?.summary ?? ''))} ${quietText}`.trim();
  if (degraded.length > 0) {
    return { state: 'degraded', title: `${named(degraded)} ${isAre(degraded)} degraded`, text: newsText };
  }
  if (open[0] !== undefined) {
    return {
      state: 'degraded',
      title: counted(open.length, 'open incident'),
      text: newsText,
    };
  }
  if (regions.length === 0) {
    return {
      state: 'unknown',
      title: 'No region reports yet',
      text: 'Agents appear here as soon as they connect.',
    };
  }
  if (silent.length > 0) {
    return { state: 'silent', title: `${named(silent)} ${isAre(silent)} silent`, text: quietText };
  }
  if (unknown.length > 0) {
    return {
      state: 'unknown',
      title: `Waiting for figures from ${named(unknown)}`,
      text: 'They come with the first finished runs.',
    };
  }
  const blind =
    withoutAgents.length > 3 ? `${withoutAgents.length} declared regions` : listWords(withoutAgents);
  const many =
    regions.length === 1 ? `${regions[0]?.region} is well` : `All ${regions.length} regions are well`;
  if (withoutAgents.length > 0)
    return {
      state: 'ok',
      title: many,
      text: `No open incident. Nothing is known of ${blind}: no agent is there.`,
    };
  return { state: 'ok', title: many, text: 'No open incident, and every region reports.' };
}
