// @ts-check
/** One target: how it is by probe, by region and by edge, over time, and what was promised of it. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { useApi } from '../api.js';
import {
  apiPath,
  CompletenessChart,
  everyOf,
  QuantileChart,
  SuccessChart,
  useChangeMarks,
} from '../charts.js';
import { FiguresTable, rowsOf, shareText } from '../figures-table.js';
import { counted } from '../format.js';
import { concerns } from '../incident-about.js';
import { IncidentList } from '../incidents.js';
import { useNow } from '../live.js';
import { fields, firstItems, plain } from '../plain.js';
import { link } from '../range.js';
import { newestFirst, RunList } from '../runs.js';
import { SloTable } from '../slos.js';
import { targetStanding } from '../standing.js';
import { Empty, Facts, Loaded, Loading, PageHead, Problem, Section } from '../ui.js';
import { metricName, tailOf } from '../words.js';
import { labelsText } from './targets.js';

/** @typedef {import('../range.js').Range} Range */
/** @typedef {Record<string, unknown>} Row */

const RUNS = 8;

/** @param {{ params: Record<string, string>, range: Range }} props */
export function Page({ params, range }) {
  const name = params.name ?? '';
  const answer = useApi(`/api/v1/targets/${encodeURIComponent(name)}`, everyOf(range));
  const declared = useApi('/api/v1/probes?limit=1000', everyOf(range));
  if (answer.data === undefined || declared.data === undefined) {
    const error = answer.error ?? declared.error;
    return html`<${PageHead} kind="Target" title=${name} />
      ${
        error
          ? html`<${Problem} error=${error} onRetry=${() => {
              answer.reload();
              declared.reload();
            }} />`
          : html`<${Loading} what="the target" />`
      }
      ${error?.status === 404 && html`<p><a href=${link('/targets')}>All targets</a></p>`}`;
  }
  const probes = firstItems(fields(declared.data).data, 1000).filter(
    ({ targets }) => Array.isArray(targets) && targets.includes(name),
  );
  return html`<${Target} target=${fields(answer.data)} probes=${probes} range=${range} />`;
}

/** @param {{ target: Row, probes: readonly Row[], range: Range }} props */
function Target({ target, probes, range }) {
  const name = plain(target.name);
  const nowMs = useNow(10_000);
  const [chosen, setChosen] = useState('');
  const probe = probes.find((one) => one.name === chosen) ?? probes[0];
  const metric = plain(probe?.headline) || 'run_ms';
  const incidents = useApi('/api/v1/incidents?limit=50&since=7d', everyOf(range));
  const about = /** @type {any[]} */ (
    firstItems(fields(incidents.data).data, 50).filter((one) => concerns(one, { target: name }))
  );
  const total = useApi(
    apiPath('/api/v1/latency', range, { by: 'metric', metric: 'run_ms', quantiles: 'p50', target: name }),
    everyOf(range),
  );
  const counts = rowsOf(total.data)[0] ?? {};
  const standing = targetStanding({
    counts: total.data === undefined ? undefined : counts,
    open: about.filter(({ status }) => status === 'open').length,
    probes: probes.map((one) => plain(one.name)),
  });
  const marks = [
    ...useChangeMarks(range, { target: name }),
    ...about.map((one) => ({
      atMs: Date.parse(plain(one.started_at)),
      text: plain(one.summary),
      kind: 'incident',
    })),
  ];
  const filters = { target: name, probe: plain(probe?.name) };
  const byProbe =
    probes.length > 1 &&
    html`<label class="choice">Probe${' '}
    <select value=${plain(probe?.name)} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => setChosen(event.currentTarget.value)}>
      ${probes.map((one) => html`<option value=${plain(one.name)} selected=${one === probe}>${plain(one.name)}</option>`)}
    </select>
  </label>`;
  return html`
    <${PageHead} kind="Target" title=${name} state=${standing.state} lead=${leadOf(standing.word, probes, counts)} />
    <${Facts} rows=${[['Address', html`<code>${plain(target.url)}</code>`], ['Labels', labelsText(target.labels)]]} />
    ${
      probe
        ? html`<${Section} title="Over time" note=${plain(probe.name)} tools=${byProbe}>
            <div class="plots">
              <${QuantileChart} metric=${metric} filters=${filters} range=${range} marks=${marks} />
              <${SuccessChart} filters=${filters} range=${range} marks=${marks} />
              <${CompletenessChart} filters=${filters} range=${range} />
            </div>
          <//>
          <${ByProbe} name=${name} probes=${probes} range=${range} />
          <${By} dimension="region" title="By region" filters=${filters} metric=${metric} range=${range} />
          <${By} dimension="pop" title="By edge" filters=${filters} metric=${metric} range=${range} />
          <${By} dimension="isp" title="By network" filters=${filters} metric=${metric} range=${range} />`
        : html`<${Empty}>No probe has this target: nothing is measured.<//>`
    }
    <${Section} title="Incidents" note="of the last 7 days">
      <${Loaded} answer=${incidents} what="the incidents">${() =>
        about.length === 0
          ? html`<${Empty}>No incident was about it.<//>`
          : html`<${IncidentList} incidents=${about} nowMs=${nowMs} />`}<//>
    <//>
    <${Promises} name=${name} />
    <${Failed} name=${name} range=${range} />
  `;
}

/**
 * @param {string} word
 * @param {readonly Row[]} probes
 * @param {Row} counts
 */
function leadOf(word, probes, counts) {
  const by = counted(probes.length, 'probe');
  const went =
    counts.success_ratio === undefined ? '' : ` ${shareText(counts.success_ratio)} of runs went well.`;
  return `${word === 'Asking…' ? 'C' : `${word}: c`}hecked by ${by}.${went}`;
}

/** @param {{ name: string, probes: readonly Row[], range: Range }} props */
function ByProbe({ name, probes, range }) {
  const metrics = [...new Set(probes.map(({ headline }) => plain(headline) || 'run_ms'))].join(',');
  const asked = { by: 'probe', metric: metrics, quantiles: 'p50,p95,p5', spark: 'true', target: name };
  const answer = useApi(apiPath('/api/v1/latency', range, asked, { vs: true }), everyOf(range));
  const isOwn = (/** @type {Row} */ row) =>
    probes.some((probe) => probe.name === row.probe && (plain(probe.headline) || 'run_ms') === row.metric);
  return html`<${Section} title="By probe">
    <${Loaded} answer=${answer} what="the probes">${(/** @type {unknown} */ data) => html`<${FiguresTable}
      rows=${rowsOf(data).filter(isOwn)} caption=${`What probes measured on ${name}`} label="Probe" vs=${range.vs} hasMetric
      nameOf=${(/** @type {Row} */ row) => plain(row.probe)} hrefOf=${(/** @type {Row} */ row) => `/probes/${encodeURIComponent(plain(row.probe))}`}
      empty="No probe has run in this time."
    />`}<//>
  <//>`;
}

/** @param {{ dimension: string, title: string, filters: Record<string, string>, metric: string, range: Range }} props */
function By({ dimension, title, filters, metric, range }) {
  const asked = { by: dimension, metric, quantiles: `p50,${tailOf(metric)}`, spark: 'true', ...filters };
  const answer = useApi(apiPath('/api/v1/latency', range, asked, { vs: true }), everyOf(range));
  const named = (/** @type {Row} */ row) => plain(row[dimension]) || '(not named)';
  const hrefOf = (/** @type {Row} */ row) =>
    dimension === 'region' ? `/regions/${encodeURIComponent(plain(row.region))}` : null;
  return html`<${Section} title=${title} note=${`${metricName(metric)}, ${filters.probe}`}>
    <${Loaded} answer=${answer} what="the figures">${(/** @type {unknown} */ data) => html`<${FiguresTable}
      rows=${rowsOf(data)} caption=${title} label=${title.replace('By ', '').replace(/^./, (letter) => letter.toUpperCase())}
      vs=${range.vs} nameOf=${named} hrefOf=${hrefOf} empty="Nothing was measured in this time."
    />`}<//>
  <//>`;
}

/** @param {{ name: string }} props */
function Promises({ name }) {
  const answer = useApi(`/api/v1/slos?target=${encodeURIComponent(name)}`, { everyMs: 30_000 });
  return html`<${Section} title="Promises and budgets">
    <${Loaded} answer=${answer} what="the budgets">${(/** @type {unknown} */ data) => html`<${SloTable} slos=${firstItems(fields(data).data, 100)} label="Probe" of="probe" />`}<//>
  <//>`;
}

/** @param {{ name: string, range: Range }} props */
function Failed({ name, range }) {
  const failed = useApi(
    apiPath('/api/v1/results', range, { target: name, outcome: 'fail', limit: String(RUNS) }),
    everyOf(range),
  );
  return html`<${Section} title="Failed runs" note="the newest first; open one to see what it saw">
    <${Loaded} answer=${failed} what="failed runs">${(/** @type {unknown} */ data) => html`<${RunList}
      runs=${newestFirst(data, RUNS)} empty="No run failed in this time."
    />`}<//>
  <//>`;
}
