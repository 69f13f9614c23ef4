// @ts-check
/** Every target: where it is, what checks it, and how that went in the time that is looked at. */
import { html } from 'htm/preact';
import { useApi } from '../api.js';
import { apiPath, everyOf } from '../charts.js';
import { rowsOf, shareText } from '../figures-table.js';
import { count } from '../format.js';
import { concerns, openOf } from '../incident-about.js';
import { useOverview } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { targetStanding } from '../standing.js';
import { DataTable } from '../table.js';
import { Loaded, PageHead, Problem, Section, StateBadge } from '../ui.js';

const TARGETS = 1000;

/** @typedef {{ target: Record<string, unknown>, probes: readonly string[], counts: Record<string, unknown> | undefined, open: number }} Row */

/** @param {{ range: import('../range.js').Range }} props */
export function Page({ range }) {
  const list = useApi(`/api/v1/targets?limit=${TARGETS}`, everyOf(range));
  const declared = useApi('/api/v1/probes?limit=1000');
  const asked = { by: 'target', metric: 'run_ms', quantiles: 'p50', limit: '1000' };
  const counted = useApi(apiPath('/api/v1/latency', range, asked), everyOf(range));
  const overview = useOverview();
  const open = openOf(overview);
  const targets = firstItems(fields(list.data).data, TARGETS);
  const probes = firstItems(fields(declared.data).data, 1000);
  const rows = targets.map((target) => ({
    target,
    probes: probes
      .filter((probe) => Array.isArray(probe.targets) && probe.targets.includes(target.name))
      .map(({ name }) => plain(name)),
    counts:
      counted.data === undefined || overview === null
        ? undefined
        : (rowsOf(counted.data).find((row) => row.target === target.name) ?? {}),
    open: open.filter((incident) => concerns(incident, { target: plain(target.name) })).length,
  }));
  return html`
    <${PageHead} title="Targets" lead=${list.data === undefined ? 'What is probed.' : `${count(targets.length)} declared.`} />
    <${Section} title="All targets">
      ${counted.error && list.data !== undefined && html`<${Problem} error=${counted.error} at=${counted.at} onRetry=${counted.reload} />`}
      <${Loaded} answer=${list} what="the targets">${() => html`<${DataTable}
        caption="Targets: where they are and how they stand" rows=${rows} columns=${COLUMNS}
        keyOf=${(/** @type {Row} */ { target }) => plain(target.name)}
        hrefOf=${(/** @type {Row} */ { target }) => `/targets/${encodeURIComponent(plain(target.name))}`}
        filterLabel="Filter by name, label or probe"
        empty=${html`No target is declared yet. <code>npx outrider probes apply -f probes.yaml</code> declares some.`}
      />`}<//>
    <//>
  `;
}

/** @param {unknown} labels */
export const labelsText = (labels) =>
  Object.entries(fields(labels))
    .map(([name, value]) => `${plain(name)}=${plain(value)}`)
    .join(', ');

const COLUMNS = [
  { key: 'name', label: 'Target', value: (/** @type {Row} */ { target }) => plain(target.name) },
  {
    ...{ key: 'state', label: 'State' },
    value: (/** @type {Row} */ row) => targetStanding(row).word,
    show: (/** @type {Row} */ row) => html`<${StateBadge} ...${targetStanding(row)} />`,
  },
  {
    ...{ key: 'success', label: 'Success', isNumber: true },
    value: (/** @type {Row} */ { counts }) => finite(counts?.success_ratio),
    show: (/** @type {Row} */ { counts }) => shareText(counts?.success_ratio),
  },
  {
    ...{ key: 'runs', label: 'Runs', isNumber: true, descFirst: true },
    value: (/** @type {Row} */ { counts }) => (finite(counts?.ok) ?? 0) + (finite(counts?.fail) ?? 0),
    show: (/** @type {Row} */ { counts }) => count((finite(counts?.ok) ?? 0) + (finite(counts?.fail) ?? 0)),
  },
  {
    ...{ key: 'fail', label: 'Failed', isNumber: true, descFirst: true },
    value: (/** @type {Row} */ { counts }) => finite(counts?.fail),
    show: (/** @type {Row} */ { counts }) => count(finite(counts?.fail)),
  },
  {
    key: 'probes',
    label: 'Probes',
    class: 'wrap',
    value: (/** @type {Row} */ { probes }) => probes.join(', '),
  },
  {
    key: 'url',
    label: 'Address',
    class: 'wrap',
    value: (/** @type {Row} */ { target }) => plain(target.url),
  },
  {
    key: 'labels',
    label: 'Labels',
    class: 'wrap',
    value: (/** @type {Row} */ { target }) => labelsText(target.labels),
  },
];
