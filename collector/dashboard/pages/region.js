// @ts-check
/** One region: is it well, since when, which checks and networks it is, what was there before, and the agents that say so. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { agentState } from '../agents-text.js';
import { useApi } from '../api.js';
import {
  apiPath,
  CompletenessChart,
  everyOf,
  QuantileChart,
  SuccessChart,
  useChangeMarks,
} from '../charts.js';
import { FiguresTable, rowsOf } from '../figures-table.js';
import { clockTime, count, duration } from '../format.js';
import { concerns } from '../incident-about.js';
import { IncidentList } from '../incidents.js';
import { useNow, useOverview } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { link } from '../range.js';
import { STATES } from '../state.js';
import { DataTable } from '../table.js';
import { Empty, Loaded, Loading, PageHead, Section, StateBadge } from '../ui.js';
import { ago, metricName, tailOf } from '../words.js';

/** @typedef {import('../range.js').Range} Range */
/** @typedef {import('../../api/overview.ts').RegionOverview} RegionOverview */
/** @typedef {Record<string, unknown>} Row */

/** What users wait for, the best first: the first that is measured is shown. */
const HEADLINES = ['video_startup_ms', 'first_frame_ms', 'ttfb_ms', 'upload_goodput_bps', 'run_ms'];
/** One answer of the API. */
const AGENTS = 1000;

/** @param {{ params: Record<string, string>, range: Range }} props */
export function Page({ params, range }) {
  const name = params.name ?? '';
  const overview = useOverview();
  const region = overview?.regions.find((one) => one.region === name);
  if (overview === null)
    return html`<${PageHead} kind="Region" title=${name} /><${Loading} what="the region" />`;
  if (!region)
    return html`<${PageHead} kind="Region" title=${name} lead="No agent of this region has registered, and nothing was measured there." />
      <p><a href=${link('/')}>All regions</a></p>`;
  return html`<${Region} region=${region} nowMs=${Date.parse(overview.at)} range=${range} />`;
}

/** @param {{ region: RegionOverview, nowMs: number, range: Range }} props */
function Region({ region, nowMs, range }) {
  const name = region.region;
  const [chosen, setChosen] = useState('');
  const asked = { by: 'region', metric: HEADLINES.join(','), quantiles: 'p50', region: name };
  const measured = useApi(apiPath('/api/v1/latency', range, asked), everyOf(range));
  const metrics = HEADLINES.filter((metric) =>
    rowsOf(measured.data).some((row) => row.metric === metric && finite(row.p50) !== null),
  );
  const metric = metrics.find((one) => one === chosen) ?? metrics[0] ?? 'run_ms';
  const incidents = useApi('/api/v1/incidents?limit=50&since=7d', everyOf(range));
  const about = /** @type {any[]} */ (
    firstItems(fields(incidents.data).data, 50).filter((one) => concerns(one, { region: name }))
  );
  const marks = [
    ...useChangeMarks(range, { region: name }),
    ...about.map((one) => ({
      atMs: Date.parse(plain(one.started_at)),
      text: plain(one.summary),
      kind: 'incident',
    })),
  ];
  const filters = { region: name };
  return html`
    <${PageHead} kind=${region.title ? `Region, ${region.title}` : 'Region'} title=${name} state=${region.state} lead=${leadOf(region, nowMs)} />
    <${Section} title="Over time" tools=${html`<${MetricChoice} metrics=${metrics} metric=${metric} onChange=${setChosen} />`}>
      <${Loaded} answer=${measured} what="the figures">${() => html`<div class="plots">
        <${QuantileChart} metric=${metric} filters=${filters} range=${range} marks=${marks} />
        <${SuccessChart} filters=${filters} range=${range} marks=${marks} />
        <${CompletenessChart} filters=${filters} range=${range} />
      </div>`}<//>
    <//>
    <${Section} title="Incidents" note="of the last 7 days">
      <${Loaded} answer=${incidents} what="the incidents">${() =>
        about.length === 0
          ? html`<${Empty}>No incident was about it.<//>`
          : html`<${IncidentList} incidents=${about} nowMs=${nowMs} />`}<//>
    <//>
    <${By} dimension="target" title="By target" metric=${metric} region=${name} range=${range} page="/targets/" />
    <${By} dimension="probe" title="By probe" metric=${metric} region=${name} range=${range} page="/probes/" />
    <${By} dimension="isp" title="By network" metric=${metric} region=${name} range=${range} />
    <${Agents} region=${region} />
  `;
}

/**
 * State, since when, and from how many agents that is known.
 * @param {RegionOverview} region
 * @param {number} nowMs
 */
function leadOf({ agents, degraded_since, last_result_at, reason, state }, nowMs) {
  const since =
    degraded_since === null
      ? ''
      : ` since ${clockTime(Date.parse(degraded_since), nowMs)}, for ${duration(nowMs - Date.parse(degraded_since))}`;
  const heard = last_result_at === null ? 'no result lately' : `last result ${ago(last_result_at, nowMs)}`;
  const why = reason === '' ? '' : ` ${reason}`;
  return `${STATES[state].word}${since}. ${count(agents.connected)} of ${count(agents.total)} agents connected, ${heard}.${why}`;
}

/** @param {{ metrics: readonly string[], metric: string, onChange: (metric: string) => void }} props */
function MetricChoice({ metrics, metric, onChange }) {
  if (metrics.length < 2) return null;
  return html`<label class="choice">Metric${' '}
    <select value=${metric} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => onChange(event.currentTarget.value)}>
      ${metrics.map((one) => html`<option value=${one} selected=${one === metric}>${metricName(one)}</option>`)}
    </select>
  </label>`;
}

/** @param {{ dimension: 'target' | 'probe' | 'isp', title: string, metric: string, region: string, range: Range, page?: string }} props */
function By({ dimension, title, metric, region, range, page }) {
  const asked = { by: dimension, metric, quantiles: `p50,${tailOf(metric)}`, spark: 'true', region };
  const answer = useApi(apiPath('/api/v1/latency', range, asked, { vs: true }), everyOf(range));
  const hrefOf = (/** @type {Row} */ row) =>
    page === undefined ? null : `${page}${encodeURIComponent(plain(row[dimension]))}`;
  return html`<${Section} title=${title} note=${metricName(metric)}>
    <${Loaded} answer=${answer} what="the figures">${(/** @type {unknown} */ data) => html`<${FiguresTable}
      rows=${rowsOf(data)} caption=${`${metricName(metric)} in ${region}, ${title.toLowerCase()}`} label=${LABELS[dimension]}
      vs=${range.vs} nameOf=${(/** @type {Row} */ row) => plain(row[dimension]) || '(not named)'} hrefOf=${hrefOf}
      empty="Nothing was measured in this time."
    />`}<//>
  <//>`;
}

const LABELS = { target: 'Target', probe: 'Probe', isp: 'Network' };

/** @param {{ region: RegionOverview }} props */
function Agents({ region: { agents, place, region } }) {
  const answer = useApi(`/api/v1/agents?limit=${AGENTS}&region=${encodeURIComponent(region)}`, {
    everyMs: 30_000,
  });
  const nowMs = useNow(5000);
  return html`<${Section} title="Agents" note=${`${count(agents.connected)} of ${count(agents.total)} connected`}>
    ${place === null && html`<p class="note">It is not on the map: no agent says where it is.</p>`}
    <${Loaded} answer=${answer} what="the agents">${(/** @type {unknown} */ data) => html`<${DataTable}
      caption=${`Agents of ${region}`} columns=${agentColumns(nowMs)} rows=${firstItems(fields(data).data, AGENTS)}
      keyOf=${(/** @type {Row} */ agent) => plain(agent.id)} hrefOf=${(/** @type {Row} */ agent) => `/agents/${encodeURIComponent(plain(agent.id))}`}
      sort=${{ key: 'id', desc: false }} filterLabel="Filter agents" empty="It has no agent."
    />`}<//>
  <//>`;
}

/**
 * @param {number} nowMs
 * @returns {import('../table.js').Column<Row>[]}
 */
function agentColumns(nowMs) {
  return [
    { key: 'id', label: 'Agent', value: (agent) => plain(agent.id) },
    {
      ...{ key: 'state', label: 'State' },
      value: (agent) => agentState(agent.state).word,
      show: (agent) => html`<${StateBadge} ...${agentState(agent.state)} />`,
    },
    {
      key: 'city',
      label: 'Place',
      value: (agent) => [plain(agent.city), plain(agent.country)].filter(Boolean).join(', '),
    },
    { key: 'isp', label: 'Network', class: 'words', value: (agent) => plain(agent.isp) },
    { key: 'kind', label: 'Kind', value: (agent) => plain(agent.network) },
    {
      ...{ key: 'heard', label: 'Heard', isNumber: true, descFirst: true },
      value: (agent) => Date.parse(plain(agent.last_seen_at)) || null,
      show: (agent) => (agent.state === 'connected' ? 'now' : ago(agent.last_seen_at, nowMs)),
    },
  ];
}
