// @ts-check
/** Every probe: what it is, how often, how it stands and what it measured in the time that is looked at. */
import { html } from 'htm/preact';
import { useApi } from '../api.js';
import { apiPath, everyOf } from '../charts.js';
import { Difference, rowsOf, shareText } from '../figures-table.js';
import { count, duration, NOTHING, withUnit } from '../format.js';
import { concerns, openOf } from '../incident-about.js';
import { useOverview } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { niceCeiling, Sparkline } from '../sparkline.js';
import { standingOf } from '../standing.js';
import { DataTable } from '../table.js';
import { Loaded, PageHead, Problem, Section, StateBadge } from '../ui.js';
import { metricName, tailOf, unitOf } from '../words.js';

const PROBES = 1000;

/** @typedef {{ probe: Record<string, unknown>, figures: Record<string, unknown>, counts: Record<string, unknown>, standing: ReturnType<typeof standingOf> }} Row */

/** @param {{ range: import('../range.js').Range }} props */
export function Page({ range }) {
  const list = useApi(`/api/v1/probes?limit=${PROBES}`, everyOf(range));
  const probes = firstItems(fields(list.data).data, PROBES);
  const metrics = [...new Set(['run_ms', ...probes.map(({ headline }) => plain(headline))])]
    .filter(Boolean)
    .join(',');
  const asked = { by: 'probe', metric: metrics, quantiles: 'p50,p95,p5', spark: 'true', limit: '1000' };
  const path = list.data === undefined ? null : apiPath('/api/v1/latency', range, asked, { vs: true });
  const latency = useApi(path, everyOf(range));
  const overview = useOverview();
  return html`
    <${PageHead} title="Probes" lead=${list.data === undefined ? 'What is checked, and how it stands.' : leadOf(probes)} />
    <${Section} title="All probes">
      ${latency.error && list.data !== undefined && html`<${Problem} error=${latency.error} at=${latency.at} onRetry=${latency.reload} />`}
      <${Loaded} answer=${list} what="the probes">${() => html`<${DataTable}
        caption="Probes: how they stand and what they measured"
        rows=${joined(probes, overview === null ? undefined : latency.data, openOf(overview))} columns=${columnsOf(range.vs)}
        keyOf=${(/** @type {Row} */ { probe }) => plain(probe.name)}
        hrefOf=${(/** @type {Row} */ { probe }) => `/probes/${encodeURIComponent(plain(probe.name))}`}
        filterLabel="Filter by name, type or state"
        empty=${html`No probe is declared yet. <code>npx outrider probes apply -f probes.yaml</code> declares some.`}
      />`}<//>
    <//>
  `;
}

/** @param {readonly Record<string, unknown>[]} probes */
function leadOf(probes) {
  const paused = probes.filter(({ paused }) => paused === true).length;
  return `${count(probes.length)} declared${paused > 0 ? `, ${count(paused)} of them paused` : ''}.`;
}

/**
 * @param {readonly Record<string, unknown>[]} probes
 * @param {unknown} latency
 * @param {readonly unknown[]} open
 * @returns {Row[]}
 */
function joined(probes, latency, open) {
  const rows = rowsOf(latency);
  return probes.map((probe) => {
    const of = (/** @type {string} */ metric) =>
      rows.find((row) => row.probe === probe.name && row.metric === metric);
    const counts = of('run_ms') ?? {};
    const about = open.filter((incident) => concerns(incident, { probe: plain(probe.name) })).length;
    return {
      probe,
      counts,
      figures: of(plain(probe.headline)) ?? {},
      standing: standingOf(probe, about, latency === undefined ? undefined : counts),
    };
  });
}

/** Runs that were judged; null where nothing is known of them. @param {Record<string, unknown>} counts */
const judged = ({ fail, ok }) => (finite(ok) === null ? null : Number(ok) + (finite(fail) ?? 0));

/** @param {string | null} vs */
function columnsOf(vs) {
  const quantile = (/** @type {Row} */ { figures, probe }, /** @type {string} */ name) =>
    withUnit(finite(figures[name]), unitOf(plain(probe.headline)));
  const tail = (/** @type {Row} */ { probe }) => tailOf(plain(probe.headline));
  return [
    { key: 'name', label: 'Probe', value: (/** @type {Row} */ { probe }) => plain(probe.name) },
    {
      ...{ key: 'state', label: 'State' },
      value: (/** @type {Row} */ { standing }) => standing.word,
      show: (/** @type {Row} */ { standing }) => html`<${StateBadge} ...${standing} />`,
    },
    { key: 'type', label: 'Type', class: 'kind', value: (/** @type {Row} */ { probe }) => plain(probe.type) },
    {
      ...{ key: 'success', label: 'Success', isNumber: true },
      value: (/** @type {Row} */ { counts }) => finite(counts.success_ratio),
      show: (/** @type {Row} */ { counts }) => shareText(counts.success_ratio),
    },
    { key: 'metric', label: 'Measures', value: (/** @type {Row} */ { probe }) => metricName(probe.headline) },
    {
      ...{ key: 'p50', label: 'Median', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ { figures }) => finite(figures.p50),
      show: (/** @type {Row} */ row) => quantile(row, 'p50'),
    },
    {
      ...{
        key: 'tail',
        label: 'p95',
        isNumber: true,
        descFirst: true,
        title: 'p95; of speeds, where less is worse, p5',
      },
      value: (/** @type {Row} */ row) => finite(row.figures[tail(row)]),
      show: (/** @type {Row} */ row) => quantile(row, tail(row)),
    },
    ...(vs === null
      ? []
      : [
          {
            ...{ key: 'diff', label: 'p95 held against then' },
            value: () => null,
            show: (/** @type {Row} */ row) =>
              html`<${Difference} row=${row.figures} name=${tail(row)} vs=${vs} />`,
          },
        ]),
    {
      ...{ key: 'spark', label: 'Median over time' },
      value: () => null,
      show: (/** @type {Row} */ { figures, probe }) =>
        Array.isArray(figures.spark)
          ? html`<${Sparkline}
              values=${figures.spark} label=${`Median of ${plain(probe.name)} over time`}
              ceiling=${niceCeiling(Math.max(0, ...figures.spark.map((value) => finite(value) ?? 0)))}
            />`
          : NOTHING,
    },
    {
      ...{ key: 'runs', label: 'Runs', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ { counts }) => judged(counts),
      show: (/** @type {Row} */ { counts }) => count(judged(counts)),
    },
    {
      ...{ key: 'every', label: 'Every', isNumber: true },
      value: (/** @type {Row} */ { probe }) => finite(probe.every_ms),
      show: (/** @type {Row} */ { probe }) => duration(finite(probe.every_ms) ?? 0),
    },
    {
      ...{ key: 'agents', label: 'Agents', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ { probe }) => (Array.isArray(probe.agents) ? probe.agents.length : 0),
      show: (/** @type {Row} */ { probe }) => count(Array.isArray(probe.agents) ? probe.agents.length : 0),
    },
    {
      ...{ key: 'targets', label: 'Targets', class: 'wrap' },
      value: (/** @type {Row} */ { probe }) =>
        Array.isArray(probe.targets) ? probe.targets.map(plain).join(', ') : '',
    },
  ];
}
