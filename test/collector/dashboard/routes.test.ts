import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PAGES } from '../../../collector/dashboard/pages.js';
import {
  contentSecurityPolicy,
  DASHBOARD_FILES,
  dashboardRoutes,
  withoutComments,
} from '../../../collector/dashboard/routes.ts';

const app = dashboardRoutes();
const FOLDER = join(import.meta.dirname, '../../../collector/dashboard');

const html = async (path = '/') => (await app.request(path)).text();
const importMap = async () => {
  const [, text = ''] = /<script type="importmap">([^<]+)<\/script>/.exec(await html()) ?? [];
  return { text, imports: (JSON.parse(text) as { imports: Record<string, string> }).imports };
};
/** Every file that a browser may be led to. */
const everyPath = async () => {
  const { imports } = await importMap();
  const named = [...(await html()).matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)].map(
    (match) => match[1] ?? '',
  );
  return [...new Set([...Object.values(imports), ...named])];
};

describe('the page', () => {
  it('is served at every path of the dashboard under a policy that lets nothing else in', async () => {
    const { text } = await importMap();
    for (const { path } of PAGES) {
      const response = await app.request(path.replace(/:\w+/, 'eu%2Fwest'));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy(text));
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('has a policy without inline code but its import map, foreign hosts or frames, and with Trusted Types', () => {
    const policy = contentSecurityPolicy('{}');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]{44}';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('refers to nothing beyond this server', async () => {
    const own = ['/', ...DASHBOARD_FILES.map((name) => `/dashboard/${name}`)];
    for (const name of own) {
      const text = await (await app.request(name)).text();
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|url\(|@import/);
    }
  });

  it('consists of every file of its folder', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => relative(FOLDER, join(parentPath, name)))
      .filter((name) => !name.endsWith('.ts') && name !== 'index.html');
    expect([...DASHBOARD_FILES].toSorted()).toEqual(files.toSorted());
  });

  it('serves all that it refers to, and every page that there is', async () => {
    const paths = await everyPath();
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect([path, (await app.request(path)).status]).toEqual([path, 200]);
    for (const { module } of PAGES) expect(DASHBOARD_FILES).toContain(`pages/${module}.js`);
  });

  it('has a place for every name that its modules import', async () => {
    const { imports } = await importMap();
    const names = new Set<string>();
    for (const name of DASHBOARD_FILES.filter((file) => file.endsWith('.js'))) {
      const text = await (await app.request(`/dashboard/${name}`)).text();
      for (const [, wanted = ''] of text.matchAll(/ from '([^'.][^']*)';/g)) names.add(wanted);
    }
    expect([...names]).toContain('htm/preact');
    for (const wanted of names) expect(Object.keys(imports)).toContain(wanted);
  });

  it('fetches at once what its first view imports, and what other pages import later', async () => {
    const first = await html();
    expect(first).toMatch(/modulepreload" href="\/dashboard\/pages\/overview\.js\?v=/);
    expect(first).toMatch(/modulepreload" href="\/dashboard\/vendor\/preact-\d/);
    expect(first).toContain('<link rel="preload" as="fetch" crossorigin href="/api/v1/overview"');
    expect(first).not.toMatch(/modulepreload" href="\/dashboard\/vendor\/uplot/);
    expect(await html('/regions/eu-west')).toMatch(/modulepreload" href="\/dashboard\/vendor\/uplot/);
  });
});

describe('a module', () => {
  it('is sent without its comments, each line where it was', () => {
    const text =
      "// @ts-check\n/** What\n * it is. */\nconst a = 'b'; // kept\n  // gone\nconst url = '//x';\n";
    expect(withoutComments(text)).toBe("\n\n\nconst a = 'b'; // kept\n\nconst url = '//x';\n");
    const cast = '/** @type {A} */ (b).c();\n/** Gone. */\n';
    expect(withoutComments(cast)).toBe('/** @type {A} */ (b).c();\n\n');
  });
});

describe('a file', () => {
  it('is kept for ever under its version, and asked for again without one', async () => {
    for (const path of (await everyPath()).filter(
      (path) => path.includes('?v=') || path.includes('/vendor/'),
    ))
      expect((await app.request(path)).headers.get('cache-control')).toContain('immutable');
    for (const path of ['/', '/dashboard/style.css', '/dashboard/style.css?v=another'])
      expect((await app.request(path)).headers.get('cache-control')).toBe('no-cache');
  });

  it('is not sent again while the reader’s copy is the same', async () => {
    const headers = { 'accept-encoding': 'br' };
    const first = await app.request('/dashboard/style.css', { headers });
    const etag = first.headers.get('etag') ?? '';
    const again = await app.request('/dashboard/style.css', {
      headers: { ...headers, 'if-none-match': etag },
    });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it.each([
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['identity', null, (body: Uint8Array) => body],
  ])('is sent to who takes %s as %s, with a tag of its own', async (accepted, encoding, decode) => {
    const plain = await app.request('/dashboard/style.css');
    const response = await app.request('/dashboard/style.css', { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(response.headers.get('etag') === plain.headers.get('etag')).toBe(encoding === null);
    const body = decode(new Uint8Array(await response.arrayBuffer()));
    expect(new TextDecoder().decode(body)).toBe(await plain.text());
  });

  it.each([
    '/dashboard/',
    '/dashboard/routes.ts',
    '/dashboard/../routes.ts',
    '/dashboard/%2e%2e/package.json',
    '/dashboard/vendor/../routes.ts',
    '/dashboard/vendor/preact-0.0.0.js',
  ])('does not exist at %s', async (path) => {
    expect((await app.request(path)).status).toBe(404);
  });
});
