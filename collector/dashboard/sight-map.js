// @ts-check
/** Who sees an incident and who does not: a row a region, a mark an agent. Shapes tell states apart, colours only help. */
import { h } from './dom.js';
import { count } from './format.js';
import { fields, finite, firstItems, plain, SHOWN } from './plain.js';

/** @type {[state: string, mark: string, word: string][]} */
const STATES = [
  ['raised', '▲', 'raised'],
  ['silent', '✕', 'silent'],
  ['no_data', '–', 'no data'],
  ['well', '✓', 'well'],
];

/**
 * @param {Record<string, unknown>} region
 * @param {string} state
 */
const agentsOf = (region, state) => {
  const agents = region[state];
  return Array.isArray(agents) ? agents : [];
};

/**
 * @param {string} state
 * @param {string} mark
 * @param {string} label
 */
const cell = (state, mark, label) =>
  h('span', { class: 'seer', 'data-saw': state, role: 'img', 'aria-label': label, title: label }, mark);

/** @param {Record<string, unknown>} region */
function row(region) {
  const marks = STATES.flatMap(([state, mark, word]) =>
    agentsOf(region, state).map((agent) => cell(state, mark, `${plain(agent)}: ${word}`)),
  );
  const leftOut = finite(region.left_out) ?? 0;
  const counts = STATES.flatMap(([state, , word]) => {
    const number = agentsOf(region, state).length;
    return number > 0 ? [`${count(number)} ${word}`] : [];
  });
  const more = Math.max(0, marks.length - SHOWN.agents) + leftOut;
  if (more > 0) counts.push(`${count(more)} more`);
  return h(
    'tr',
    {},
    h('th', { scope: 'row', class: 'place', title: plain(region.region) }, plain(region.region)),
    h('td', { class: 'row' }, h('div', { class: 'seers' }, ...marks.slice(0, SHOWN.agents))),
    h('td', { class: 'counts' }, counts.join(', ')),
  );
}

/**
 * Empty where the incident does not say.
 * @param {unknown} evidence of an incident
 * @returns {Element[]}
 */
export function sightBlocks(evidence) {
  const regions = firstItems(fields(evidence).sight, SHOWN.regions);
  if (regions.length === 0) return [];
  const legend = STATES.map(([state, mark, word]) =>
    h('span', {}, h('span', { class: 'seer', 'data-saw': state, 'aria-hidden': 'true' }, mark), ` ${word}`),
  );
  return [
    h(
      'section',
      { class: 'wide' },
      h('h4', {}, 'Who sees it, and who does not'),
      h('p', { class: 'legend' }, ...legend),
      h('table', { class: 'sight' }, h('tbody', {}, ...regions.map(row))),
    ),
  ];
}
