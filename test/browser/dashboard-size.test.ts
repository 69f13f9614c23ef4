/** What a browser fetches to see every page: no more than 150 kB, as it comes over the wire. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBrowser } from '../../probes/browser/find.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';

const MOST_BYTES = 150_000;
const PATHS = [
  '/',
  '/regions/eu-west',
  '/incidents',
  '/incidents/inc-1-region-eu-west',
  '/probes',
  '/probes/front-page',
  '/targets',
  '/targets/origin',
  '/agents',
  '/agents/eu-west-1',
];

let browser: Browser;
let api: RunningApi;

beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
  api = await startApi({ tickMs: 200 });
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  await api.insert('eu-west', [{ metrics: { ttfb_ms: 20 } }]);
  api.shelf.put('opened', incidentOf());
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

it('is 150 kB at most on all pages together, and fetched once', async () => {
  const page = await browser.newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const paths = new Map<string, string>();
  const bytes = new Map<string, number>();
  cdp.on('Network.requestWillBeSent', ({ request, requestId }) => {
    const { pathname } = new URL(request.url);
    const isOwn = pathname.startsWith('/dashboard/') || PATHS.includes(pathname);
    if (isOwn) paths.set(requestId, pathname);
  });
  // What the cache of the browser has is in neither.
  cdp.on('Network.loadingFinished', ({ encodedDataLength, requestId }) => {
    const path = paths.get(requestId);
    // All pages are one file.
    const name = path?.startsWith('/dashboard/') ? path : '(page)';
    if (path !== undefined) bytes.set(name, Math.max(bytes.get(name) ?? 0, encodedDataLength));
  });
  for (const path of PATHS) {
    await page.goto(`${api.url}${path}`);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  const heaviest = [...bytes].toSorted(([, a], [, b]) => b - a).slice(0, 12);
  expect(bytes.size).toBeGreaterThan(25);
  expect({ total, heaviest, enough: total <= MOST_BYTES }).toMatchObject({ enough: true });
});
