/**
 * Serves the dashboard: one `index.html` for every path of `pages.js`, and a fixed list of files, read once, under a policy that lets
 * nothing else in. There is no build step: an import map, made here, leads modules to their versions.
 *
 * A new page is `pages/NAME.js` with `export function Page({ params, range })`, its line in `pages.js`, its file in `DASHBOARD_FILES`, and
 * its path in `access/permissions.ts`. What it is made of: `ui.js` (heads, sections, words for empty and error), `table.js`, `plot.js`,
 * `api.js` (`useApi`), `live.js` (`useLive`), `range.js` (`link`), `format.js`; the head of `main.js` says more.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Hono } from 'hono';
import { Asset } from './assets.ts';
import { PAGES } from './pages.js';
import { vendorFiles } from './vendor.ts';
import { makeWorld } from './world.ts';

/**
 * Only this server's own files; of script in the page itself nothing but the import map, by its hash; no inline style, no framing, and no
 * sink that parses HTML from text (Trusted Types): names of agents, probes and incidents are untrusted.
 */
export const contentSecurityPolicy = (importMap: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

/** Everything of our own that the page consists of; a path that is not here does not exist. */
export const DASHBOARD_FILES = [
  'agents-text.js',
  'api.js',
  'attention.js',
  'charts.js',
  'confirmations.js',
  'connection.js',
  'copy.js',
  'details.css',
  'early.js',
  'figures-table.js',
  'format.js',
  'icon.svg',
  'incident-about.js',
  'incident-lines.js',
  'incident-plot.js',
  'incident-story.js',
  'incidents.js',
  'keys.js',
  'live.js',
  'login.css',
  'main.js',
  'pages.js',
  'pages/agent.js',
  'pages/agents.js',
  'pages/incident.js',
  'pages/incidents.js',
  'pages/overview.js',
  'pages/probe.js',
  'pages/probes.js',
  'pages/region.js',
  'pages/target.js',
  'pages/targets.js',
  'phases.js',
  'pieces.css',
  'plain.js',
  'plot.js',
  'range-control.js',
  'range.js',
  'regions.js',
  'run-evidence.js',
  'runs.js',
  'series.js',
  'shell.js',
  'sight-map.js',
  'slos.js',
  'sparkline.js',
  'standing.js',
  'state.js',
  'store.js',
  'style.css',
  'table.js',
  'theme.js',
  'totals.js',
  'ui.js',
  'verdict.js',
  'waterfall.js',
  'words.js',
  'world-map.js',
] as const;

/** Land and the size of the map: see world.ts. */
const WORLD = '/dashboard/world.json';

/** Reads the files when called; throws if one is missing from the installation. */
export function dashboardRoutes(): Hono {
  const app = new Hono();
  const assets = new Map<string, Asset>();
  for (const name of DASHBOARD_FILES) assets.set(`/dashboard/${name}`, readAsset(name));
  assets.set(WORLD, new Asset('world.json', new TextEncoder().encode(JSON.stringify(makeWorld()))));
  const vendor = vendorFiles().map((file) => ({ ...file, asset: new Asset(file.path, file.body) }));
  const importMap = importMapOf(assets, vendor);
  const plain = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };
  // What is no document of its own is bound by that of the page: with it each of fifty files would be half a kilobyte longer.
  const guarded = { ...plain, 'Content-Security-Policy': contentSecurityPolicy(importMap) };
  const pageOf = (module: string): Asset =>
    new Asset('index.html', new TextEncoder().encode(htmlOf(module, { assets, vendor, importMap })));
  const lost = pageOf('overview');
  app.use(async (context, next) => {
    await next();
    // Who reads is told so by the page, which says where else to go; programs get the error of the API.
    if (context.res.status !== 404 || !isReader(context.req.raw)) return;
    const page = lost.answer(new Request(context.req.url), guarded);
    context.res = new Response(page.body, { status: 404, headers: page.headers });
  });
  for (const { module, path } of PAGES) {
    const page = pageOf(module);
    app.get(path, (context) => page.answer(context.req.raw, guarded));
  }
  for (const [path, asset] of assets) {
    const headers = path.endsWith('.svg') ? guarded : plain;
    app.get(path, (context) => asset.answer(context.req.raw, headers));
  }
  for (const { asset, path } of vendor)
    app.get(path, (context) => asset.answer(context.req.raw, plain, true));
  return app;
}

/** Somebody at a browser, outside of the API. */
function isReader(request: Request): boolean {
  const { pathname } = new URL(request.url);
  const isPage = !/^\/(api|dashboard|v1)\//.test(pathname);
  return isPage && request.method === 'GET' && (request.headers.get('accept') ?? '').includes('text/html');
}

function readAsset(name: string): Asset {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  return new Asset(name, new TextEncoder().encode(name.endsWith('.js') ? withoutComments(text) : text));
}

/** Comments are for readers of the source, and a third of it; the lines stay where they are. */
export function withoutComments(text: string): string {
  return text
    .replaceAll(/^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*$/gm, (comment) =>
      comment.replaceAll(/[^\n]/g, ''),
    )
    .replaceAll(/^[ \t]*\/\/.*$/gm, '');
}

type Vendor = readonly { readonly specifier: string | undefined; readonly path: string }[];

/** Leads names to the files of others, and our own modules to their present version. */
function importMapOf(assets: ReadonlyMap<string, Asset>, vendor: Vendor): string {
  const own = [...assets]
    .filter(([path]) => path.endsWith('.js'))
    .map(([path]) => [path, versioned(assets, path)]);
  const others = vendor.flatMap(({ path, specifier }) =>
    specifier === undefined ? [] : [[specifier, path]],
  );
  return JSON.stringify({ imports: Object.fromEntries([...others, ...own]) });
}

const versioned = (assets: ReadonlyMap<string, Asset>, path: string): string =>
  `${path}?v=${assets.get(path)?.version ?? ''}`;

/** The page, which fetches at once what `pages/MODULE.js` will import. */
function htmlOf(
  module: string,
  made: { readonly assets: ReadonlyMap<string, Asset>; readonly vendor: Vendor; readonly importMap: string },
): string {
  const { assets, importMap, vendor } = made;
  const wanted = new Set<string>();
  for (const entry of ['/dashboard/main.js', `/dashboard/pages/${module}.js`]) collect(entry, made, wanted);
  const hints = [...wanted].map(
    (path) => `<link rel="modulepreload" href="${assets.has(path) ? versioned(assets, path) : path}">`,
  );
  if (module === 'overview')
    hints.push(
      `<link rel="preload" as="fetch" crossorigin href="${versioned(assets, WORLD)}" id="world">`,
      // While modules come the collector reads its store: the first view does not wait for the first tick of the stream.
      '<link rel="preload" as="fetch" crossorigin href="/api/v1/overview" id="overview">',
    );
  const plots = vendor.find(({ path }) => path.endsWith('.css'))?.path ?? '';
  return readFileSync(join(import.meta.dirname, 'index.html'), 'utf8')
    .replace('/dashboard/vendor/uplot.css', plots)
    .replaceAll(/(href|src)="(\/dashboard\/[^"]+)"/g, (whole, name: string, path: string) =>
      assets.has(path) ? `${name}="${versioned(assets, path)}"` : whole,
    )
    .replace(
      '<!-- import map -->',
      `<script type="importmap">${importMap}</script>\n  ${hints.join('\n  ')}`,
    );
}

/** A module and all that it imports, and so on; not what it imports later. */
function collect(
  path: string,
  made: { readonly assets: ReadonlyMap<string, Asset>; readonly vendor: Vendor },
  found: Set<string>,
): void {
  const asset = made.assets.get(path);
  if (asset === undefined || found.has(path)) return;
  found.add(path);
  const text = new TextDecoder().decode(asset.body);
  for (const [, name = ''] of text.matchAll(/^(?:import|export|\}) .*?from '([^']+)';$/gm)) {
    if (name.startsWith('.')) collect(posix.join(posix.dirname(path), name), made, found);
    else collectVendor(name, made.vendor, found);
  }
}

/** A file of others, with the few that it needs itself. */
function collectVendor(name: string, vendor: Vendor, found: Set<string>): void {
  const needs: Readonly<Record<string, readonly string[]>> = {
    'htm/preact': ['preact', 'htm'],
    'preact/hooks': ['preact'],
  };
  for (const specifier of [name, ...(needs[name] ?? [])]) {
    const file = vendor.find((one) => one.specifier === specifier);
    if (file) found.add(file.path);
  }
}
