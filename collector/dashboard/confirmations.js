// @ts-check
/** Second looks: who was asked to look again, what each saw, and who did not answer. */
import { html } from 'htm/preact';
import { duration, withUnit } from './format.js';
import { fields, finite, items, plain, SHOWN } from './plain.js';
import { unitOf } from './words.js';

/** @type {Record<string, string>} */
const ROLES = { same: 'saw it first', sibling: 'same region', neighbour: 'neighbouring region' };

/** What was found, in words. @type {Record<string, string>} */
const VERDICTS = {
  gone: 'nobody of the region saw it any more',
  agent: 'only the agent that saw it first did',
  network: 'only agents on one network did',
  region: 'the region did, its neighbour did not',
  wider: 'the neighbouring region did too',
  here: 'it was still there',
  mixed: 'some of the region did',
  unclear: 'nobody of the region could say',
  told: 'agents of one place and not of the other were asked',
};

/**
 * @param {Record<string, unknown>} answer
 * @param {string} unit
 * @returns {[state: 'raised' | 'well' | 'none', text: string]}
 */
export function sawText(answer, unit) {
  const code = plain(answer.code);
  if (answer.outcome === 'silent') return ['none', 'did not answer'];
  if (answer.outcome === 'missed') return ['none', `could not run${code ? `: ${code}` : ''}`];
  const value = finite(answer.value);
  const limit = finite(answer.limit);
  const seen =
    answer.outcome === 'fail'
      ? `failed${code ? `: ${code}` : ''}`
      : value === null
        ? 'succeeded'
        : `${withUnit(value, unit)}${limit === null ? '' : `, normal to ${withUnit(limit, unit)}`}`;
  if (answer.raised === true) return ['raised', seen];
  return answer.raised === false
    ? ['well', seen]
    : ['none', `${seen} (no say${answer.disturbed === true ? ': disturbed' : ''})`];
}

const MARKS = { raised: '▲', well: '✓', none: '–' };
const MARK_NAMES = { raised: 'saw it', well: 'well', none: 'no say' };

/** @param {{ answer: Record<string, unknown>, unit: string }} props */
function Answer({ answer, unit }) {
  const [state, text] = sawText(answer, unit);
  return html`<tr data-saw=${state}>
    <th scope="row">${plain(answer.agent)}</th>
    <td>${[ROLES[plain(answer.role)] ?? '', plain(answer.network)].filter(Boolean).join(' · ')}</td>
    <td><span class="saw" role="img" aria-label=${MARK_NAMES[state]}>${MARKS[state]}</span> ${text}</td>
  </tr>`;
}

/** @param {{ look: Record<string, unknown> }} props */
function Look({ look }) {
  const [asked, settled] = [finite(look.asked_ms), finite(look.settled_ms)];
  const took =
    asked === null || settled === null
      ? ''
      : ` · answers within ${duration(Math.max(1000, settled - asked))}`;
  const metric = plain(look.metric);
  const about = `${metric} of ${plain(look.probe)} on ${plain(look.target)}, ${plain(look.region)}`;
  return html`<div class="look">
    <p><b>${about}:</b> ${VERDICTS[plain(look.verdict)] ?? plain(look.verdict)}${took}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${`Second look at ${about}`}>
      <table class="data compact">
        <caption class="visually-hidden">Second look at ${about}</caption>
        <thead><tr><th scope="col">Agent</th><th scope="col">Who it is</th><th scope="col">What it saw</th></tr></thead>
        <tbody>
          ${items(look.answers, SHOWN.answers).map((answer) => html`<${Answer} answer=${answer} unit=${unitOf(metric)} />`)}
        </tbody>
      </table>
    </div>
  </div>`;
}

/** The second looks of an incident; nothing where nobody looked. @param {{ evidence: unknown }} props */
export const SecondLooks = ({ evidence }) =>
  items(fields(evidence).confirmations, SHOWN.looks).map((look) => html`<${Look} look=${look} />`);
