// @ts-check
/** One probe: how it is, since when, where, what it missed, what went wrong, what was promised, and how it is declared. */
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
import { Copyable } from '../copy.js';
import { Difference, FiguresTable, rowsOf, shareText } from '../figures-table.js';
import { count, counted, duration, withUnit } from '../format.js';
import { concerns } from '../incident-about.js';
import { IncidentList } from '../incidents.js';
import { useNow } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { link } from '../range.js';
import { newestFirst, RunList } from '../runs.js';
import { SloTable } from '../slos.js';
import { standingOf } from '../standing.js';
import { Empty, Facts, Loaded, Loading, PageHead, Problem, Section } from '../ui.js';
import { metricName, tailOf, unitOf } from '../words.js';

/** @typedef {import('../range.js').Range} Range */

const RUNS = 8;

/** @param {{ params: Record<string, string>, range: Range }} props */
export function Page({ params, range }) {
  const name = params.name ?? '';
  const answer = useApi(`/api/v1/probes/${encodeURIComponent(name)}`, everyOf(range));
  if (answer.data === undefined)
    return html`<${PageHead} kind="Probe" title=${name} />
      ${answer.error ? html`<${Problem} error=${answer.error} onRetry=${answer.reload} />` : html`<${Loading} what="the probe" />`}
      ${answer.error?.status === 404 && html`<p><a href=${link('/probes')}>All probes</a></p>`}`;
  return html`<${Probe} probe=${fields(answer.data)} range=${range} />`;
}

/** @param {{ probe: Record<string, unknown>, range: Range }} props */
function Probe({ probe, range }) {
  const name = plain(probe.name);
  const metric = plain(probe.headline) || 'run_ms';
  const [region, setRegion] = useState('');
  const incidents = useApi('/api/v1/incidents?limit=50&since=7d', everyOf(range));
  const about = firstItems(fields(incidents.data).data, 50).filter((one) => concerns(one, { probe: name }));
  const open = about.filter(({ status }) => status === 'open').length;
  const total = useApi(
    apiPath(
      '/api/v1/latency',
      range,
      { by: 'metric', metric: `${metric},run_ms`, quantiles: `p50,${tailOf(metric)}`, probe: name },
      { vs: true },
    ),
    everyOf(range),
  );
  const rows = rowsOf(total.data);
  const counts = rows.find((row) => row.metric === 'run_ms');
  const standing = standingOf(probe, open, total.data === undefined ? undefined : (counts ?? {}));
  const places = useApi(placesPath(name, metric, range), everyOf(range));
  const filters = { probe: name, region };
  const marks = [
    ...useChangeMarks(range, { probe: name }),
    ...about.map((one) => ({
      atMs: Date.parse(plain(one.started_at)),
      text: plain(one.summary),
      kind: 'incident',
    })),
  ];
  const where = region === '' ? '' : ` in ${region}`;
  return html`
    <${PageHead} kind="Probe" title=${name} state=${standing.state} lead=${leadOf(probe, standing.word, counts)} />
    <${Loaded} answer=${total} what="the figures">${() => html`<${Headlines} rows=${rows} metric=${metric} vs=${range.vs} />`}<//>
    <${Section} title="Over time" tools=${html`<${RegionChoice} regions=${rowsOf(places.data).map((row) => plain(row.region))} region=${region} onChange=${setRegion} />`}>
      <div class="plots">
        <${QuantileChart} metric=${metric} filters=${filters} range=${range} marks=${marks} where=${where} />
        <${SuccessChart} filters=${filters} range=${range} marks=${marks} />
        <${CompletenessChart} filters=${filters} range=${range} />
      </div>
    <//>
    <${Places} name=${name} metric=${metric} range=${range} answer=${places} />
    <${Promises} name=${name} />
    <${Section} title="Incidents" note="of the last 7 days">
      <${Loaded} answer=${incidents} what="the incidents">${() => html`<${About} incidents=${about} />`}<//>
    <//>
    <${Runs} name=${name} metric=${metric} range=${range} />
    <${Declared} probe=${probe} />
  `;
}

/**
 * @param {Record<string, unknown>} probe
 * @param {string} word
 * @param {Record<string, unknown> | undefined} counts
 */
function leadOf({ agents, every_ms, targets, type }, word, counts) {
  const of = (/** @type {unknown} */ list, /** @type {string} */ one) =>
    counted(Array.isArray(list) ? list.length : 0, one);
  const what = `${plain(type)}, every ${duration(finite(every_ms) ?? 0)}, ${of(targets, 'target')}, from ${of(agents, 'agent')}`;
  const went = counts ? ` ${shareText(counts.success_ratio)} of runs went well.` : '';
  return `${word === 'Asking…' ? '' : `${word}: `}${what}.${went}`;
}

/** @param {{ rows: readonly Record<string, unknown>[], metric: string, vs: string | null }} props */
function Headlines({ rows, metric, vs }) {
  const main = rows.find((row) => row.metric === metric);
  const counts = rows.find((row) => row.metric === 'run_ms');
  if (!counts) return html`<${Empty}>No run of it has ended in this time.<//>`;
  const tail = tailOf(metric);
  const figure = (
    /** @type {string} */ label,
    /** @type {string} */ value,
    /** @type {unknown} */ row,
    /** @type {string} */ of,
  ) => html`<div>
    <dt>${label}</dt>
    <dd><b>${value}</b> <${Difference} row=${row} name=${of} vs=${vs} /></dd>
  </div>`;
  return html`<dl class="headlines">
    ${figure('Success', shareText(counts.success_ratio), counts, 'success_ratio')}
    ${main && figure(`${metricName(metric)}, median`, withUnit(finite(main.p50), unitOf(metric)), main, 'p50')}
    ${main && figure(`${metricName(metric)}, ${tail}`, withUnit(finite(main[tail]), unitOf(metric)), main, tail)}
    <div><dt>Runs</dt><dd><b>${count((finite(counts.ok) ?? 0) + (finite(counts.fail) ?? 0))}</b> <span class="note">${count(finite(counts.fail))} failed, ${count(finite(counts.missed))} missed, ${count(finite(counts.agent_fail))} by agents’ own fault, ${count(finite(counts.disturbed))} disturbed</span></dd></div>
  </dl>`;
}

/** @param {{ regions: readonly string[], region: string, onChange: (region: string) => void }} props */
function RegionChoice({ regions, region, onChange }) {
  if (regions.length < 2) return null;
  return html`<label class="choice">Region${' '}
    <select value=${region} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => onChange(event.currentTarget.value)}>
      <option value="">All</option>
      ${regions.map((one) => html`<option value=${one} selected=${one === region}>${one}</option>`)}
    </select>
  </label>`;
}

/**
 * @param {string} name
 * @param {string} metric
 * @param {Range} range
 */
const placesPath = (name, metric, range) =>
  apiPath(
    '/api/v1/latency',
    range,
    { by: 'region', metric, quantiles: `p50,${tailOf(metric)}`, spark: 'true', probe: name },
    { vs: true },
  );

/** @param {{ name: string, metric: string, range: Range, answer: ReturnType<typeof useApi> }} props */
function Places({ name, metric, range, answer }) {
  return html`<${Section} title="By region" note=${metricName(metric)}>
    <${Loaded} answer=${answer} what="the regions">${(/** @type {unknown} */ data) => html`<${FiguresTable}
      rows=${rowsOf(data)} caption=${`${metricName(metric)} of ${name} by region`} label="Region" vs=${range.vs}
      nameOf=${(/** @type {Record<string, unknown>} */ row) => plain(row.region)}
      hrefOf=${(/** @type {Record<string, unknown>} */ row) => `/regions/${encodeURIComponent(plain(row.region))}`}
      empty="No region has run it in this time."
    />`}<//>
  <//>`;
}

/** @param {{ name: string }} props */
function Promises({ name }) {
  const answer = useApi(`/api/v1/slos?probe=${encodeURIComponent(name)}`, { everyMs: 30_000 });
  return html`<${Section} title="Promises and budgets">
    <${Loaded} answer=${answer} what="the budgets">${(/** @type {unknown} */ data) => html`<${SloTable} slos=${firstItems(fields(data).data, 100)} label="Target" of="target" />`}<//>
  <//>`;
}

/** @param {{ incidents: readonly any[] }} props */
function About({ incidents }) {
  const nowMs = useNow(10_000);
  return incidents.length === 0
    ? html`<${Empty}>No incident was about it.<//>`
    : html`<${IncidentList} incidents=${incidents} nowMs=${nowMs} />`;
}

/** @param {{ name: string, metric: string, range: Range }} props */
function Runs({ name, metric, range }) {
  const limit = String(RUNS);
  const failed = useApi(
    apiPath('/api/v1/results', range, { probe: name, outcome: 'fail', limit }),
    everyOf(range),
  );
  const worst = useApi(
    apiPath('/api/v1/results', range, { probe: name, worst: metric, limit }),
    everyOf(range),
  );
  const value = (/** @type {Record<string, unknown>} */ run) =>
    metric === 'run_ms' ? run.duration_ms : fields(run.metrics)[metric];
  return html`<${Section} title="Runs that tell most" note="open one to see its waterfall">
    <div class="columns">
      <div>
        <h3>Failed, the newest first</h3>
        <${Loaded} answer=${failed} what="failed runs">${(/** @type {unknown} */ data) => html`<${RunList}
          omit="probe"
          runs=${newestFirst(data, RUNS)} empty="No run failed in this time."
        />`}<//>
      </div>
      <div>
        <h3>Worst by ${metricName(metric).toLowerCase()}</h3>
        <${Loaded} answer=${worst} what="the worst runs">${(/** @type {unknown} */ data) => html`<${RunList}
          omit="probe"
          runs=${firstItems(fields(data).data, RUNS)} figureOf=${value} unit=${unitOf(metric)} empty="Nothing was measured in this time."
        />`}<//>
      </div>
    </div>
  <//>`;
}

/** @param {{ probe: Record<string, unknown> }} props */
function Declared({ probe }) {
  const name = plain(probe.name);
  const yaml = useApi(`/api/v1/probes/${encodeURIComponent(name)}/yaml`);
  const targets = firstItems(
    Array.isArray(probe.targets) ? probe.targets.map((target) => ({ target })) : [],
    100,
  );
  return html`<${Section} title="As it is declared">
    <${Facts}
      rows=${[
        ['Type', plain(probe.type)],
        ['Every', duration(finite(probe.every_ms) ?? 0)],
        ['Timeout', duration(finite(probe.timeout_ms) ?? 0)],
        [
          'Targets',
          targets.map(
            ({ target }, i) =>
              html`${i > 0 && ', '}<a href=${link(`/targets/${encodeURIComponent(plain(target))}`)}>${plain(target)}</a>`,
          ),
        ],
        [
          'Agents',
          html`<a href=${link(`/agents?probe=${encodeURIComponent(name)}`)}>${count(Array.isArray(probe.agents) ? probe.agents.length : 0)} run it</a>`,
        ],
      ].slice(0, 4)}
    />
    <${Loaded} answer=${yaml} what="the file">${(/** @type {unknown} */ text) => html`<${Copyable} isBlock text=${plain(text).length > 0 ? String(text) : ''} label=${`the file of ${name}`} />`}<//>
    <${Copyable} text=${`npx outrider probes explain ${name}`} label="the command that explains it" />
  <//>`;
}
