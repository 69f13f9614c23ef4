// @ts-check
/** The fleet: where each agent is, whether it is heard, what it runs and holds, and how complete its results are. */
import { html } from 'htm/preact';
import { agentState, completenessOf, completenessText, spoolText } from '../agents-text.js';
import { useApi } from '../api.js';
import { count, counted } from '../format.js';
import { useNow, useOverview } from '../live.js';
import { fields, finite, firstItems, plain } from '../plain.js';
import { changeQuery, usePlace } from '../range.js';
import { DataTable } from '../table.js';
import { Loaded, PageHead, Problem, Section, StateBadge } from '../ui.js';
import { ago } from '../words.js';

/** One answer of the API; a larger fleet is looked at by region. */
const AGENTS = 1000;
const EVERY_MS = 15_000;
/** The ledger counts a day of slots. */
const LEDGER_EVERY_MS = 60_000;

/** @typedef {{ agent: Record<string, unknown>, ledger: Record<string, unknown> | undefined }} Row */

export function Page() {
  const asked = new URLSearchParams(usePlace().search);
  const filter = { region: asked.get('region') ?? '', state: asked.get('state') ?? '' };
  const query = new URLSearchParams({ limit: String(AGENTS) });
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  const list = useApi(`/api/v1/agents?${query}`, { everyMs: EVERY_MS });
  const ledgers = useApi('/api/v1/ledger', { everyMs: LEDGER_EVERY_MS });
  const nowMs = useNow(5000);
  const regions = useOverview()?.regions ?? [];
  const total = regions.reduce((sum, region) => sum + region.agents.total, 0);
  const connected = regions.reduce((sum, region) => sum + region.agents.connected, 0);
  const byAgent = new Map(firstItems(fields(ledgers.data).data, 100_000).map((row) => [row.agent, row]));
  const rows = firstItems(fields(list.data).data, AGENTS).map((agent) => ({
    agent,
    ledger: byAgent.get(agent.id),
  }));
  const isCut = fields(fields(list.data).pagination).next !== null && list.data !== undefined;
  return html`
    <${PageHead} title="Agents" lead=${total > 0 ? `${count(connected)} of ${count(total)} connected, in ${counted(regions.length, 'region')}.` : 'The fleet: who runs the probes.'} />
    <${Section}
      title="All agents" note=${isCut ? `The first ${count(AGENTS)} by name: choose a region to see the others.` : ''}
      tools=${html`<${Filters} filter=${filter} regions=${regions.map(({ region }) => region)} />`}
    >
      ${ledgers.error && list.data !== undefined && html`<${Problem} error=${ledgers.error} at=${ledgers.at} onRetry=${ledgers.reload} />`}
      <${Loaded} answer=${list} what="the agents">${() => html`<${DataTable}
        caption="Agents: where they are, whether they are heard, what they hold" rows=${rows} columns=${columnsOf(nowMs, ledgers.data !== undefined)}
        keyOf=${(/** @type {Row} */ { agent }) => plain(agent.id)}
        hrefOf=${(/** @type {Row} */ { agent }) => `/agents/${encodeURIComponent(plain(agent.id))}`}
        sort=${{ key: 'id', desc: false }} filterLabel="Filter by name, place or network"
        empty=${filter.region || filter.state ? 'No agent is so.' : html`No agent has registered yet. Start one with <code>npx outrider agent start</code>.`}
      />`}<//>
    <//>
  `;
}

/** @param {{ filter: { region: string, state: string }, regions: readonly string[] }} props */
function Filters({ filter, regions }) {
  /** @param {'region' | 'state'} name @param {string} label @param {readonly string[]} values */
  const choice = (name, label, values) => html`<label class="choice">${label}${' '}
    <select value=${filter[name]} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => changeQuery({ [name]: event.currentTarget.value || null })}>
      <option value="">All</option>
      ${values.map((value) => html`<option value=${value} selected=${value === filter[name]}>${value}</option>`)}
    </select>
  </label>`;
  const known =
    filter.region === '' || regions.includes(filter.region) ? regions : [...regions, filter.region];
  return html`<div class="choices">
    ${choice(
      'region',
      'Region',
      known.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    )}
    ${choice('state', 'State', ['connected', 'silent', 'stopped'])}
  </div>`;
}

/**
 * @param {number} nowMs
 * @param {boolean} isCounted the ledger is there
 */
function columnsOf(nowMs, isCounted) {
  return [
    { key: 'id', label: 'Agent', value: (/** @type {Row} */ { agent }) => plain(agent.id) },
    {
      ...{ key: 'state', label: 'State' },
      value: (/** @type {Row} */ { agent }) => agentState(agent.state).word,
      show: (/** @type {Row} */ { agent }) => html`<${StateBadge} ...${agentState(agent.state)} />`,
    },
    {
      key: 'region',
      class: 'words',
      label: 'Region',
      value: (/** @type {Row} */ { agent }) => plain(agent.region),
    },
    {
      key: 'place',
      class: 'words',
      label: 'Place',
      value: (/** @type {Row} */ { agent }) =>
        [plain(agent.city), plain(agent.country)].filter(Boolean).join(', '),
    },
    {
      key: 'isp',
      label: 'Network',
      class: 'words',
      value: (/** @type {Row} */ { agent }) => plain(agent.isp),
    },
    {
      ...{
        key: 'complete',
        label: 'Complete, 24 h',
        isNumber: true,
        title: 'Results stored, of all slots expected in the last 24 hours',
      },
      value: (/** @type {Row} */ { ledger }) => completenessOf(ledger),
      show: (/** @type {Row} */ { ledger }) => (isCounted ? completenessText(ledger) : '…'),
    },
    {
      ...{
        key: 'spool',
        label: 'Holds',
        isNumber: true,
        descFirst: true,
        title: 'Results that wait on the disk of the agent',
      },
      value: (/** @type {Row} */ { agent }) => finite(fields(agent.health).pending),
      show: (/** @type {Row} */ { agent }) => spoolText(agent),
    },
    {
      ...{ key: 'checks', label: 'Checks', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ { agent }) => finite(agent.assignments),
      show: (/** @type {Row} */ { agent }) => count(finite(agent.assignments)),
    },
    { key: 'version', label: 'Version', value: (/** @type {Row} */ { agent }) => plain(agent.software) },
    {
      ...{ key: 'heard', label: 'Heard', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ { agent }) => Date.parse(plain(agent.last_seen_at)) || null,
      show: (/** @type {Row} */ { agent }) =>
        agent.state === 'connected' ? 'now' : ago(agent.last_seen_at, nowMs),
    },
  ];
}
