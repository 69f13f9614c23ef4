// @ts-check
/**
 * The dashboard: follows the address, loads the module of its page, and draws it inside the shell.
 *
 * How a page is made: `pages/NAME.js` exports one component, `Page({ params, range })`. `params` are the `:names` of its path (pages.js),
 * decoded; `range` is the time that the reader looks at (`range.query` is what the API takes: `since=1h&vs=7d`). It returns a `PageHead`
 * (its one h1, the tab's name) and `Section`s, out of:
 *
 *   ui.js      PageHead, Section, Empty, Loading, Problem, Loaded (words for each state of `useApi`), Facts, StateBadge
 *   api.js     useApi('/api/v1/…?' + range.query, { everyMs: 30_000 }) → { data, error, isLoading, at, reload }
 *   live.js    useOverview() → the newest overview of the stream, or null; useLive() also says how fresh it is; useNow(ms)
 *   table.js   DataTable: caption, columns, rows, keyOf, hrefOf; sorted, filtered (`/`), walked (`j`, `k`)
 *   plot.js    Plot: title, unit, times, lines, marks; with its table
 *   range.js   link('/regions/' + encodeURIComponent(name)): an address that keeps the time; every such link is followed without loading
 *   format.js  numbers with units; plain.js: text of others made safe to show
 *
 * Nothing is ever put into a page as HTML text, and no `style` attribute as text: the policy forbids both (`style=${{ … }}` is fine).
 */
import { html, render } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { startKeys } from './keys.js';
import { startLive } from './live.js';
import { pageAt } from './pages.js';
import { link, navigate, usePlace, useRange } from './range.js';
import { Shell } from './shell.js';
import { Empty, PageHead } from './ui.js';

/** @typedef {(props: { params: Record<string, string>, range: import('./range.js').Range }) => any} Page */

/** Modules that were loaded: a page that was seen is drawn at once. @type {Map<string, Page>} */
const loaded = new Map();

/** @param {string} name */
async function load(name) {
  const module = await import(`/dashboard/pages/${name}.js`);
  loaded.set(name, module.Page);
}

function App() {
  const { path, hash } = usePlace();
  const range = useRange();
  const found = pageAt(path);
  const name = found?.page.module ?? '';
  const [, redraw] = useState({});
  const [failed, setFailed] = useState('');
  useEffect(() => {
    // What messages of earlier versions lead to: the list of incidents was on the first page.
    const [, incident] = /^#incident-(.+)$/.exec(hash) ?? [];
    if (path === '/' && incident) navigate(link(`/incidents/${incident}`), { replace: true });
  }, [path, hash]);
  useEffect(() => {
    if (name === '' || loaded.has(name)) return;
    load(name).then(
      () => redraw({}),
      () => setFailed(name),
    );
  }, [name]);
  const Shown = loaded.get(name);
  const content = Shown
    ? html`<${Shown} key=${path} params=${found?.params} range=${range} />`
    : html`<${Words} isKnown=${found !== undefined} isFailed=${failed === name} />`;
  return html`<${Shell} path=${path} range=${range}>${content}<//>`;
}

/** In place of a page that is not there. @param {{ isKnown: boolean, isFailed: boolean }} props */
function Words({ isKnown, isFailed }) {
  if (!isKnown)
    return html`<${PageHead} title="There is nothing here" /><${Empty}>
        The address leads to no page. <a href=${link('/')}>To the overview</a>
      <//>`;
  return isFailed
    ? html`<${PageHead} title="This page could not be loaded" /><${Empty}>
          The collector may be away, or another version by now. <a href="" onClick=${() => location.reload()}>Load it again</a>
        <//>`
    : null;
}

/** Links within the dashboard are followed here; those with a modifier, to other windows and to files are the browser's. */
document.addEventListener('click', (event) => {
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  if (!anchor || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  // Of an SVG link the address is an object.
  const href = anchor.getAttribute('href') ?? '';
  if (anchor.getAttribute('target') || !href.startsWith('/')) return;
  const { hash, pathname, search } = new URL(href, location.href);
  if (pageAt(pathname) === undefined) return;
  event.preventDefault();
  navigate(pathname + search + hash);
});

startLive();
startKeys();
const app = document.getElementById('app');
if (app) render(html`<${App} />`, app);
