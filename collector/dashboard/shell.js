// @ts-check
/** What surrounds every page: where one can go, of which time it is, how fresh, in what colours, by which keys. */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApi, waiting } from './api.js';
import { clockTime, duration } from './format.js';
import { helpShown, keysOn, SHORTCUTS, setKeys } from './keys.js';
import { useLive } from './live.js';
import { PAGES } from './pages.js';
import { link } from './range.js';
import { RangeControl } from './range-control.js';
import { useStore } from './store.js';
import { setTheme, THEMES, theme } from './theme.js';
import { modelText } from './totals.js';

/** @param {{ path: string, range: import('./range.js').Range, children?: any }} props */
export function Shell({ path, range, children }) {
  const live = useLive();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  const isWaiting = useStore(waiting) > 0;
  const isStale = live.overview !== null && live.connection.state !== 'live';
  // Whoever follows a link begins at the head of what it leads to, also by ear.
  // Only when the path changes.
  useEffect(() => {
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [path]);
  return html`
    <a class="skip" href="#main" onClick=${() => main.current?.focus()}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${link('/')}>
        <img src="/dashboard/icon.svg" alt="" width="28" height="28" /><span>Outrider</span>
      </a>
      <nav class="pages" aria-label="Pages">
        ${PAGES.filter(({ nav }) => nav).map(
          (page) =>
            html`<a href=${link(page.path)} aria-current=${currentOf(page.path, path)}>${page.title}</a>`,
        )}
      </nav>
      <div class="tools">
        <${RangeControl} range=${range} />
        <${ThemeControl} />
        <button type="button" class="help-button" aria-label="Help: keys" title="Keys (?)" onClick=${() => helpShown.set(true)}>?</button>
        <${ConnectionSign} live=${live} />
      </div>
    </header>
    <main id="main" tabindex="-1" ref=${main} aria-busy=${String(isWaiting)} data-stale=${String(isStale)}>${children}</main>
    <${Foot} overview=${live.overview} />
    <${Help} />
  `;
}

/**
 * @param {string} own path of a page in the navigation
 * @param {string} path
 */
function currentOf(own, path) {
  if (own === path) return 'page';
  const isWithin = own === '/' ? path.startsWith('/regions/') : path.startsWith(`${own}/`);
  return isWithin ? 'true' : undefined;
}

/** @param {{ live: ReturnType<typeof useLive> }} props */
function ConnectionSign({ live: { connection, isSignedOut } }) {
  if (isSignedOut) {
    const next = encodeURIComponent(location.pathname + location.search);
    return html`<p class="connection" role="status" data-state="reconnecting">
      <span class="dot" aria-hidden="true"></span><span>Signed out – <a href=${`/login?next=${next}`}>sign in</a></span>
    </p>`;
  }
  return html`<p class="connection" role="status" data-state=${connection.state}>
    <span class="dot" aria-hidden="true"></span><span>${connectionText(connection, Date.now())}</span>
  </p>`;
}

/**
 * @param {import('./connection.js').Connection} connection
 * @param {number} nowMs
 */
export function connectionText(connection, nowMs) {
  if (connection.state === 'live') return 'Live';
  if (connection.state === 'connecting') return 'Connecting…';
  if (connection.state === 'resting') return 'Resting';
  if (!connection.wasLive) return 'Reconnecting – no figures yet';
  return `Reconnecting – as of ${clockTime(connection.sinceMs, nowMs)}`;
}

function ThemeControl() {
  const chosen = useStore(theme);
  const onChange = (/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) =>
    setTheme(/** @type {import('./theme.js').Theme} */ (currentTarget.value));
  return html`<select class="theme" aria-label="Theme" title="Theme (t)" value=${chosen} onChange=${onChange}>
    ${THEMES.map((one) => html`<option value=${one} selected=${one === chosen}>${THEME_NAMES[one]}</option>`)}
  </select>`;
}

/** @type {Record<import('./theme.js').Theme, string>} */
const THEME_NAMES = { system: 'Auto', light: 'Light', dark: 'Dark' };

/** @param {{ overview: import('../api/overview.ts').Overview | null }} props */
function Foot({ overview }) {
  const collector = overview?.collector;
  return html`<footer class="bottom">
    <p id="collector-text">
      ${
        collector &&
        `Outrider ${collector.version} · ClickHouse ${collector.clickhouse_version}, ${collector.engine} · up ${duration(collector.uptime_s * 1000)}${modelText(overview.model)}`
      }
    </p>
    <${SignedIn} />
    <nav aria-label="Machine-readable">
      <a href="/api/v1/openapi.json">API</a>
      <a href="/metrics">Prometheus</a>
      <a href="/healthz">Health</a>
    </nav>
  </footer>`;
}

/** Who is signed in, and the way out; nothing where nobody is asked. */
function SignedIn() {
  const { data } = useApi('/api/v1/whoami');
  const [isRefused, setRefused] = useState(false);
  if (data?.kind !== 'session') return null;
  const leave = async () => {
    const answer = await fetch('/logout', { method: 'POST', redirect: 'manual' }).catch(() => undefined);
    // On its way to the page that asks who one is: then the session is revoked.
    if (answer?.type === 'opaqueredirect') location.assign('/login');
    else setRefused(true);
  };
  return html`<p class="signed-in">
    ${data.name} (${data.role})
    <button type="button" onClick=${leave}>Sign out</button>
    ${isRefused && html`<span role="alert">You are still signed in: the collector did not answer.</span>`}
  </p>`;
}

function Help() {
  const isShown = useStore(helpShown);
  const isOn = useStore(keysOn);
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (isShown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isShown]);
  const close = () => helpShown.set(false);
  return html`<dialog class="help" ref=${dialog} onClose=${close} aria-labelledby="help-title">
    <h2 id="help-title">Keys</h2>
    <dl>
      ${SHORTCUTS.map(([keys, does]) => html`<div><dt>${keys.split(' ').map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${does}</dd></div>`)}
    </dl>
    <label>
      <input type="checkbox" checked=${isOn} onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => setKeys(event.currentTarget.checked)} />
      ${' '}Single letters do something
    </label>
    <p><button type="button" onClick=${close}>Close</button></p>
  </dialog>`;
}
