/** Lighthouse's accessibility audits (axe-core) of every page, in both themes. Skipped, in words, where there is no Chromium. */
import { createServer } from 'node:net';
import lighthouse, { desktopConfig } from 'lighthouse';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../probes/browser/find.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';

const LEAST = 95;
const PATHS = [
  '/',
  '/?since=6h&vs=7d',
  '/regions/eu-west',
  '/incidents',
  '/incidents/inc-1-region-eu-west',
  '/probes',
  '/probes/front-page',
  '/targets',
  '/targets/origin',
  '/agents',
  '/agents/eu-west-1',
  '/login',
];

const found = await findBrowser();

/** Beside the browser's own name for itself: what Lighthouse needs to find it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe.skipIf(!found.ok)(
  `accessibility${found.ok ? '' : ` (not looked at: ${found.failure.message})`}`,
  () => {
    let api: RunningApi;
    let context: BrowserContext;
    let port: number;

    beforeAll(async () => {
      api = await startApi({ tickMs: 500 });
      await api.registry.apply(SPEC);
      for (const agent of ['eu-west-1', 'eu-west-2']) await api.connect(agent, 'eu-west');
      await api.connect('us-east-1', 'us-east');
      await api.insert(
        'eu-west',
        [20, 25, 420].map((ttfb) => ({ metrics: { ttfb_ms: ttfb } })),
      );
      await api.insert('us-east', [{ metrics: { ttfb_ms: 30 } }]);
      api.shelf.put('opened', incidentOf());
      api.clock.nowMs += 60_000;
      port = await freePort();
      if (!found.ok) throw new Error(found.failure.message);
      context = await chromium.launchPersistentContext('', {
        executablePath: found.build.path,
        args: ['--no-sandbox', `--remote-debugging-port=${port}`],
      });
    });
    afterAll(async () => {
      await context?.close();
      await api?.close();
    });

    describe.each(['light', 'dark'] as const)('%s', (theme) => {
      beforeAll(async () => {
        const page = await context.newPage();
        await page.goto(`${api.url}/login`);
        await page.evaluate((name) => localStorage.setItem('outrider-theme', name), theme);
        await page.close();
      });

      it.each(PATHS)(`%s has ${LEAST} of 100 at least`, async (path) => {
        const flags = {
          port,
          onlyCategories: ['accessibility'],
          disableStorageReset: true,
          logLevel: 'error',
          maxWaitForLoad: 20_000,
        } as const;
        const result = await lighthouse(
          `${api.url}${path}`,
          { ...flags, onlyCategories: ['accessibility'] },
          desktopConfig,
        );
        const { audits = {}, categories, runtimeError } = result?.lhr ?? {};
        const failed = Object.values(audits)
          .filter(({ score }) => score === 0)
          .map(({ details, id }) => `${id}: ${JSON.stringify(details).slice(0, 600)}`);
        const score = Math.round((categories?.accessibility?.score ?? 0) * 100);
        expect(runtimeError).toBeUndefined();
        expect({ score, failed, enough: score >= LEAST }).toMatchObject({ enough: true });
      });
    });
  },
);
