// @ts-check
/** One incident as a note to whoever takes over: what, where, since when, how sure, the evidence, who is not affected, what to do next. */
import { html } from 'htm/preact';
import { useApi } from '../api.js';
import { AttentionTags } from '../attention.js';
import { SecondLooks } from '../confirmations.js';
import { Copyable } from '../copy.js';
import { clockTime, duration, withUnit } from '../format.js';
import { headAndRest } from '../incident-about.js';
import { IncidentPlot } from '../incident-plot.js';
import { BeforeAndSince, Place, raisedText, Suspects, sureText, Timeline, Told } from '../incident-story.js';
import { blameText, lengthText } from '../incidents.js';
import { useNow } from '../live.js';
import { fields, finite, firstItems, plain, SHOWN } from '../plain.js';
import { link } from '../range.js';
import { RunList } from '../runs.js';
import { SightMap } from '../sight-map.js';
import { Empty, Facts, Loading, PageHead, Problem, Section } from '../ui.js';
import { metricName } from '../words.js';

const EVERY_MS = 5000;
const ENDED_EVERY_MS = 60_000;

/** @typedef {Record<string, unknown>} Incident of `/api/v1/incidents/ID` */

/** @param {{ params: Record<string, string> }} props */
export function Page({ params }) {
  const id = params.id ?? '';
  const answer = useApi(`/api/v1/incidents/${encodeURIComponent(id)}`, { everyMs: EVERY_MS });
  const { data, error, reload } = answer;
  if (data === undefined)
    return html`<${PageHead} kind="Incident" title=${id} />
      ${error ? html`<${Problem} error=${error} onRetry=${reload} />` : html`<${Loading} what="the incident" />`}
      ${error?.status === 404 && html`<p><a href=${link('/incidents')}>All incidents</a></p>`}`;
  return html`${error && html`<${Problem} error=${error} at=${answer.at} onRetry=${reload} />`}<${Note} incident=${fields(data)} />`;
}

/** @param {{ incident: Incident }} props */
function Note({ incident }) {
  const nowMs = useNow(1000);
  const evidence = fields(incident.evidence);
  const isOpen = incident.status === 'open';
  const looks = firstItems(evidence.confirmations, SHOWN.looks).length;
  const failed = firstItems(incident.runs, SHOWN.runs);
  const slow = firstItems(incident.slow_runs, SHOWN.runs);
  const [head, rest] = headAndRest(plain(incident.summary));
  const lasted = lengthText(/** @type {any} */ (incident), nowMs);
  const lead = html`${isOpen ? 'Open' : 'Over'}, ${lasted}.${rest && html`<br />${rest}`}`;
  return html`
    <div class="incident-head" data-state=${plain(incident.status)}>
      <${PageHead} kind=${`Incident · ${plain(incident.severity)}`} title=${head} state=${isOpen ? 'degraded' : 'ok'} lead=${lead} />
      <${AttentionTags} incident=${incident} nowMs=${nowMs} />
      ${plain(incident.merged_into) && html`<p>It is a part of <a href=${link(`/incidents/${encodeURIComponent(plain(incident.merged_into))}`)}>a wider incident</a>.</p>`}
    </div>
    <${Section} title="In short" class="as-rows"><${Facts} rows=${shortRows(incident, nowMs)} /><//>
    <${IncidentPlot} incident=${incident} everyMs=${isOpen ? EVERY_MS * 3 : ENDED_EVERY_MS} />
    <div class="columns">
      <${Section} title="Where" class="as-rows"><${Place} evidence=${evidence} /><//>
      <${Section} title="What became of it"><${Timeline} timeline=${incident.timeline} /><//>
    </div>
    ${firstItems(evidence.sight, 1).length > 0 && html`<${Section} title="Who sees it, and who does not"><${SightMap} evidence=${evidence} /><//>`}
    <${Section} title="Suspects: what changed"><${Suspects} evidence=${evidence} /><//>
    <${Section} title="Before and since"><${BeforeAndSince} quantiles=${incident.quantiles} /><//>
    <${Section} title="Runs that tell of it" note="open one to see its waterfall, and what the page showed">
      <div class="columns">
        <div><h3>Failed, the newest first</h3><${RunList} runs=${failed} empty="No failed run was kept." /></div>
        ${
          slow.length > 0 &&
          html`<div>
            <h3>Worst by ${metricName(incident.metric).toLowerCase()}</h3>
            <${RunList} runs=${slow} figureOf=${(/** @type {Incident} */ run) => run.value} unit=${plain(fields(incident.size).unit)} empty="None was kept." />
          </div>`
        }
      </div>
    <//>
    <${Section} title="Asked to look again">
      ${looks > 0 ? html`<${SecondLooks} evidence=${evidence} />` : html`<${Empty}>Nobody was asked to look again.<//>`}
    <//>
    <${Section} title="Who was told"><${Told} incident=${incident} /><//>
    <${Next} incident=${incident} />
  `;
}

/**
 * @param {Incident} incident
 * @param {number} nowMs
 * @returns {[string, any][]}
 */
export function shortRows(incident, nowMs) {
  const { after, before, unit } = fields(incident.size);
  const evidence = fields(incident.evidence);
  const [startedMs, detectedMs] = [incident.started_at, incident.detected_at].map((at) =>
    Date.parse(plain(at)),
  );
  const resolved = Date.parse(plain(incident.resolved_at));
  const beside = firstItems(evidence.unaffected, 100)
    .map(({ name }) => plain(name))
    .filter(Boolean);
  const well = beside.slice(0, 6).join(', ');
  const led = (/** @type {string} */ to, /** @type {unknown} */ name) =>
    html`<a href=${link(`/${to}/${encodeURIComponent(plain(name))}`)}>${plain(name)}</a>`;
  const amount = (/** @type {unknown} */ value) => withUnit(finite(value), plain(unit));
  return [
    [
      'What',
      html`${metricName(incident.metric)}${unit !== undefined && finite(after) !== null && html`: <b>${amount(before)} → ${amount(after)}</b>`}`,
    ],
    ['Where', scopeLink(incident)],
    ['Probe', plain(incident.probe) ? led('probes', incident.probe) : ''],
    ['Target', plain(incident.target) ? led('targets', incident.target) : ''],
    [
      'Since',
      `${clockTime(startedMs ?? 0, nowMs)}, an estimate; detected ${duration(Math.max(0, (detectedMs ?? 0) - (startedMs ?? 0)))} later`,
    ],
    ['Over', Number.isFinite(resolved) ? `at ${clockTime(resolved, nowMs)}` : ''],
    ['For whom', raisedText(evidence)],
    ['Not affected', well && `${well}${beside.length > 6 ? ` and ${beside.length - 6} more` : ''}`],
    ['How sure', sureText(incident)],
    ['Looks like', blameText(plain(incident.blame))],
  ];
}

/** @param {Incident} incident */
function scopeLink({ scope, scope_kind }) {
  const name = plain(scope).slice(plain(scope_kind).length + 1);
  const pages = { region: 'regions', agent: 'agents', target: 'targets' };
  const page = pages[/** @type {keyof typeof pages} */ (plain(scope_kind))];
  return page && name
    ? html`${plain(scope_kind)} <a href=${link(`/${page}/${encodeURIComponent(name)}`)}>${name}</a>`
    : plain(scope).replace(':', ' ');
}

/** What to run next. @param {{ incident: Incident }} props */
function Next({ incident }) {
  const id = plain(incident.id);
  const minutes = Math.ceil((Date.now() - Date.parse(plain(incident.started_at))) / 60_000) + 30;
  const since = minutes > 48 * 60 ? `${Math.ceil(minutes / 1440)}d` : `${Math.max(60, minutes)}m`;
  const filters = [
    ['probe', incident.probe],
    ['target', incident.target],
  ].flatMap(([name, value]) => (plain(value) ? [`--${name} ${quoted(plain(value))}`] : []));
  /** @type {[string, string][]} */
  const commands = [
    ['The same in a terminal', `npx outrider incidents get ${quoted(id)}`],
    ...(incident.status === 'open'
      ? /** @type {[string, string][]} */ ([
          ['I see to it', `npx outrider incidents ack ${quoted(id)} --comment "what I do about it"`],
          ['It is over', `npx outrider incidents resolve ${quoted(id)} --comment "why"`],
        ])
      : []),
    [
      'Held against yesterday',
      ['npx outrider latency --by region,isp', `--since ${since} --vs 1d`, ...filters].join(' '),
    ],
  ];
  return html`<${Section} title="What to run next">
    <dl class="commands">
      ${commands.map(([name, text]) => html`<div><dt>${name}</dt><dd><${Copyable} text=${text} label=${`the command for: ${name}`} /></dd></div>`)}
    </dl>
  <//>`;
}

/** As a shell takes a word. @param {string} text */
export const quoted = (text) => (/^[\w.:/@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
