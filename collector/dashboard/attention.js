// @ts-check
/** Who sees to an incident, who was told, and what keeps it quiet: each with a word and a sign of its own. */
import { html } from 'htm/preact';
import { clockTime, counted } from './format.js';
import { fields, finite, plain } from './plain.js';

/**
 * @param {unknown} at ISO text
 * @param {number} nowMs
 */
export function timeText(at, nowMs) {
  const ms = Date.parse(plain(at));
  return Number.isFinite(ms) ? clockTime(ms, nowMs) : '';
}

/**
 * @param {unknown} silenced
 * @param {number} nowMs
 */
export function quietText(silenced, nowMs) {
  const { by, comment, id, kind, until } = fields(silenced);
  const why = [plain(by), plain(comment)].filter(Boolean).join(': ');
  const end = timeText(until, nowMs);
  const what = kind === 'maintenance' ? `Maintenance ${plain(id)}` : `Silenced by ${plain(id)}`;
  return `${what}${end ? ` until ${end}` : ''}${why ? ` (${why})` : ''}`;
}

/**
 * @param {unknown} acknowledged
 * @param {number} nowMs
 */
export function ackText(acknowledged, nowMs) {
  const { at, by, comment } = fields(acknowledged);
  return `Acknowledged by ${plain(by)}, ${timeText(at, nowMs)}${comment ? `: ${plain(comment)}` : ''}`;
}

/** @param {unknown} told */
function toldText(told) {
  const { delivered, failed, waiting } = fields(told);
  const parts = [
    [finite(delivered), 'told'],
    [finite(waiting), 'not reached yet'],
    [finite(failed), 'given up'],
  ];
  const words = parts.flatMap(([number, word]) =>
    typeof number === 'number' && number > 0 ? [`${counted(number, 'receiver')} ${word}`] : [],
  );
  return words.length === 0 ? 'Nobody told' : words.join(', ');
}

/**
 * Kind, sign and text of each thing to know.
 * @param {Record<string, unknown>} incident
 * @param {number} nowMs
 * @returns {[kind: string, sign: string, text: string][]}
 */
export function attentionOf(incident, nowMs) {
  const { acknowledged, silenced, status, told } = incident;
  /** @type {[string, string, string][]} */
  const all = [];
  if (acknowledged) all.push(['acknowledged', '✓', ackText(acknowledged, nowMs)]);
  else if (status === 'open') all.push(['alone', '○', 'Not acknowledged']);
  if (silenced) all.push(['quiet', '⏸', quietText(silenced, nowMs)]);
  const { failed, waiting } = fields(told);
  const isStuck = (finite(failed) ?? 0) + (finite(waiting) ?? 0) > 0;
  all.push([isStuck ? 'stuck' : 'told', isStuck ? '!' : '→', toldText(told)]);
  return all;
}

/** @param {{ incident: Record<string, unknown>, nowMs: number }} props */
export const AttentionTags = ({ incident, nowMs }) => html`<p class="tags">
  ${attentionOf(incident, nowMs).map(
    ([kind, sign, text]) =>
      html`<span class="tag" data-kind=${kind}><span aria-hidden="true">${sign} </span>${text}</span>`,
  )}
</p>`;
