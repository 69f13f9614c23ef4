// @ts-check
/** Who sees an incident and who does not: a row a region, a mark an agent. Shapes tell states apart, colours only help. */
import { html } from 'htm/preact';
import { count } from './format.js';
import { fields, finite, firstItems, plain, SHOWN } from './plain.js';

/** @type {readonly [state: string, mark: string, word: string][]} */
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

/** @param {{ region: Record<string, unknown> }} props */
function Row({ region }) {
  const marks = STATES.flatMap(([state, mark, word]) =>
    agentsOf(region, state).map((agent) => ({ state, mark, label: `${plain(agent)}: ${word}` })),
  );
  const counts = STATES.flatMap(([state, , word]) => {
    const number = agentsOf(region, state).length;
    return number > 0 ? [`${count(number)} ${word}`] : [];
  });
  const more = Math.max(0, marks.length - SHOWN.agents) + (finite(region.left_out) ?? 0);
  if (more > 0) counts.push(`${count(more)} more`);
  return html`<tr>
    <th scope="row" class="place" title=${plain(region.region)}>${plain(region.region)}</th>
    <td class="row">
      <div class="seers">
        ${marks
          .slice(0, SHOWN.agents)
          .map(
            ({ label, mark, state }) =>
              html`<span class="seer" data-saw=${state} role="img" aria-label=${label} title=${label}>${mark}</span>`,
          )}
      </div>
    </td>
    <td class="counts">${counts.join(', ')}</td>
  </tr>`;
}

/** Regions in which nobody sees it, beyond these, are shown when asked for. */
const WELL_SHOWN = 5;

/** Nothing where the incident does not say. @param {{ evidence: unknown }} props */
export function SightMap({ evidence }) {
  const regions = firstItems(fields(evidence).sight, SHOWN.regions);
  if (regions.length === 0) return null;
  const sees = (/** @type {Record<string, unknown>} */ region) =>
    agentsOf(region, 'raised').length + agentsOf(region, 'silent').length > 0;
  const [seen, others] = [regions.filter(sees), regions.filter((region) => !sees(region))];
  const rest = others.slice(WELL_SHOWN);
  return html`
    <p class="legend">
      ${STATES.map(([state, mark, word]) => html`<span><span class="seer" data-saw=${state} aria-hidden="true">${mark}</span> ${word}</span>`)}
    </p>
    <${Rows} regions=${[...seen, ...others.slice(0, WELL_SHOWN)]} caption="Agents of each region by what they saw" />
    ${
      rest.length > 0 &&
      html`<details class="run-facts">
        <summary>${count(rest.length)} more regions, where nobody sees it</summary>
        <${Rows} regions=${rest} caption="Agents of the other regions" />
      </details>`
    }
  `;
}

/** @param {{ regions: readonly Record<string, unknown>[], caption: string }} props */
const Rows = ({ regions, caption }) => html`<table class="sight">
  <caption class="visually-hidden">${caption}</caption>
  <thead class="visually-hidden"><tr><th scope="col">Region</th><th scope="col">Its agents</th><th scope="col">How many</th></tr></thead>
  <tbody>${regions.map((region) => html`<${Row} region=${region} />`)}</tbody>
</table>`;
