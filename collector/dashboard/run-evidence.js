// @ts-check
/** What a run saw: its waterfall, connections, requests, and the picture of its page. All of it is text of others. */
import { html } from 'htm/preact';
import { useApi } from './api.js';
import { milliseconds, withUnit } from './format.js';
import { phasesOf } from './phases.js';
import { fields, finite, items, plain, plainLines, SHOWN } from './plain.js';
import { Facts, Loaded } from './ui.js';
import { Waterfall } from './waterfall.js';
import { bytesText, unitOf } from './words.js';

/** @param {number | null} value */
const ms = (value) => (value === null ? '' : `${milliseconds(value)} ms`);

/** @param {{ id: string }} props id of the run */
export function RunEvidence({ id }) {
  const answer = useApi(`/api/v1/results/${encodeURIComponent(id)}`);
  return html`<div class="run-evidence">
    <${Loaded} answer=${answer} what="what the run saw">${(/** @type {unknown} */ run) => html`<${Seen} id=${id} run=${run} />`}<//>
  </div>`;
}

/** @param {{ id: string, run: unknown }} props */
function Seen({ id, run }) {
  const { attributes, agent_state, evidence, message, metrics, outcome } = fields(run);
  const { phases, isMade } = phasesOf(run);
  const seen = fields(evidence);
  const dials = items(seen.dials, SHOWN.dials);
  const requests = items(seen.requests, SHOWN.requests);
  const leftOut = finite(seen.requestsLeftOut) ?? 0;
  const hasEvidence = evidence !== null && evidence !== undefined;
  return html`
    ${plain(message) && html`<p class="wrong">${plain(message)}</p>`}
    ${
      phases.length > 0 &&
      html`<h4>Waterfall${isMade && html`<span class="note"> by its metrics, end to end</span>`}</h4>
        <${Waterfall} phases=${phases} label="Waterfall of the run" />`
    }
    ${dials.length > 0 && html`<h4>Connections</h4><ul>${dials.map((dial) => html`<${Dial} dial=${dial} />`)}</ul>`}
    ${
      requests.length > 0 &&
      html`<h4>${leftOut > 0 ? `Requests (${leftOut} earlier ones are left out)` : 'Requests'}</h4>
        <ul>${requests.map((request) => html`<${Request} request=${request} />`)}</ul>`
    }
    ${
      seen.screenshot !== undefined &&
      html`<h4>Screenshot</h4>
        <img src=${`/api/v1/results/${encodeURIComponent(id)}/screenshot`} alt="What the page showed when the run failed" loading="lazy" />`
    }
    ${outcome === 'fail' && !hasEvidence && html`<p class="note">No evidence was kept of this run.</p>`}
    <details class="run-facts">
      <summary>All it measured, and the agent at that moment</summary>
      <${Facts} rows=${[...metricRows(metrics), ...attributeRows(attributes), ...stateRows(agent_state)]} />
    </details>
    <p class="note">Run <code>${plain(id)}</code></p>
  `;
}

/** @param {unknown} metrics @returns {[string, string][]} */
const metricRows = (metrics) =>
  Object.entries(fields(metrics))
    .slice(0, SHOWN.metrics)
    .map(([name, value]) => [plain(name), withUnit(finite(value), unitOf(name))]);

/** @param {unknown} attributes @returns {[string, string][]} */
const attributeRows = (attributes) =>
  Object.entries(fields(attributes))
    .slice(0, SHOWN.headers)
    .map(([name, value]) => [plain(name), plain(value)]);

/** @param {unknown} state @returns {[string, string][]} */
function stateRows(state) {
  const { clock_offset_ms, cpu_ratio, disturbed, event_loop_delay_ms, rss_bytes } = fields(state);
  return [
    ['Event-loop delay', ms(finite(event_loop_delay_ms))],
    ['Processor of the agent', withUnit(finite(cpu_ratio), 'ratio')],
    ['Memory of the agent', bytesText(rss_bytes)],
    ['Clock offset', ms(finite(clock_offset_ms))],
    ['Disturbed by the agent', disturbed === true ? 'yes: it counts for nothing' : 'no'],
  ];
}

/** @param {{ dial: Record<string, unknown> }} props */
function Dial({ dial }) {
  const failed = fields(dial.failed);
  const certificate = fields(dial.certificate);
  const steps = ['dnsMs', 'connectMs', 'tlsMs'].flatMap((name) => {
    const value = finite(dial[name]);
    return value === null ? [] : [`${name.slice(0, -2)} ${ms(value)}`];
  });
  const address = plain(dial.address) || 'not resolved';
  const said = [address, plain(dial.tlsVersion), plain(dial.alpn), ...steps].filter(Boolean);
  return html`<li>
    <b>${plain(dial.host)}:${plain(dial.port)}</b> ${said.join(' · ')}
    ${dial.failed !== undefined && html`<p class="wrong">failed, ${plain(failed.layer)}/${plain(failed.code)}: ${plain(failed.message)}</p>`}
    ${
      dial.certificate !== undefined &&
      html`<p>Certificate of ${plain(certificate.subject)}, for ${plain(certificate.names)}, valid ${plain(certificate.validFrom)} to ${plain(certificate.validTo)}, by ${plain(certificate.issuer)}</p>`
    }
  </li>`;
}

/**
 * @param {string} mark
 * @param {unknown} headers
 */
const headerLines = (mark, headers) =>
  Object.entries(fields(headers))
    .slice(0, SHOWN.headers)
    .map(([name, value]) => `${mark} ${plain(name)}: ${plain(value)}`);

/** @param {{ request: Record<string, unknown> }} props */
function Request({ request }) {
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
  return html`<li>
    <b>${plain(request.method)} ${plain(request.url)}</b> ${status === null ? 'no answer' : `${status}${took}`}
    ${said !== '' && html`<pre tabindex="0" role="region" aria-label="Beginning of the body, and headers">${said}</pre>`}
  </li>`;
}
