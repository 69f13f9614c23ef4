// @ts-check
/** The region cards. */
import { h, keyed, setText, svg } from './dom.js';
import { count, duration, megabits, milliseconds, NOTHING, percent } from './format.js';
import { drawSparkline, niceCeiling, shownSteps } from './sparkline.js';
import { STATES, stateIcon } from './state.js';

/** @typedef {import('../api/overview.ts').RegionOverview} RegionOverview */
/** @typedef {import('../api/overview.ts').Overview} Overview */
/** @typedef {import('../api/overview.ts').Quantiles} Quantiles */

const CHART = { width: 320, height: 56 };

/** @param {Quantiles} quantiles */
const p95 = (quantiles) => (quantiles.count === 0 ? 'not measured' : `p95 ${milliseconds(quantiles.p95)} ms`);

/**
 * What a card shows, in order. `bad` marks a figure that needs a look.
 * @type {readonly { key: string, label: string, unit: string, size: string, value: (r: RegionOverview) => string, sub: (r: RegionOverview) => string, bad?: (r: RegionOverview) => boolean }[]}
 */
const FIGURES = [
  {
    key: 'startup',
    label: 'Video start-up, p50',
    unit: 'ms',
    size: 'hero wide',
    value: (r) => milliseconds(r.video_startup_ms.p50),
    sub: (r) =>
      `${p95(r.video_startup_ms)}${r.video_startup_ms.count > 0 ? ` · ${count(r.video_startup_ms.count)} starts` : ''}`,
  },
  {
    key: 'success',
    label: 'Success',
    unit: '%',
    size: 'hero',
    value: (r) => percent(r.success_ratio),
    sub: (r) =>
      [
        r.runs.fail > 0
          ? `${count(r.runs.fail)} of ${count(r.runs.ok + r.runs.fail)} failed`
          : `${count(r.runs.ok)} runs`,
        ...(r.runs.disturbed > 0 ? [`${count(r.runs.disturbed)} disturbed`] : []),
      ].join(' · '),
    bad: (r) => r.success_ratio !== null && r.success_ratio < 0.95,
  },
  {
    key: 'first-frame',
    label: 'First frame, p50',
    unit: 'ms',
    size: '',
    value: (r) => milliseconds(r.first_frame_ms.p50),
    sub: (r) => p95(r.first_frame_ms),
  },
  {
    key: 'ttfb',
    label: 'TTFB, p50',
    unit: 'ms',
    size: '',
    value: (r) => milliseconds(r.ttfb_ms.p50),
    sub: (r) => p95(r.ttfb_ms),
  },
  {
    key: 'upload',
    label: 'Upload, p50',
    unit: 'Mbit/s',
    size: '',
    value: (r) => megabits(r.upload_goodput_bps.p50),
    sub: (r) =>
      r.upload_goodput_bps.count === 0 ? 'not measured' : `${count(r.upload_goodput_bps.count)} uploads`,
  },
];

/** Names of metrics as the caption of the chart says them. @type {Record<string, string>} */
const CHART_NAMES = { first_frame_ms: 'First frame', ttfb_ms: 'TTFB' };

function makeCard() {
  return h(
    'article',
    { class: 'region' },
    h(
      'header',
      {},
      h('div', {}, h('h3'), h('p', { class: 'agents' }), h('p', { class: 'reason' })),
      h('span', { class: 'badge' }),
    ),
    h(
      'dl',
      { class: 'figures' },
      ...FIGURES.map(({ key, label, size }) =>
        h(
          'div',
          { class: `figure ${size}`.trim(), 'data-figure': key },
          h('dt', {}, label),
          h('dd', { class: 'value' }),
          h('dd', { class: 'sub' }),
        ),
      ),
    ),
    h(
      'figure',
      { class: 'spark' },
      svg('svg', { viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: 'none', role: 'img' }),
      h('figcaption', {}, h('span'), h('span')),
    ),
  );
}

/**
 * The element that a card was made with.
 * @param {Element} card
 * @param {string} selector
 */
function part(card, selector) {
  const element = card.querySelector(selector);
  if (element === null) throw new Error(`a card has no ${selector}`);
  return element;
}

/**
 * Why it is not well, in as few words as a card has room for; the incident itself is further down.
 * @param {RegionOverview} region
 * @param {number} nowMs
 */
function reasonText(region, nowMs) {
  if (region.state === 'ok') return '';
  if (region.degraded_since === null) return region.reason;
  return `Degraded for ${duration(nowMs - Date.parse(region.degraded_since))}`;
}

/** @param {RegionOverview} region */
function agentsText({ agents }) {
  if (agents.connected === agents.total)
    return `${count(agents.total)} ${agents.total === 1 ? 'agent' : 'agents'} connected`;
  const rest = [
    agents.silent > 0 ? `${count(agents.silent)} silent` : '',
    agents.stopped > 0 ? `${count(agents.stopped)} stopped` : '',
  ].filter((text) => text !== '');
  return `${count(agents.connected)} of ${count(agents.total)} agents connected, ${rest.join(', ')}`;
}

/**
 * One scale for all regions that chart the same metric, so that heights can be compared.
 * @param {RegionOverview} region
 * @param {Overview} overview
 */
function sharedCeiling(region, overview) {
  const alike = overview.regions.filter((other) => other.spark_metric === region.spark_metric);
  return niceCeiling(Math.max(0, ...alike.flatMap((other) => other.spark.map((value) => value ?? 0))));
}

/**
 * @param {Element} card
 * @param {RegionOverview} region
 * @param {Overview} overview
 */
function updateChart(card, region, overview) {
  const stepMs = overview.spark.step_s * 1000;
  const untilMs = Date.parse(overview.spark.until);
  const values = region.spark.slice(-shownSteps(overview.regions.map(({ spark }) => spark)));
  const fromMs = untilMs - values.length * stepMs;
  const points = values.map((value, index) => ({ at_ms: fromMs + (index + 0.5) * stepMs, value }));
  const drawing = drawSparkline(points, {
    ...CHART,
    fromMs,
    untilMs,
    ceiling: sharedCeiling(region, overview),
  });
  const chart = part(card, '.spark svg');
  const name = CHART_NAMES[region.spark_metric] ?? region.spark_metric;
  const minutes = Math.round((untilMs - fromMs) / 60_000);
  const range =
    drawing.last === null ? 'no data' : `${milliseconds(drawing.min)} to ${milliseconds(drawing.max)} ms`;
  chart.setAttribute(
    'aria-label',
    `${name}, median of each ${overview.spark.step_s} s over the last ${minutes} minutes: ${range}`,
  );
  const onsetMs = region.degraded_since === null ? null : Date.parse(region.degraded_since);
  const onset =
    onsetMs === null || onsetMs < fromMs ? 0 : ((onsetMs - fromMs) / (untilMs - fromMs)) * CHART.width;
  const flat = (/** @type {number} */ y, /** @type {string} */ cls) =>
    svg('line', { class: cls, x1: 0, x2: CHART.width, y1: y, y2: y });
  chart.replaceChildren(
    ...(onsetMs === null
      ? []
      : [
          svg('rect', { class: 'shade', x: onset, y: 0, width: CHART.width - onset, height: CHART.height }),
          svg('line', { class: 'onset', x1: onset, x2: onset, y1: 0, y2: CHART.height }),
        ]),
    flat(0, 'top-line'),
    flat(CHART.height, 'base'),
    svg('path', { class: 'area', d: drawing.area }),
    svg('path', { class: 'line', d: drawing.line }),
  );
  setText(part(card, 'figcaption span:first-child'), `${name} p50, last ${minutes} min`);
  setText(
    part(card, 'figcaption span:last-child'),
    drawing.last === null ? NOTHING : `0–${milliseconds(sharedCeiling(region, overview))} ms`,
  );
}

/**
 * @param {Element} card
 * @param {RegionOverview} region
 * @param {Overview} overview
 */
function updateCard(card, region, overview) {
  const badge = part(card, '.badge');
  if (card.getAttribute('data-state') !== region.state) {
    card.setAttribute('data-state', region.state);
    badge.setAttribute('data-state', region.state);
    badge.replaceChildren(stateIcon(region.state), STATES[region.state].word);
  }
  setText(part(card, 'h3'), region.region);
  const agents = part(card, '.agents');
  agents.setAttribute('data-short', String(region.agents.silent > 0));
  setText(agents, agentsText(region));
  setText(part(card, '.reason'), reasonText(region, Date.parse(overview.at)));
  for (const figure of FIGURES) {
    const box = part(card, `[data-figure="${figure.key}"]`);
    const value = figure.value(region);
    box.setAttribute('data-bad', String(figure.bad?.(region) ?? false));
    const cell = part(box, '.value');
    const text = value === NOTHING ? value : `${value}${figure.unit}`;
    if (cell.textContent !== text) {
      cell.replaceChildren(value, ...(value === NOTHING ? [] : [h('span', { class: 'unit' }, figure.unit)]));
    }
    setText(part(box, '.sub'), figure.sub(region));
  }
  updateChart(card, region, overview);
}

/**
 * @param {Element} parent
 * @param {Overview} overview
 */
export function showRegions(parent, overview) {
  keyed(
    parent,
    overview.regions,
    (region) => region.region,
    makeCard,
    (card, region) => updateCard(card, region, overview),
  );
}
