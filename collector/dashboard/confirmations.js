// @ts-check
/** Second looks: who was asked to look again, what each saw, and who did not answer. */
import { h } from './dom.js';
import { duration, withUnit } from './format.js';
import { fields, finite, items, plain, SHOWN } from './plain.js';

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

/** The unit of a metric is the last word of its name. @param {string} metric */
const unitOf = (metric) => /_(ms|bps|ratio)$/.exec(metric)?.[1] ?? '';

/**
 * @param {Record<string, unknown>} answer
 * @param {string} unit
 * @returns {[state: string, text: string]}
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

/**
 * @param {Record<string, unknown>} answer
 * @param {string} unit
 */
function row(answer, unit) {
  const [state, text] = sawText(answer, unit);
  const key = /** @type {keyof typeof MARKS} */ (state);
  return h(
    'tr',
    { 'data-saw': state },
    h('th', { scope: 'row' }, plain(answer.agent)),
    h('td', {}, [ROLES[plain(answer.role)] ?? '', plain(answer.network)].filter(Boolean).join(' · ')),
    h(
      'td',
      {},
      h('span', { class: 'saw', role: 'img', 'aria-label': MARK_NAMES[key] }, MARKS[key]),
      ` ${text}`,
    ),
  );
}

/** @param {Record<string, unknown>} look */
function lookBlock(look) {
  const [asked, settled] = [finite(look.asked_ms), finite(look.settled_ms)];
  const took =
    asked === null || settled === null
      ? ''
      : ` · answers within ${duration(Math.max(1000, settled - asked))}`;
  const metric = plain(look.metric);
  return h(
    'div',
    { class: 'look' },
    h(
      'p',
      {},
      h('b', {}, `${metric} of ${plain(look.probe)} on ${plain(look.target)}, ${plain(look.region)}: `),
      `${VERDICTS[plain(look.verdict)] ?? plain(look.verdict)}${took}`,
    ),
    h(
      'table',
      {},
      h('tbody', {}, ...items(look.answers, SHOWN.answers).map((one) => row(one, unitOf(metric)))),
    ),
  );
}

/**
 * The second looks of an incident; empty where nobody looked.
 * @param {unknown} evidence of an incident
 * @returns {Element[]}
 */
export function confirmationBlocks(evidence) {
  const looks = items(fields(evidence).confirmations, SHOWN.looks);
  return looks.length === 0 ? [] : [h('h4', {}, 'Asked to look again'), ...looks.map(lookBlock)];
}
