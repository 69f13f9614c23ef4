// @ts-check
/** One agent: whether it is well and why not, where its results are, how it feels, what it runs and what that gave. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { agentState, spoolText } from '../agents-text.js';
import { useApi } from '../api.js';
import { apiPath, CompletenessChart, everyOf } from '../charts.js';
import { Copyable } from '../copy.js';
import { count, counted, duration, milliseconds, percent } from '../format.js';
import { concerns } from '../incident-about.js';
import { IncidentList } from '../incidents.js';
import { useNow } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { Plot } from '../plot.js';
import { link } from '../range.js';
import { newestFirst, RunList } from '../runs.js';
import { DataTable } from '../table.js';
import { Empty, Facts, Loaded, Loading, PageHead, Problem, Section } from '../ui.js';
import { ago, bytesText, metricName, reasonText, unitOf } from '../words.js';

/** @typedef {import('../range.js').Range} Range */
/** @typedef {Record<string, unknown>} Row */

const RUNS = 12;
/** Dots of a plot of single runs. */
const RUNS_PLOTTED = 500;
const EVERY_MS = 10_000;

/** @param {{ params: Record<string, string>, range: Range }} props */
export function Page({ params, range }) {
  const id = params.id ?? '';
  const why = useApi(`/api/v1/agents/${encodeURIComponent(id)}/why`, { everyMs: EVERY_MS });
  if (why.data === undefined)
    return html`<${PageHead} kind="Agent" title=${id} />
      ${why.error ? html`<${Problem} error=${why.error} onRetry=${why.reload} />` : html`<${Loading} what="the agent" />`}
      ${why.error?.status === 404 && html`<p><a href=${link('/agents')}>All agents</a></p>`}`;
  return html`<${Agent} why=${fields(why.data)} problem=${why} range=${range} />`;
}

/** @param {{ why: Row, problem: ReturnType<typeof useApi>, range: Range }} props */
function Agent({ why, problem, range }) {
  const id = plain(why.id);
  const nowMs = useNow(5000);
  const incidents = useApi('/api/v1/incidents?limit=50&since=7d', everyOf(range));
  const about = /** @type {any[]} */ (
    firstItems(fields(incidents.data).data, 50).filter((one) => concerns(one, { agent: id }))
  );
  const { state, word } = agentState(why.state);
  const sign = state === 'ok' && why.healthy === false ? 'degraded' : state;
  return html`
    <${PageHead} kind="Agent" title=${id} state=${sign} lead=${leadOf(why, word, nowMs)} />
    ${problem.error && html`<${Problem} error=${problem.error} at=${problem.at} onRetry=${problem.reload} />`}
    <${Section} title="Why">
      <${Findings} findings=${firstItems(why.findings, 40)} />
      <${Copyable} text=${`npx outrider agents why ${id}`} label="the command that says the same" />
    <//>
    <${Section} title="Where its results are" note=${`since ${ago(fields(why.ledger).since, nowMs)}`}>
      <p class="equation-words"><b>${plain(why.equation)}</b></p>
      <${LedgerRows} rows=${firstItems(fields(why.ledger).rows, 40)} />
      <div class="plots"><${CompletenessChart} filters=${{ agent: id }} range=${range} /></div>
    <//>
    <div class="columns">
      <${Section} title="Health" note=${fields(why.health).at ? `as of ${ago(fields(why.health).at, nowMs)}` : ''}><${Health} agent=${why} /><//>
      <${Section} title="What it is"><${Facts} rows=${identityRows(why, nowMs)} /><//>
    </div>
    <${Checks} id=${id} range=${range} />
    <${Section} title="Incidents" note="of the last 7 days in which it was raised or silent">
      <${Loaded} answer=${incidents} what="the incidents">${() =>
        about.length === 0
          ? html`<${Empty}>It took part in none.<//>`
          : html`<${IncidentList} incidents=${about} nowMs=${nowMs} />`}<//>
    <//>
    <${LastHour} hour=${fields(why.last_hour)} nowMs=${nowMs} />
    <${Results} id=${id} range=${range} />
  `;
}

/**
 * @param {Row} agent
 * @param {string} word
 * @param {number} nowMs
 */
function leadOf({ connected_since, findings, healthy, last_seen_at, region, state }, word, nowMs) {
  const since =
    state === 'connected'
      ? ` for ${ago(connected_since, nowMs).replace(' ago', '')}`
      : `, last heard ${ago(last_seen_at, nowMs)}`;
  const problems = firstItems(findings, 40).filter(({ level }) => level === 'problem').length;
  const how = healthy === false ? `${counted(problems, 'problem')} found.` : 'Nothing is wrong with it.';
  return html`${word}${since}, in <a href=${link(`/regions/${encodeURIComponent(plain(region))}`)}>${plain(region)}</a>. ${how}`;
}

/** @param {{ findings: readonly Row[] }} props */
function Findings({ findings }) {
  if (findings.length === 0)
    return html`<${Empty}>Nothing is wrong with it, as far as it and the collector can tell.<//>`;
  return html`<ul class="findings">
    ${findings.map(
      ({ hint, level, what }) => html`<li data-level=${plain(level)}>
        <b><span aria-hidden="true">${level === 'problem' ? '▲' : '·'} </span>${level === 'problem' ? 'Problem' : 'Note'}:</b> ${plain(what)}
        ${plain(hint) && html`<p class="note">${plain(hint)}</p>`}
      </li>`,
    )}
  </ul>`;
}

/** @param {{ rows: readonly Row[] }} props */
const LedgerRows = ({ rows }) => html`<${DataTable}
  caption="What became of its slots" rows=${rows} keyOf=${(/** @type {Row} */ row) => `${plain(row.kind)} ${plain(row.reason)}`}
  empty="No slot was expected of it."
  columns=${[
    {
      key: 'kind',
      label: 'Became',
      value: (/** @type {Row} */ row) =>
        [plain(row.kind), plain(row.reason).replaceAll('_', ' ')].filter(Boolean).join(': '),
    },
    {
      key: 'slots',
      label: 'Slots',
      isNumber: true,
      descFirst: true,
      value: (/** @type {Row} */ row) => finite(row.slots),
      show: (/** @type {Row} */ row) => count(finite(row.slots)),
    },
    {
      key: 'meaning',
      label: 'Which means',
      class: 'wrap',
      value: (/** @type {Row} */ row) => plain(row.meaning),
    },
  ]}
/>`;

/** @param {{ agent: Row }} props */
function Health({ agent }) {
  if (agent.health === null) return html`<${Empty}>It has not said yet how it is.<//>`;
  const health = fields(agent.health);
  const { age_max_ms, bytes, bytes_max, oldest_age_ms } = fields(health.spool);
  const lane = (/** @type {unknown} */ of) =>
    `${count(finite(fields(of).running))} running, ${count(finite(fields(of).waiting))} waiting`;
  const ms = (/** @type {unknown} */ value) =>
    finite(value) === null ? '' : `${milliseconds(finite(value))} ms`;
  return html`<${Facts} rows=${[
    ['Processor', `${percent(finite(health.cpu_ratio))} %`],
    ['Memory', bytesText(health.rss_bytes)],
    ['Event-loop delay', ms(health.event_loop_delay_ms)],
    ['Runs start late by', ms(health.lateness_ms)],
    ['Clock', clockText(health.clock_offset_ms)],
    ['Spool', finite(bytes) === null ? spoolText(agent) : `${spoolText(agent)} of ${bytesText(bytes_max)}`],
    [
      'Oldest result held',
      finite(oldest_age_ms) === null || health.pending === 0
        ? ''
        : `${duration(Number(oldest_age_ms))} old, dropped after ${duration(Number(age_max_ms))}`,
    ],
    ['Light lane', health.lanes === null ? '' : lane(fields(health.lanes).light)],
    ['Browser lane', health.lanes === null ? '' : lane(fields(health.lanes).browser)],
    [
      'Dropped',
      Object.entries(fields(health.dropped))
        .map(([reason, slots]) => `${count(finite(slots))} ${plain(reason).replaceAll('_', ' ')}`)
        .join(', '),
    ],
    ['Last error', plain(health.last_error)],
  ]} />`;
}

/** @param {unknown} offset how far it is ahead of the collector's, milliseconds */
function clockText(offset) {
  const ms = finite(offset);
  return ms === null ? '' : `${milliseconds(Math.abs(ms))} ms ${ms < 0 ? 'behind' : 'ahead'}`;
}

/**
 * @param {Row} agent
 * @param {number} nowMs
 * @returns {[string, any][]}
 */
function identityRows(agent, nowMs) {
  const list = (/** @type {unknown} */ values) => (Array.isArray(values) ? values.map(plain).join(', ') : '');
  return [
    ['Place', [agent.city, agent.country].map(plain).filter(Boolean).join(', ')],
    [
      'Network',
      [
        plain(agent.isp),
        finite(agent.asn) ? `AS${agent.asn}` : '',
        plain(agent.network),
        plain(agent.provider),
      ]
        .filter(Boolean)
        .join(' · '),
    ],
    ['Version', plain(agent.software)],
    ['Browser', plain(agent.browser) || 'none: light probes alone'],
    ['Can run', list(agent.probe_types)],
    ['Tags', list(agent.tags)],
    ['Checks', count(finite(agent.assignments))],
    [
      'Schedule',
      `revision ${plain(fields(agent.schedule).revision)}, told ${ago(fields(agent.schedule).told_at, nowMs)}`,
    ],
    ['First seen', ago(agent.first_seen_at, nowMs)],
  ];
}

/** @param {{ id: string, range: Range }} props */
function Checks({ id, range }) {
  const answer = useApi(`/api/v1/agents/${encodeURIComponent(id)}`);
  const probes = useApi('/api/v1/probes?limit=1000');
  const [chosen, setChosen] = useState('');
  const checks = firstItems(fields(answer.data).checks, 500);
  const keyOf = (/** @type {Row} */ check) => JSON.stringify([check.probe, check.target]);
  const check = checks.find((one) => keyOf(one) === chosen) ?? checks[0];
  const headline = firstItems(fields(probes.data).data, 1000).find(
    ({ name }) => name === check?.probe,
  )?.headline;
  return html`<${Section} title="What it runs" note=${checks.length > 0 ? `${count(checks.length)} checks` : ''}>
    <${Loaded} answer=${answer} what="its checks">${() => html`
      <${DataTable}
        caption="Checks of the agent" rows=${checks} keyOf=${keyOf} empty="It was told to run nothing: no probe asks for an agent like it."
        hrefOf=${(/** @type {Row} */ one) => `/probes/${encodeURIComponent(plain(one.probe))}`}
        columns=${[
          { key: 'probe', label: 'Probe', value: (/** @type {Row} */ one) => plain(one.probe) },
          { key: 'type', label: 'Type', class: 'kind', value: (/** @type {Row} */ one) => plain(one.type) },
          {
            key: 'target',
            label: 'Target',
            value: (/** @type {Row} */ one) => plain(one.target),
            show: (/** @type {Row} */ one) =>
              html`<a href=${link(`/targets/${encodeURIComponent(plain(one.target))}`)}>${plain(one.target)}</a>`,
          },
          {
            key: 'every',
            label: 'Every',
            isNumber: true,
            value: (/** @type {Row} */ one) => finite(one.every_ms),
            show: (/** @type {Row} */ one) => duration(finite(one.every_ms) ?? 0),
          },
          {
            key: 'timeout',
            label: 'Timeout',
            isNumber: true,
            value: (/** @type {Row} */ one) => finite(one.timeout_ms),
            show: (/** @type {Row} */ one) => duration(finite(one.timeout_ms) ?? 0),
          },
        ]}
      />
      ${
        checks.length > 1 &&
        html`<label class="choice">Runs of${' '}
          <select value=${check ? keyOf(check) : ''} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => setChosen(event.currentTarget.value)}>
            ${checks.map((one) => html`<option value=${keyOf(one)} selected=${one === check}>${plain(one.probe)} on ${plain(one.target)}</option>`)}
          </select>
        </label>`
      }
      ${check && html`<${RunsPlot} id=${id} check=${check} metric=${plain(headline) || 'run_ms'} range=${range} />`}
    `}<//>
  <//>`;
}

/** Each run of one check as a point. @param {{ id: string, check: Row, metric: string, range: Range }} props */
function RunsPlot({ id, check, metric, range }) {
  const asked = {
    agent: id,
    probe: plain(check.probe),
    target: plain(check.target),
    trigger: 'schedule',
    limit: String(RUNS_PLOTTED),
  };
  const answer = useApi(apiPath('/api/v1/results', range, asked), everyOf(range));
  return html`<${Loaded} answer=${answer} what="its runs">${(/** @type {unknown} */ data) => {
    const runs = firstItems(fields(data).data, RUNS_PLOTTED).toSorted((a, b) =>
      plain(a.scheduled_at) < plain(b.scheduled_at) ? -1 : 1,
    );
    const value = (/** @type {Row} */ run) =>
      run.outcome === 'ok'
        ? finite(metric === 'run_ms' ? run.duration_ms : fields(run.metrics)[metric])
        : null;
    const marks = runs
      .filter(({ outcome }) => outcome === 'fail')
      .map((run) => ({
        atMs: Date.parse(plain(run.scheduled_at)),
        text: `failed: ${plain(run.code)}`,
        kind: 'incident',
      }));
    const cut = runs.length === RUNS_PLOTTED ? `, the last ${count(RUNS_PLOTTED)} runs` : ', each run';
    return html`<${Plot}
      title=${`${metricName(metric)} of ${plain(check.probe)} on ${plain(check.target)}${cut}; failed ones are marked`} unit=${unitOf(metric)}
      times=${runs.map((run) => Date.parse(plain(run.scheduled_at)))} lines=${[{ name: metricName(metric), values: runs.map(value), colour: 1 }]} marks=${marks}
    />`;
  }}<//>`;
}

/** @param {{ hour: Row, nowMs: number }} props */
function LastHour({ hour, nowMs }) {
  const errors = firstItems(hour.errors, 20);
  const slow = firstItems(hour.slow_checks, 20);
  const missed = Object.entries(fields(hour.missed))
    .map(([reason, slots]) => `${count(finite(slots))} ${reasonText(plain(reason))}`)
    .join(', ');
  if (errors.length + slow.length === 0 && missed === '') return null;
  return html`<${Section} title="The last hour">
    <${Facts} rows=${[['Missed', missed], ['Take longer than their interval', slow.map(({ every_ms, probe, takes_ms, target }) => `${plain(probe)} on ${plain(target)}: ${duration(finite(takes_ms) ?? 0)}, every ${duration(finite(every_ms) ?? 0)}`).join('; ')]]} />
    ${
      errors.length > 0 &&
      html`<${DataTable} caption="Errors of the last hour" rows=${errors} keyOf=${(/** @type {Row} */ row) => `${plain(row.layer)} ${plain(row.code)}`}
        columns=${[
          {
            key: 'code',
            label: 'Error',
            value: (/** @type {Row} */ row) => `${plain(row.layer)}/${plain(row.code)}`,
          },
          {
            key: 'count',
            label: 'Times',
            isNumber: true,
            descFirst: true,
            value: (/** @type {Row} */ row) => finite(row.count),
            show: (/** @type {Row} */ row) => count(finite(row.count)),
          },
          {
            key: 'last',
            label: 'Last',
            value: (/** @type {Row} */ row) => Date.parse(plain(row.last_at)) || null,
            show: (/** @type {Row} */ row) => ago(row.last_at, nowMs),
          },
          {
            key: 'message',
            label: 'In its words',
            class: 'wrap',
            value: (/** @type {Row} */ row) => plain(row.message),
          },
        ]}
      />`
    }
  <//>`;
}

/** @param {{ id: string, range: Range }} props */
function Results({ id, range }) {
  const failed = useApi(
    apiPath('/api/v1/results', range, { agent: id, outcome: 'fail', limit: String(RUNS) }),
    everyOf(range),
  );
  const last = useApi(apiPath('/api/v1/results', range, { agent: id, limit: String(RUNS) }), everyOf(range));
  const list = (/** @type {string} */ empty) => (/** @type {unknown} */ data) =>
    html`<${RunList} omit="agent" runs=${newestFirst(data, RUNS)} empty=${empty} />`;
  return html`<${Section} title="Results" note="open one to see its waterfall">
    <div class="columns">
      <div><h3>Last ones</h3><${Loaded} answer=${last} what="results">${list('Nothing came in this time.')}<//></div>
      <div><h3>Failed ones</h3><${Loaded} answer=${failed} what="failed runs">${list('No run failed in this time.')}<//></div>
    </div>
  <//>`;
}
