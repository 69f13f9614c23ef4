// @ts-check
/** What a failed run saw: its waterfall, connections, requests, and the picture of its page. All of it is text of others. */
import { h, svg } from './dom.js';
import { milliseconds } from './format.js';
import { fields, finite, items, plain, plainLines, SHOWN } from './plain.js';

const BAR = { width: 1000, height: 10 };

/** @param {number | null} value */
const ms = (value) => (value === null ? '' : `${milliseconds(value)} ms`);

/** @param {readonly Record<string, unknown>[]} phases */
function waterfall(phases) {
  const all = phases.map((phase) => ({
    name: plain(phase.name),
    note: plain(phase.note),
    start: Math.max(0, finite(phase.startMs) ?? 0),
    length: Math.max(0, finite(phase.durationMs) ?? 0),
  }));
  const end = Math.max(1, ...all.map(({ start, length }) => start + length));
  /** @param {(typeof all)[number]} phase */
  const row = ({ name, note, start, length }) => {
    const width = Math.max(4, (length / end) * BAR.width);
    const x = Math.min((start / end) * BAR.width, BAR.width - width);
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: note }, name),
      h(
        'td',
        { class: 'bar' },
        svg(
          'svg',
          { viewBox: `0 0 ${BAR.width} ${BAR.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          svg('rect', { x, y: 0, width, height: BAR.height }),
        ),
      ),
      h('td', { class: 'time' }, ms(length)),
    );
  };
  return h('table', { class: 'waterfall' }, h('tbody', {}, ...all.map(row)));
}

/** @param {Record<string, unknown>} dial */
function dialItem(dial) {
  const failed = fields(dial.failed);
  const certificate = fields(dial.certificate);
  const steps = ['dnsMs', 'connectMs', 'tlsMs'].flatMap((name) => {
    const value = finite(dial[name]);
    return value === null ? [] : [`${name.slice(0, -2)} ${ms(value)}`];
  });
  const address = plain(dial.address) || 'not resolved';
  const facts = [address, plain(dial.tlsVersion), plain(dial.alpn), ...steps].filter(Boolean);
  return h(
    'li',
    {},
    h('b', {}, `${plain(dial.host)}:${plain(dial.port)}`),
    ` ${facts.join(' · ')}`,
    dial.failed === undefined
      ? null
      : h(
          'p',
          { class: 'wrong' },
          `failed, ${plain(failed.layer)}/${plain(failed.code)}: ${plain(failed.message)}`,
        ),
    dial.certificate === undefined
      ? null
      : h(
          'p',
          {},
          `Certificate of ${plain(certificate.subject)}, for ${plain(certificate.names)}, valid ${plain(certificate.validFrom)} to ${plain(certificate.validTo)}, by ${plain(certificate.issuer)}`,
        ),
  );
}

/**
 * @param {string} mark
 * @param {unknown} headers
 */
const headerLines = (mark, headers) =>
  Object.entries(fields(headers))
    .slice(0, SHOWN.headers)
    .map(([name, value]) => `${mark} ${plain(name)}: ${plain(value)}`);

/** @param {Record<string, unknown>} request */
function requestItem(request) {
  const status = finite(request.status);
  const waited = finite(request.headMs);
  const took = waited === null ? '' : ` after ${ms(waited - (finite(request.startMs) ?? 0))}`;
  const said = [
    // What the server said of it first: heads are long, and mostly alike.
    ...(request.body === undefined ? [] : [plainLines(request.body).trimEnd()]),
    ...(request.bodyCut === true ? [`(${plain(request.bodyBytes)} bytes in all)`] : []),
    ...(request.body === undefined ? [] : ['']),
    ...headerLines('>', request.headers),
    ...headerLines('<', request.answerHeaders),
  ].join('\n');
  return h(
    'li',
    {},
    h('b', {}, `${plain(request.method)} ${plain(request.url)}`),
    ` ${status === null ? 'no answer' : `${status}${took}`}`,
    // A region that scrolls has to be reached by the keyboard.
    said === '' ? null : h('pre', { tabindex: 0, 'aria-label': 'Beginning of the body, and headers' }, said),
  );
}

/**
 * @param {string} title
 * @param {readonly Element[]} content
 */
const section = (title, content) => (content.length === 0 ? [] : [h('h5', {}, title), ...content]);

/**
 * @param {string} runId
 * @param {unknown} run as `GET /api/v1/results/RUN` gives it
 * @returns {Element[]}
 */
export function runBlocks(runId, run) {
  const { message, evidence } = fields(run);
  const said = plain(message);
  const blocks = said === '' ? [] : [h('p', { class: 'wrong' }, said)];
  if (evidence === null || evidence === undefined)
    return [...blocks, h('p', { class: 'note' }, 'No evidence was kept of this run.')];
  const seen = fields(evidence);
  const phases = items(seen.phases, SHOWN.phases);
  const dials = items(seen.dials, SHOWN.dials).map(dialItem);
  const requests = items(seen.requests, SHOWN.requests).map(requestItem);
  const leftOut = finite(seen.requestsLeftOut) ?? 0;
  const picture =
    seen.screenshot === undefined
      ? []
      : [
          h('img', {
            src: `/api/v1/results/${encodeURIComponent(runId)}/screenshot`,
            alt: 'What the page showed when the run failed',
            loading: 'lazy',
          }),
        ];
  return [
    ...blocks,
    ...section('Waterfall', phases.length === 0 ? [] : [waterfall(phases)]),
    ...section('Connections', dials.length === 0 ? [] : [h('ul', {}, ...dials)]),
    ...section(
      leftOut > 0 ? `Requests (${leftOut} earlier ones are left out)` : 'Requests',
      requests.length === 0 ? [] : [h('ul', {}, ...requests)],
    ),
    ...section('Screenshot', picture),
  ];
}
