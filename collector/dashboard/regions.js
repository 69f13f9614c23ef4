// @ts-check
/**
 * The regional latency table: each region's state, what its users wait for, how often it works, and how that went. While no time is chosen
 * the figures are those of the stream, of this very minute; else those of the chosen time, held against another where one is chosen.
 */
import { html } from 'htm/preact';
import { count, counted, duration, megabits, milliseconds, NOTHING, percent } from './format.js';
import { niceCeiling, Sparkline, shownSteps } from './sparkline.js';
import { STATES, StateIcon, WORST_FIRST } from './state.js';
import { DataTable } from './table.js';

/** @typedef {import('../api/overview.ts').RegionOverview} RegionOverview */
/** @typedef {import('../api/overview.ts').Overview} Overview */

/** What a metric was in a time: `was` at the other time, `change` of its median as a ratio, where it is more than noise. */
/** @typedef {{ p50: number | null, p95: number | null, was?: number | null, isWorse?: boolean, isBetter?: boolean }} Figure */
/**
 * @typedef {{
 *   region: RegionOverview, figures: Record<string, Figure>, success: number | null, ok: number, fail: number, disturbed: number,
 *   spark: readonly (number | null)[], sparkMetric: string, sparkStepS: number,
 * }} RegionRow
 */

/** Columns in order; a metric that nobody measures has none. @type {readonly { metric: string, label: string, unit: string, text: (value: number | null) => string }[]} */
const METRICS = [
  { metric: 'video_startup_ms', label: 'Video start-up', unit: 'ms', text: milliseconds },
  { metric: 'first_frame_ms', label: 'First frame', unit: 'ms', text: milliseconds },
  { metric: 'ttfb_ms', label: 'TTFB', unit: 'ms', text: milliseconds },
  { metric: 'upload_goodput_bps', label: 'Upload', unit: 'Mbit/s', text: megabits },
];

/** Names of metrics as charts say them. @type {Record<string, string>} */
const NAMES = Object.fromEntries(METRICS.map(({ label, metric }) => [metric, label]));

/**
 * Rows of the stream.
 * @param {Overview} overview
 * @returns {RegionRow[]}
 */
export function liveRows({ regions, spark }) {
  const steps = shownSteps(regions.map((region) => region.spark));
  return regions.map((region) => ({
    region,
    figures: Object.fromEntries(
      METRICS.map(({ metric }) => [metric, region[/** @type {'ttfb_ms'} */ (metric)]]),
    ),
    success: region.success_ratio,
    ok: region.runs.ok,
    fail: region.runs.fail,
    disturbed: region.runs.disturbed,
    spark: region.spark.slice(-steps),
    sparkMetric: region.spark_metric,
    sparkStepS: spark.step_s,
  }));
}

/**
 * Rows of a chosen time.
 * @param {Overview} overview
 * @param {{ data: readonly Record<string, any>[], section_seconds: number }} latency of `/api/v1/latency?by=region&spark=true`
 * @returns {RegionRow[]}
 */
export function rangeRows({ regions }, { data, section_seconds }) {
  return regions.map((region) => {
    const rows = data.filter((row) => row.region === region.region);
    const sparkRow =
      ['first_frame_ms', 'ttfb_ms'].map((name) => rows.find(({ metric }) => metric === name)).find(Boolean) ??
      rows[0];
    const widest = rows.toSorted((a, b) => b.ok + b.fail - a.ok - a.fail)[0];
    return {
      region,
      figures: Object.fromEntries(rows.map((row) => [row.metric, figureOf(row)])),
      success: widest?.success_ratio ?? null,
      ok: widest?.ok ?? 0,
      fail: widest?.fail ?? 0,
      disturbed: widest?.disturbed ?? 0,
      spark: sparkRow?.spark ?? [],
      sparkMetric: sparkRow?.metric ?? 'ttfb_ms',
      sparkStepS: section_seconds,
    };
  });
}

/**
 * @param {Record<string, any>} row
 * @returns {Figure}
 */
function figureOf({ diff, p50, p95, vs }) {
  const verdict = diff?.p50?.verdict;
  return {
    p50,
    p95,
    ...(vs ? { was: vs.p50 } : {}),
    ...(verdict ? { isWorse: verdict === 'worse', isBetter: verdict === 'better' } : {}),
  };
}

/**
 * The worst first, by name among equals.
 * @param {RegionRow} row
 */
const severity = ({ region }) => WORST_FIRST.indexOf(region.state);

/** @param {{ figure: Figure | undefined, text: (value: number | null) => string, isCompared: boolean }} props */
function FigureCell({ figure, text, isCompared }) {
  if (!figure || figure.p50 === null) return NOTHING;
  const { isBetter, isWorse, p50, p95, was } = figure;
  return html`<span class="p50">${text(p50)}</span>${' '}
    ${!isCompared && html`<span class="p95"><span class="visually-hidden">p95 </span>${text(p95)}</span>`}
    ${
      isCompared &&
      html`<span class="was" data-verdict=${isWorse ? 'worse' : isBetter ? 'better' : 'noise'}>
        ${was === null || was === undefined ? 'was –' : `${isWorse ? '▲ ' : isBetter ? '▼ ' : ''}was ${text(was)}`}
        ${isWorse && html`<span class="visually-hidden">, worse by more than noise</span>`}
        ${isBetter && html`<span class="visually-hidden">, better by more than noise</span>`}
      </span>`
    }`;
}

/** On a scale of its own, from zero: how it went, not how it compares. @param {{ row: RegionRow, nowMs: number }} props */
function Trend({ row: { region, spark, sparkMetric, sparkStepS }, nowMs }) {
  const known = spark.filter((value) => value !== null);
  const said =
    known.length === 0
      ? 'no data'
      : `${milliseconds(Math.min(...known))} to ${milliseconds(Math.max(...known))} ms`;
  const spanMs = spark.length * sparkStepS * 1000;
  const sinceMs = region.degraded_since === null ? null : nowMs - Date.parse(region.degraded_since);
  return html`<${Sparkline}
    values=${spark}
    ceiling=${niceCeiling(Math.max(0, ...known))}
    onset=${sinceMs === null ? null : 1 - sinceMs / Math.max(1, spanMs)}
    label=${`${NAMES[sparkMetric] ?? sparkMetric}, median of each ${duration(sparkStepS * 1000)} over the last ${duration(spanMs)}: ${said}`}
  />`;
}

/** @param {RegionRow} row */
function agentsText({ region: { agents } }) {
  const some =
    agents.connected === agents.total
      ? count(agents.total)
      : `${count(agents.connected)} of ${count(agents.total)}`;
  const rest = [
    agents.silent > 0 ? `${count(agents.silent)} silent` : '',
    agents.stopped > 0 ? `${count(agents.stopped)} stopped` : '',
  ];
  return [some, ...rest.filter(Boolean)].join(', ');
}

/** Why it is not well, in as few words as a row has room for. @param {RegionRow} row @param {number} nowMs */
function stateText({ region: { degraded_since, reason, state } }, nowMs) {
  if (state === 'ok') return '';
  return degraded_since === null ? reason : `for ${duration(nowMs - Date.parse(degraded_since))}`;
}

/**
 * @param {{ rows: readonly RegionRow[], nowMs: number, isCompared?: boolean }} props
 */
export function RegionTable({ rows, nowMs, isCompared = false }) {
  const measured = METRICS.filter(({ metric }) =>
    rows.some(({ figures }) => (figures[metric]?.p50 ?? null) !== null),
  );
  /** @type {import('./table.js').Column<RegionRow>[]} */
  const columns = [
    {
      key: 'region',
      label: 'Region',
      value: ({ region }) => `${region.region} ${region.title}`.trim(),
      show: ({ region }) =>
        html`<span class="place" data-state=${region.state}><${StateIcon} state=${region.state} />${region.region}</span>${
          region.title && html`<span class="sub">${region.title}</span>`
        }`,
    },
    {
      key: 'state',
      label: 'State',
      class: 'state',
      value: (row) => severity(row),
      show: (row) =>
        html`<span class="state-word" data-state=${row.region.state}>${STATES[row.region.state].word}</span>${' '}
          <span class="p95">${stateText(row, nowMs)}</span>`,
    },
    ...measured.map(({ label, metric, text, unit }) => ({
      key: metric,
      label: `${label}, ${unit}`,
      title: isCompared ? 'Median, and what it was' : 'Median, and the 95th percentile beside it',
      isNumber: true,
      descFirst: metric !== 'upload_goodput_bps',
      value: (/** @type {RegionRow} */ { figures }) => figures[metric]?.p50 ?? null,
      show: (/** @type {RegionRow} */ { figures }) =>
        html`<${FigureCell} figure=${figures[metric]} text=${text} isCompared=${isCompared} />`,
    })),
    {
      key: 'success',
      label: 'Success, %',
      isNumber: true,
      value: ({ success }) => success,
      show: ({ disturbed, fail, ok, success }) =>
        html`<span class="p50" data-bad=${String(success !== null && success < 0.95)}>${percent(success)}</span>${' '}<span class="p95">${successText({ ok, fail, disturbed })}</span>`,
    },
    {
      key: 'trend',
      label: 'Trend',
      class: 'trend',
      value: ({ spark }) => spark.findLast((value) => value !== null) ?? null,
      show: (row) => html`<${Trend} row=${row} nowMs=${nowMs} />`,
      isNumber: true,
      descFirst: true,
    },
    {
      key: 'agents',
      label: 'Agents',
      isNumber: true,
      value: ({ region }) => region.agents.connected,
      show: (row) => html`<span data-short=${String(row.region.agents.silent > 0)}>${agentsText(row)}</span>`,
    },
  ];
  return html`<${DataTable}
    caption="Regions"
    rows=${rows}
    columns=${columns}
    keyOf=${(/** @type {RegionRow} */ { region }) => region.region}
    hrefOf=${(/** @type {RegionRow} */ { region }) => `/regions/${encodeURIComponent(region.region)}`}
    sort=${{ key: 'state', desc: false }}
    filterLabel="Filter regions"
  />`;
}

/** @param {{ ok: number, fail: number, disturbed: number }} runs */
function successText({ ok, fail, disturbed }) {
  const main = fail > 0 ? `${count(fail)} of ${count(ok + fail)} failed` : counted(ok, 'run');
  return disturbed > 0 ? `${main}, ${count(disturbed)} disturbed` : main;
}
