/** The dashboard's door in a real browser: a token for a cookie, in both schemes and at phone width. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_PATTERN } from '../../collector/access/token-text.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { type RunningApi, startApi } from '../collector/api/running-api.ts';
import { leastContrast } from './contrast.ts';

let browser: Browser;
let api: RunningApi;
let page: Page;
let complaints: string[];
let record: { readonly id: string };
let token: string;

beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
  api = await startApi({ auth: true, tickMs: 100, startMs: Date.now() });
  await api.connect('eu-west-1', 'eu-west');
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

beforeEach(async () => {
  const expiresMs = Date.now() + 3_600_000;
  ({ record, text: token } = await api.access.create({
    name: 'mara',
    role: 'viewer',
    createdBy: 'test',
    expiresMs,
  }));
  await open();
});
afterEach(() => page?.context().close());

async function open(
  view: { readonly width?: number; readonly scheme?: 'light' | 'dark' } = {},
): Promise<void> {
  await page?.context().close();
  const { scheme = 'light', width = 1280 } = view;
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(api.url);
}

const field = () => page.getByLabel('Token');
async function signIn(text: string): Promise<void> {
  await field().fill(text);
  await page.keyboard.press('Enter');
}

describe('the dashboard of a collector that asks who one is', () => {
  it('asks first, opens to a token by keyboard alone, goes on live, and keeps no token where scripts or addresses are', async () => {
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(await field().evaluate((input) => input === document.activeElement)).toBe(true);
    await signIn(token);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    const seen = await page.evaluate(() => [
      document.cookie,
      JSON.stringify(localStorage),
      document.documentElement.outerHTML,
    ]);
    expect(seen.join()).not.toMatch(TOKEN_PATTERN);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'outrider_session', httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie?.value).not.toBe(token);
    expect(complaints).toEqual([]);
  });

  it('says that a token is not good, does not repeat it, and asks again', async () => {
    await signIn('ot_v_nonsense');
    expect(await page.getByRole('alert').textContent()).toBe('This token is not good here.');
    expect(await page.content()).not.toContain('nonsense');
    await signIn(token);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  });

  it('asks again once the token is revoked', async () => {
    await signIn(token);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await api.access.revoke(record.id, 'root');
    await page.reload();
    expect(new URL(page.url()).pathname).toBe('/login');
  });

  it('says who is signed in, and ends the session when one signs out', async () => {
    await signIn(token);
    await page.getByText('mara (viewer)').waitFor();
    const [cookie] = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await field().waitFor();
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(await page.context().cookies()).toEqual([]);
    const kept = { headers: { cookie: `${cookie?.name}=${cookie?.value}` } };
    expect((await fetch(`${api.url}/api/v1/whoami`, kept)).status).toBe(401);
  });

  it('says that one is still signed in where signing out is not answered', async () => {
    await signIn(token);
    const button = page.getByRole('button', { name: 'Sign out' });
    await button.waitFor();
    await page.route('**/logout', (route) => route.abort());
    await button.click();
    await page.getByRole('alert').getByText('You are still signed in').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('is legible in %s at %i pixels', async (scheme, width) => {
    await open({ scheme, width });
    expect((await page.evaluate(leastContrast)).ratio).toBeGreaterThanOrEqual(4.5);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    const folder = process.env.OUTRIDER_SCREENSHOTS;
    if (folder) await page.screenshot({ path: `${folder}/login-${scheme}-${width}.png` });
  });
});
