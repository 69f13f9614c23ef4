// @ts-check
/** An incident told: where it is and how sure that is, before and since, what was changed, what became of it, who was told. */
import { timeText } from './attention.js';
import { h } from './dom.js';
import { duration, percent, withUnit } from './format.js';
import { fields, finite, firstItems, namesOf, plain, SHOWN } from './plain.js';

/** The unit of a metric is the last word of its name. @param {string} metric */
const unitOf = (metric) => /_(ms|bps|ratio)$/.exec(metric)?.[1] ?? '';

/**
 * @param {string} title
 * @param {(Element | null)[]} children
 */
const section = (title, ...children) => h('section', {}, h('h4', {}, title), ...children);

/**
 * @param {string} title
 * @param {(Element | null)[]} children
 */
const wide = (title, ...children) => h('section', { class: 'wide' }, h('h4', {}, title), ...children);

/** Whether a text may be parted anywhere, to be read without scrolling. @param {string | Element} cell */
const isLong = (cell) => typeof cell === 'string' && cell.length > 40;

/**
 * @param {readonly string[]} headers
 * @param {readonly (readonly (string | Element)[])[]} rows the first cell of each is its header
 */
const table = (headers, rows) =>
  h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': headers.join(', ') },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...headers.map((header) => h('th', { scope: 'col' }, header)))),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            {},
            ...row.map((cell, i) =>
              i === 0
                ? h('th', { scope: 'row' }, cell)
                : h('td', { class: isLong(cell) ? 'long' : undefined }, cell),
            ),
          ),
        ),
      ),
    ),
  );

/** @param {readonly (readonly [string, string])[]} facts */
const facts = (facts) =>
  h(
    'dl',
    { class: 'story-facts' },
    ...facts
      .filter(([, text]) => text !== '')
      .flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
  );

/** @param {Record<string, unknown>} scope as the detector names a place */
function placeName(scope) {
  const { kind, ...of } = scope;
  const own = plain(of[plain(kind)]);
  const others = Object.entries(of).flatMap(([label, name]) => (label === kind ? [] : [plain(name)]));
  if (own === '') return [plain(kind), others.join(' to ')].filter(Boolean).join(' ');
  return `${plain(kind)} ${own}${others.length > 0 ? ` in ${others.join(', ')}` : ''}`;
}

/** @param {Record<string, unknown>} evidence */
function placeBlock(evidence) {
  const { agents, agents_heard, impact, second_look, silent_agents, unaffected } = evidence;
  const place = fields(evidence.place);
  const share = finite(place.share);
  const watched = finite(fields(impact).share);
  const raised = Array.isArray(agents) ? agents.length : 0;
  const look = fields(second_look);
  const beside = firstItems(unaffected, 100).map(({ name }) => plain(name));
  /** @type {[string, string][]} */
  const all = [
    ['Place', plain(place.verdict)],
    ['Explains', share === null ? '' : `${percent(share)} % of all that is bad`],
    ['Not told apart', namesOf(firstItems(place.alternatives, 50).map(placeName), SHOWN.names)],
    ['Raised at', raised > 0 ? `${raised} of ${plain(agents_heard)} agents` : ''],
    ['Silent', namesOf(silent_agents, SHOWN.names)],
    ['Well beside it', namesOf(beside, SHOWN.names)],
    ['Of all watched', watched === null ? '' : `${percent(watched)} %`],
    ['Looked again', look.text ? `${plain(look.stand)}: ${plain(look.text)}` : ''],
  ];
  return all.some(([, text]) => text !== '') ? [section('Where', facts(all))] : [];
}

/** @param {unknown} quantiles */
function quantileBlock(quantiles) {
  const rows = firstItems(quantiles, SHOWN.quantiles).map((one) => {
    const metric = plain(one.metric);
    const unit = unitOf(metric);
    const [before, after] = [fields(one.before), fields(one.after)];
    const tail = finite(one.tail_quantile);
    /** @param {unknown} value */
    const amount = (value) => withUnit(finite(value), unit);
    return [
      h('span', {}, metric, h('span', { class: 'note' }, ` ${plain(one.probe)} on ${plain(one.target)}`)),
      amount(before.p50),
      amount(after.p50),
      tail === null ? '' : `p${Math.round(tail * 100)} ${amount(before.tail)}`,
      tail === null ? '' : amount(after.tail),
    ];
  });
  if (rows.length === 0) return [];
  return [
    wide('Before and since', table(['Metric', 'Median before', 'Since', 'Tail before', 'Since'], rows)),
  ];
}

/** @param {Record<string, unknown>} evidence */
function changeBlock({ changes }) {
  const list = firstItems(changes, SHOWN.changes);
  if (list.length === 0) return [];
  const entries = list.map(({ at_ms, kind, lead_ms, name, text }) => {
    const lead = finite(lead_ms) ?? 0;
    const when = `${duration(Math.abs(lead))} ${lead < 0 ? 'after' : 'before'} it began`;
    const at = finite(at_ms);
    return h(
      'li',
      {},
      h('b', {}, `${plain(kind)} ${plain(name)}`),
      `, ${when}${at === null ? '' : ` (${timeText(new Date(at).toISOString(), Date.now())})`}`,
      text ? h('p', { class: 'note' }, plain(text)) : null,
    );
  });
  return [section('Changed shortly before', h('ul', { class: 'steps' }, ...entries))];
}

/** @param {unknown} timeline */
function timelineBlock(timeline) {
  const steps = firstItems(timeline, SHOWN.timeline).map(({ at, text, what }) =>
    h(
      'li',
      {},
      h('time', { datetime: plain(at) }, timeText(at, Date.now())),
      h('span', {}, h('b', {}, plain(what)), text ? ` ${plain(text)}` : ''),
    ),
  );
  return steps.length === 0 ? [] : [section('What became of it', h('ol', { class: 'timeline' }, ...steps))];
}

/** What became of a message: sign and words. @type {Record<string, [sign: string, word: string]>} */
const DELIVERIES = {
  delivered: ['✓', 'delivered'],
  waiting: ['…', 'on its way'],
  failed: ['✕', 'given up'],
  superseded: ['–', 'left out, newer news followed'],
};

/** @param {Record<string, unknown>} one */
function deliveryText({ attempts, due_at, error, status }) {
  const [sign, word] = DELIVERIES[plain(status)] ?? ['', plain(status)];
  const tries = finite(attempts) ?? 0;
  const isDown = status === 'waiting' && tries > 0;
  const next = isDown ? timeText(due_at, Date.now()) : '';
  const told = isDown ? `receiver down, ${tries === 1 ? '1 attempt' : `${tries} attempts`}` : word;
  return `${sign} ${told}${next ? `, next at ${next}` : ''}${error ? `: ${plain(error)}` : ''}`;
}

/** @param {Record<string, unknown>} incident */
function toldBlock({ not_told, notifications, status }) {
  const told = firstItems(notifications, SHOWN.told).map((one) => [
    plain(one.receiver),
    plain(one.event)
      .replace(/^incident\./, '')
      .replaceAll('_', ' '),
    timeText(one.done_at ?? one.created_at, Date.now()),
    deliveryText(one),
  ]);
  const held = firstItems(not_told, SHOWN.told).map(({ because, lane, text }) =>
    h('li', {}, h('b', {}, plain(lane) || 'Everybody'), ` held back: ${plain(text) || plain(because)}`),
  );
  const nobody =
    told.length === 0 && held.length === 0
      ? h(
          'p',
          { class: 'note' },
          `Nobody ${status === 'open' ? 'has been' : 'was'} told: no route takes it, or there are none.`,
        )
      : null;
  return [
    wide(
      'Who was told',
      nobody,
      told.length === 0 ? null : table(['Receiver', 'Of', 'At', 'What came of it'], told),
      held.length === 0 ? null : h('ul', { class: 'steps' }, ...held),
    ),
  ];
}

/**
 * @param {Record<string, unknown>} incident with all that its own page has
 * @returns {{ first: Element[], last: Element[] }} what comes before and after the map of agents
 */
export function storyBlocks(incident) {
  const evidence = fields(incident.evidence);
  return {
    first: [...placeBlock(evidence), ...timelineBlock(incident.timeline), ...changeBlock(evidence)],
    last: [...quantileBlock(incident.quantiles), ...toldBlock(incident)],
  };
}
