import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CONTENT_SECURITY_POLICY,
  DASHBOARD_FILES,
  dashboardRoutes,
} from '../../../collector/dashboard/routes.ts';

const app = dashboardRoutes();
const FOLDER = join(import.meta.dirname, '../../../collector/dashboard');

describe('the page', () => {
  it('is served at / under a policy that lets nothing else in', async () => {
    const response = await app.request('/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has a policy without inline code, foreign hosts or frames, and with Trusted Types', () => {
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'");
    expect(CONTENT_SECURITY_POLICY).toContain("frame-ancestors 'none'");
    expect(CONTENT_SECURITY_POLICY).toContain("require-trusted-types-for 'script'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/);
  });

  it('refers to nothing beyond this server', async () => {
    const names = ['/', ...DASHBOARD_FILES.map((name) => `/dashboard/${name}`)];
    for (const name of names) {
      const text = await (await app.request(name)).text();
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|url\(|@import/);
    }
  });

  it('consists of every file of its folder', () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'routes.ts' && name !== 'index.html');
    expect([...DASHBOARD_FILES].toSorted()).toEqual(files.toSorted());
  });

  it('serves all that it refers to', async () => {
    const html = await (await app.request('/')).text();
    const paths = [...html.matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) expect((await app.request(path)).status).toBe(200);
  });

  it('is not sent again while the reader’s copy is the same', async () => {
    const first = await app.request('/dashboard/style.css');
    const etag = first.headers.get('etag') ?? '';
    const again = await app.request('/dashboard/style.css', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it.each([
    '/dashboard/',
    '/dashboard/routes.ts',
    '/dashboard/../routes.ts',
    '/dashboard/%2e%2e/package.json',
  ])('does not serve %s', async (path) => {
    expect((await app.request(path)).status).toBe(404);
  });
});
