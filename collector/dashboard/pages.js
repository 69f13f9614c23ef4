// @ts-check
/**
 * Every page of the dashboard: its path, and the module of `pages/` that shows it. The collector answers each of these paths with the same
 * `index.html`; `main.js` loads the module and renders its `Page` with `{ params, range }`.
 */

/** @typedef {{ readonly path: string, readonly module: string, readonly title: string, readonly nav?: { readonly key: string } }} PageEntry */

/** `nav`: it stands in the navigation, and `g` and this key lead to it. @type {readonly PageEntry[]} */
export const PAGES = [
  { path: '/', module: 'overview', title: 'Overview', nav: { key: 'o' } },
  { path: '/regions/:name', module: 'region', title: 'Region' },
  { path: '/incidents', module: 'incidents', title: 'Incidents', nav: { key: 'i' } },
  { path: '/incidents/:id', module: 'incident', title: 'Incident' },
  { path: '/probes', module: 'probes', title: 'Probes', nav: { key: 'p' } },
  { path: '/probes/:name', module: 'probe', title: 'Probe' },
  { path: '/targets', module: 'targets', title: 'Targets', nav: { key: 't' } },
  { path: '/targets/:name', module: 'target', title: 'Target' },
  { path: '/agents', module: 'agents', title: 'Agents', nav: { key: 'a' } },
  { path: '/agents/:id', module: 'agent', title: 'Agent' },
];

/**
 * The page of a path, and what its `:names` are; undefined where there is none.
 * @param {string} path
 * @returns {{ page: PageEntry, params: Record<string, string> } | undefined}
 */
export function pageAt(path) {
  const parts = segments(path);
  if (parts === undefined) return undefined;
  for (const page of PAGES) {
    const pattern = page.path.split('/').slice(1);
    if (pattern.length !== parts.length) continue;
    if (!pattern.every((name, i) => (name.startsWith(':') ? parts[i] !== '' : parts[i] === name))) continue;
    const named = pattern.flatMap((name, i) =>
      name.startsWith(':') ? [[name.slice(1), parts[i] ?? '']] : [],
    );
    return { page, params: Object.fromEntries(named) };
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {string[] | undefined} undefined for what is no text (`%ff`)
 */
function segments(path) {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
