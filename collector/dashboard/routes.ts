/** Serves the page at `/`: a fixed list of files, read once, under a policy that lets nothing else in. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';

/**
 * Only this server's own files, no inline script or style, no framing, and no sink that parses HTML from text
 * (Trusted Types): names of agents, probes and incidents are untrusted.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Everything the page consists of; a path that is not here does not exist. */
export const DASHBOARD_FILES = [
  'app.js',
  'attention.js',
  'confirmations.js',
  'connection.js',
  'dom.js',
  'format.js',
  'icon.svg',
  'incident-evidence.js',
  'incident-story.js',
  'incidents.js',
  'login.css',
  'plain.js',
  'regions.js',
  'run-evidence.js',
  'sight-map.js',
  'sparkline.js',
  'state.js',
  'style.css',
  'totals.js',
  'verdict.js',
] as const;

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly type: string;
}

function readAsset(name: string): Asset {
  const body = new Uint8Array(readFileSync(join(import.meta.dirname, name)));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, etag, type: TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES] };
}

function answer(request: Request, asset: Asset): Response {
  const headers = {
    'Content-Type': asset.type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
    ETag: asset.etag,
  };
  if (request.headers.get('if-none-match') === asset.etag)
    return new Response(null, { status: 304, headers });
  return new Response(asset.body, { headers });
}

/** `/` and `/dashboard/<file>`. Reads the files when called; throws if one is missing from the installation. */
export function dashboardRoutes(): Hono {
  const app = new Hono();
  const page = readAsset('index.html');
  app.get('/', (context) => answer(context.req.raw, page));
  for (const name of DASHBOARD_FILES) {
    const asset = readAsset(name);
    app.get(`/dashboard/${name}`, (context) => answer(context.req.raw, asset));
  }
  return app;
}
