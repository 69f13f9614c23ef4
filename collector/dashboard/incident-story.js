// @ts-check
/** An incident told: where it is and how sure that is, before and since, what was changed, what became of it, who was told. */
import { html } from 'htm/preact';
import { timeText } from './attention.js';
import { count, counted, duration, percent, withUnit } from './format.js';
import { fields, finite, firstItems, namesOf, plain, SHOWN } from './plain.js';
import { DataTable } from './table.js';
import { Empty, Facts } from './ui.js';
import { metricName, unitOf } from './words.js';

/** @typedef {Record<string, unknown>} Evidence of an incident */

/** Whose part of the way it is, in words. @type {Record<string, string>} */
const PLACES = {
  AGENT: 'one agent',
  ISP: 'a network',
  REGION: 'a region',
  COUNTRY: 'a country',
  POP: 'an edge',
  TARGET: 'the target',
  ROUTE: 'the way from a region to an edge',
  GLOBAL: 'everything',
  OURSELVES: 'ourselves: nobody is heard',
};

/** @param {Record<string, unknown>} scope as the detector names a place */
export function placeName(scope) {
  const { kind, ...of } = scope;
  const own = plain(of[plain(kind)]);
  const others = Object.entries(of).flatMap(([label, name]) => (label === kind ? [] : [plain(name)]));
  if (own === '') return [plain(kind), others.join(' to ')].filter(Boolean).join(' ');
  return `${plain(kind)} ${own}${others.length > 0 ? ` in ${others.join(', ')}` : ''}`;
}

/** Agents raised, of those that were heard. @param {Evidence} evidence */
export function raisedText({ agents, agents_heard }) {
  const raised = Array.isArray(agents) ? agents.length : 0;
  return raised === 0 ? '' : `${count(raised)} of ${count(finite(agents_heard))} agents that were heard`;
}

/**
 * How sure it is that there is something, in a sentence.
 * @param {Record<string, unknown>} incident
 */
export function sureText({ evidence }) {
  const { confirmed, evidence: reached, second_look, threshold } = fields(evidence);
  const [now, wanted] = [finite(reached), finite(threshold)];
  const agree = confirmed === true ? 'Three agents or more agree' : 'Few agents see it';
  const strength =
    now === null || wanted === null || !(now > 0) || !(wanted > 0)
      ? ''
      : `; evidence ${timesText(now / wanted)} what an alarm needs`;
  const look = plain(fields(second_look).text);
  return `${agree}${strength}.${look ? ` Looked at again: ${look}` : ''}`;
}

/** @param {number} ratio */
function timesText(ratio) {
  if (ratio < 1.5) return 'just';
  return ratio < 1000 ? `${count(Math.round(ratio))} times` : 'far more than a thousand times';
}

/** Where it is, how sure that is, and who is well beside it. @param {{ evidence: Evidence }} props */
export function Place({ evidence }) {
  const { impact, second_look, silent_agents, unaffected } = evidence;
  const place = fields(evidence.place);
  const share = finite(place.share);
  const watched = finite(fields(impact).share);
  const look = fields(second_look);
  const verdict = plain(place.verdict);
  const beside = firstItems(unaffected, 100).map(({ name }) => plain(name));
  const against = firstItems(place.counter_examples, 10).map(
    ({ kind, set }) => `${kind === 'well_inside' ? 'well inside' : 'raised outside'}: ${setText(set)}`,
  );
  /** @type {[string, string][]} */
  const rows = [
    ['Place', verdict && `${verdict}: ${PLACES[verdict] ?? ''}`],
    ['Explains', share === null ? '' : `${percent(share)} % of all that is bad`],
    ['Not told apart', namesOf(firstItems(place.alternatives, 50).map(placeName), SHOWN.names)],
    ['Ruled out', namesOf(firstItems(place.ruled_out, 50).map(placeName), SHOWN.names)],
    ['Speaks against', against.join('; ')],
    ['Raised at', raisedText(evidence)],
    ['Silent', namesOf(silent_agents, SHOWN.names)],
    ['Well beside it', namesOf(beside, SHOWN.names)],
    ['Of all watched', watched === null ? '' : `${percent(watched)} %`],
    ['Looked again', look.text ? `${plain(look.stand)}: ${plain(look.text)}` : ''],
  ];
  return html`<${Facts} rows=${rows} />`;
}

/** @param {unknown} set labels and their values, as the localiser names a place */
const setText = (set) =>
  Object.entries(fields(set))
    .map(
      ([label, value]) =>
        `${plain(label)} ${Array.isArray(value) ? value.map(plain).join(', ') : plain(value)}`,
    )
    .join(', ');

/** Medians and tails before it and since. @param {{ quantiles: unknown }} props */
export function BeforeAndSince({ quantiles }) {
  const rows = firstItems(quantiles, SHOWN.quantiles);
  const amount = (
    /** @type {Record<string, unknown>} */ row,
    /** @type {'before' | 'after'} */ when,
    /** @type {'p50' | 'tail'} */ what,
  ) => withUnit(finite(fields(row[when])[what]), unitOf(plain(row.metric)));
  const level = (/** @type {Record<string, unknown>} */ { tail_quantile }) =>
    finite(tail_quantile) === null ? '' : `p${Math.round(Number(tail_quantile) * 100)} `;
  return html`<${DataTable}
    caption="Metrics before the incident and since" rows=${rows} empty="Too little was measured before it or since."
    keyOf=${(/** @type {Record<string, unknown>} */ row) => [row.probe, row.target, row.metric].map(plain).join(' ')}
    columns=${[
      { key: 'metric', label: 'Metric', value: (/** @type {any} */ row) => plain(row.metric) },
      {
        key: 'check',
        label: 'Check',
        class: 'wrap',
        value: (/** @type {any} */ row) => `${plain(row.probe)} on ${plain(row.target)}`,
      },
      {
        key: 'before',
        label: 'Median before',
        isNumber: true,
        value: (/** @type {any} */ row) => finite(fields(row.before).p50),
        show: (/** @type {any} */ row) => amount(row, 'before', 'p50'),
      },
      {
        key: 'after',
        label: 'Since',
        isNumber: true,
        value: (/** @type {any} */ row) => finite(fields(row.after).p50),
        show: (/** @type {any} */ row) => amount(row, 'after', 'p50'),
      },
      {
        key: 'tail',
        label: 'Tail before',
        isNumber: true,
        value: (/** @type {any} */ row) => finite(fields(row.before).tail),
        show: (/** @type {any} */ row) =>
          level(row) ? `${level(row)}${amount(row, 'before', 'tail')}` : '–',
      },
      {
        key: 'tail-since',
        label: 'Tail since',
        isNumber: true,
        value: (/** @type {any} */ row) => finite(fields(row.after).tail),
        show: (/** @type {any} */ row) => (level(row) ? amount(row, 'after', 'tail') : '–'),
      },
    ]}
  />`;
}

/** By a fifth or more: what is less tells nothing. @param {Record<string, unknown>} phase */
function hasMoved({ after, before }) {
  const [now, then] = [finite(after), finite(before)];
  return now !== null && then !== null && Math.abs(now - then) > 0.2 * then;
}

/** What was changed there shortly before, and what of the runs changed. @param {{ evidence: Evidence, startedMs: number }} props */
export function Suspects({ evidence }) {
  const changes = firstItems(evidence.changes, SHOWN.changes);
  const phases = firstItems(evidence.phases, SHOWN.changes).filter(hasMoved);
  const failures = firstItems(evidence.failures, SHOWN.changes);
  if (changes.length + phases.length + failures.length === 0)
    return html`<${Empty}>No change was told of that began there shortly before. <code>npx outrider changes add</code> tells of one.<//>`;
  return html`<ul class="steps">
    ${changes.map(({ at_ms, kind, lead_ms, name, text }) => {
      const lead = finite(lead_ms) ?? 0;
      const at = finite(at_ms);
      return html`<li>
        <b>${plain(kind)} ${plain(name)}</b>, ${duration(Math.abs(lead))} ${lead < 0 ? 'after' : 'before'} it
        began${at !== null && ` (${timeText(new Date(at).toISOString(), Date.now())})`}
        ${text && html`<p class="note">${plain(text)}</p>`}
      </li>`;
    })}
    ${phases.map(
      ({ after, before, metric }) => html`<li>
        ${metricName(metric)} went from <b>${withUnit(finite(before), unitOf(plain(metric)))}</b> to <b>${withUnit(finite(after), unitOf(plain(metric)))}</b>
      </li>`,
    )}
    ${failures.map(
      ({ blame, code, count: times, layer }) =>
        html`<li><b>${count(finite(times))} failures</b> ${plain(layer)}/${plain(code)}, blamed on ${plain(blame)}</li>`,
    )}
  </ul>`;
}

/** What became of it. @param {{ timeline: unknown }} props */
export const Timeline = ({ timeline }) => html`<ol class="timeline">
  ${firstItems(timeline, SHOWN.timeline).map(
    ({ at, text, what }) => html`<li>
      <time datetime=${plain(at)}>${timeText(at, Date.now())}</time>
      <span><b>${plain(what)}</b> ${plain(text)}</span>
    </li>`,
  )}
</ol>`;

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
  const told = isDown ? `receiver down, ${counted(tries, 'attempt')}` : word;
  return `${sign} ${told}${next ? `, next at ${next}` : ''}${error ? `: ${plain(error)}` : ''}`;
}

/** @param {{ incident: Record<string, unknown> }} props */
export function Told({ incident: { not_told, notifications, status } }) {
  const told = firstItems(notifications, SHOWN.told);
  const held = firstItems(not_told, SHOWN.told);
  if (told.length + held.length === 0)
    return html`<${Empty}>Nobody ${status === 'open' ? 'has been' : 'was'} told: no route takes it, or there are none.<//>`;
  return html`
    ${
      told.length > 0 &&
      html`<${DataTable}
        caption="Who was told" rows=${told} keyOf=${(/** @type {any} */ row) => `${plain(row.id)} ${plain(row.receiver)} ${plain(row.event)}`}
        columns=${[
          { key: 'receiver', label: 'Receiver', value: (/** @type {any} */ row) => plain(row.receiver) },
          {
            key: 'of',
            label: 'Of',
            value: (/** @type {any} */ row) =>
              plain(row.event)
                .replace(/^incident\./, '')
                .replaceAll('_', ' '),
          },
          {
            key: 'at',
            label: 'At',
            value: (/** @type {any} */ row) => plain(row.done_at ?? row.created_at),
            show: (/** @type {any} */ row) => timeText(row.done_at ?? row.created_at, Date.now()),
          },
          { key: 'came', label: 'What came of it', class: 'wrap', value: deliveryText },
        ]}
      />`
    }
    ${
      held.length > 0 &&
      html`<ul class="steps">
        ${held.map(({ because, lane, text }) => html`<li><b>${plain(lane) || 'Everybody'}</b> held back: ${plain(text) || plain(because)}</li>`)}
      </ul>`
    }
  `;
}
