// @ts-check
/** The first page: how it is, where on the world, in which figures, and what goes on. */
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { useApi } from '../api.js';
import { clockTime, count, counted, duration } from '../format.js';
import { IncidentList, isOpen } from '../incidents.js';
import { useOverview } from '../live.js';
import { link } from '../range.js';
import { liveRows, RegionTable, rangeRows } from '../regions.js';
import { Totals } from '../totals.js';
import { Empty, Loading, PageHead, Problem, Section } from '../ui.js';
import { verdict } from '../verdict.js';
import { loadWorld, WorldMap } from '../world-map.js';

/** @typedef {import('../../api/overview.ts').Overview} Overview */

/** As many incidents as stand beside the map; the list of them all is a page of its own. */
const NEWS_MAX = 5;

/** @param {{ range: import('../range.js').Range }} props */
export function Page({ range }) {
  const overview = useOverview();
  useEffect(() => void loadWorld(), []);
  if (overview === null)
    return html`<${PageHead} title="Outrider" lead="Waiting for the first figures: they come within seconds." />
      <${Loading} what="the regions" />`;
  const { state, text, title } = verdict(overview);
  return html`
    <div class="verdict" aria-live="polite"><${PageHead} title=${title} state=${state} lead=${text} /></div>
    <div class="sight-and-news">
      <${Where} overview=${overview} />
      <${Incidents} overview=${overview} />
    </div>
    <${Regions} overview=${overview} range=${range} />
    <${Totals} overview=${overview} />
  `;
}

/** @param {{ overview: Overview }} props */
function Where({ overview: { regions, regions_without_agents = [] } }) {
  if (regions.length === 0) return null;
  const agents = regions.reduce((sum, region) => sum + region.agents.connected, 0);
  return html`<${Section} title="Where" class="where" note=${`${counted(agents, 'agent')} in ${counted(regions.length, 'region')}`}>
    <${WorldMap} regions=${regions} withoutAgents=${regions_without_agents} />
  <//>`;
}

/** @param {{ overview: Overview, range: import('../range.js').Range }} props */
function Regions({ overview, range }) {
  const asked = range.isDefault
    ? null
    : `/api/v1/latency?by=region&spark=true&quantiles=p50,p95&${range.query}`;
  const answer = useApi(asked, { everyMs: range.isLive ? 30_000 : 0 });
  const { data, error } = answer;
  const nowMs = Date.parse(overview.at);
  const rows = asked === null ? liveRows(overview) : data ? rangeRows(overview, data) : null;
  return html`<${Section} title="Regions" note=${noteOf(overview, range, data, nowMs)}>
    ${overview.regions.length === 0 && html`<${Empty}>No agent has registered yet. Start one with <code>npx outrider agent start</code>.<//>`}
    ${error && html`<${Problem} error=${error} at=${answer.at} onRetry=${answer.reload} />`}
    ${rows && rows.length > 0 && html`<${RegionTable} rows=${rows} nowMs=${nowMs} isCompared=${range.vs !== null} />`}
    ${rows === null && !error && html`<${Loading} />`}
  <//>`;
}

/**
 * Of which time the figures are.
 * @param {Overview} overview
 * @param {import('../range.js').Range} range
 * @param {any} data
 * @param {number} nowMs
 */
function noteOf(overview, range, data, nowMs) {
  const leftOut =
    overview.regions_left_out > 0 ? `, ${counted(overview.regions_left_out, 'more region')} not shown` : '';
  if (range.isDefault)
    return `median and p95 of the last ${duration(overview.window.seconds * 1000)}, live${leftOut}`;
  if (!data) return '';
  const [since, until] = [data.since, data.until].map((at) => clockTime(Date.parse(at), nowMs));
  const against = data.reference
    ? `, held against ${clockTime(Date.parse(data.reference.since), nowMs)} to ${clockTime(Date.parse(data.reference.until), nowMs)}`
    : '';
  return `${since} to ${until}${against}${leftOut}`;
}

/** @param {{ overview: Overview }} props */
function Incidents({ overview: { at, incidents } }) {
  const nowMs = Date.parse(at);
  const open = incidents.filter(isOpen);
  const shown = open.slice(0, NEWS_MAX);
  const resolved = incidents.filter((incident) => !isOpen(incident)).slice(0, NEWS_MAX - shown.length);
  return html`<${Section}
    title="Incidents"
    note=${open.length > 0 ? `${count(open.length)} open` : ''}
    tools=${html`<a class="note" href=${link('/incidents')}>All incidents</a>`}
  >
    ${open.length === 0 ? html`<${Empty}>No open incident.<//>` : html`<${IncidentList} id="incidents-open" incidents=${shown} nowMs=${nowMs} />`}
    ${
      resolved.length > 0 &&
      html`<h3>Recently resolved</h3>
        <div class="resolved"><${IncidentList} id="incidents-resolved" incidents=${resolved} nowMs=${nowMs} /></div>`
    }
  <//>`;
}
