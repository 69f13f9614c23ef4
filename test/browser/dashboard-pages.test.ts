/** The pages of probes, targets, agents and incidents: each says what the API says, for the time of its address, in words where there is nothing. */
import { mkdirSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../probes/browser/find.ts';
import { incidentOf, type RunningApi, startApi } from '../collector/api/running-api.ts';
import { leastContrast } from './contrast.ts';

const HOSTILE = `<img src=x onerror="window.hacked=1">&lt;"'`;
const MINUTE = 60_000;
const SPEC = {
  version: 1,
  targets: [
    { name: 'origin', url: 'http://video.sandbox.test/', labels: { service: HOSTILE } },
    { name: 'idle', url: 'http://idle.sandbox.test/' },
  ],
  probes: [
    {
      ...{ name: 'front-page', type: 'http', targets: ['origin'], every: '20s', timeout: '5s' },
      slo: { objective: '99%', window: '30d' },
    },
    { name: 'paused-one', type: 'http', targets: ['origin'], every: '30s', paused: true },
  ],
};

let browser: Browser;
let api: RunningApi;
let page: Page;
let complaints: string[] = [];

/** Half an hour of two regions, one of which becomes slow and fails at times; and what detection would have made of it. */
beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
  api = await startApi({ tickMs: 200, startMs: Date.now() });
  await api.registry.apply(SPEC);
  for (const region of ['eu-west', 'us-east'])
    for (const number of [1, 2, 3]) await api.connect(`${region}-${number}`, region);
  await api.registry.settled();
  const { nowMs } = api.clock;
  const runs = (since: number) =>
    Array.from({ length: 90 }, (_, i) => ({
      scheduledMs: nowMs - 30 * MINUTE + i * 20_000,
      metrics: { dns_ms: 2, connect_ms: 9, tls_ms: 20, ttfb_ms: i < 60 ? 20 + (i % 5) : since + (i % 5) },
    }));
  await api.insert('eu-west', [
    ...runs(400),
    {
      ...{ outcome: 'fail', scheduledMs: nowMs - 2 * MINUTE, metrics: {} },
      failure: {
        layer: 'http',
        blame: 'target',
        code: 'status',
        message: `expected 200, got 503 ${HOSTILE}`,
      },
    },
  ]);
  await api.insert('us-east', runs(20));
  const startedMs = nowMs - 10 * MINUTE;
  api.shelf.put(
    'opened',
    incidentOf({
      ...{ id: 'inc-1', startedMs, detectedMs: startedMs + 11_000 },
      summary: `TTFB in eu-west rose from 22 ms to 402 ms. ${HOSTILE}`,
    }),
  );
  api.shelf.put(
    'resolved',
    incidentOf({
      ...{ id: 'inc-0', status: 'resolved', scope: { kind: 'agent', region: 'us-east', agent: 'us-east-2' } },
      ...{
        startedMs: startedMs - 5 * MINUTE,
        detectedMs: startedMs - 4 * MINUTE,
        resolvedMs: nowMs - MINUTE,
      },
      summary: 'us-east-2 is slow alone.',
    }),
  );
});
afterEach(async () => {
  await page?.context().close();
});
afterAll(async () => {
  await browser.close();
  await api.close();
});

interface View {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

async function open(path: string, { width = 1280, scheme = 'light' }: View = {}): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${api.url}${path}`);
  await settled();
}

async function settled(): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('main[aria-busy=false]').waitFor();
  await page.waitForFunction(() => !/Loading |Asking…/.test(document.body.innerText));
}

const words = async (locator = page.locator('main')): Promise<string> =>
  (await locator.innerText()).replaceAll(/\s+/g, ' ');
const section = (name: string) => page.getByRole('region', { name, exact: true }).first();
const row = async (name: string) =>
  words(page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) }));

/** What a test leaves for people to look at, where they ask for it. */
async function keepPicture(name: string): Promise<void> {
  const folder = process.env.OUTRIDER_TEST_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

describe('probes', () => {
  it('stand in a table with their state in words, and what they measured with its unit', async () => {
    await open('/probes');
    expect(await row('front-page')).toMatch(
      /^front-page 1 incident http 99\.4 % Time to first byte 2\d ms 40\d ms .*181 20 s 6 origin$/,
    );
    expect(await row('paused-one')).toContain('Paused');
    await page.getByRole('searchbox').fill('paused');
    await page.getByText('1 of 2').waitFor();
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(['paused-one']);
    expect(complaints).toEqual([]);
  });

  it('have a page each: figures, plots with their tables, regions, budget, incidents, runs and the file', async () => {
    await open('/probes/front-page?since=1h');
    expect(await page.title()).toBe('front-page – Outrider');
    expect(await words()).toMatch(
      /1 incident: http, every 20 s, 1 target, from 6 agents\. 99\.4 % of runs went well/,
    );
    expect(await row('eu-west')).toMatch(/98\.9 %.* 2\d ms 40\d ms/);
    await section('Over time').getByText('As a table').first().click();
    await section('Over time').getByRole('table').getByRole('columnheader', { name: 'Median' }).waitFor();
    expect(await words(section('Promises and budgets'))).toMatch(/99\.0 % over 30d.*99\.4 %/);
    expect(await words(section('Incidents'))).toContain('TTFB in eu-west rose from 22 ms to 402 ms.');
    expect(await words(section('As it is declared'))).toContain('name: front-page');
    expect(complaints).toEqual([]);
  });

  it('show the waterfall of a slow run by its metrics, and the words of one that failed', async () => {
    await open('/probes/front-page?since=1h');
    const runs = section('Runs that tell most');
    await runs.getByText('404 ms').first().click();
    const waterfall = runs.locator('.waterfall').first();
    await waterfall.waitFor();
    expect(await words(waterfall)).toMatch(/dns .*2 ms connect .*9 ms tls .*20 ms first byte .*404 ms/);
    await runs.getByText('http/status').click();
    await runs.getByText(`expected 200, got 503 ${HOSTILE}`).waitFor();
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });

  it('are of the time of the address, which links keep', async () => {
    await open('/probes/front-page?since=5m');
    expect(await words()).toMatch(/Runs 3\d 1 failed/);
    await page.getByRole('link', { name: 'eu-west', exact: true }).click();
    await page.waitForURL('**/regions/eu-west?since=5m');
  });

  it('held against another time say in words by how much they differ, and whether that is more than noise', async () => {
    await open('/probes/front-page?since=10m&vs=10m');
    expect(await words(page.locator('.headlines'))).toMatch(
      /Time to first byte, p95 40\d ms [▲…] 38\d ms \(1[67]\.\d×\) more than 10m before: (worse|too few runs to tell)/,
    );
    await section('Over time').getByText('Median 10m before').first().waitFor();
  });
});

describe('targets', () => {
  it('stand in a table; one that nobody probes says so', async () => {
    await open('/targets');
    expect(await row('origin')).toMatch(/^origin 1 incident 99\.4 % 181 1 front-page, paused-one/);
    expect(await row('idle')).toContain('Not probed');
    expect(await page.locator('main img, main [onerror]').count()).toBe(0);
  });

  it('have a page each: by probe, region, edge and network', async () => {
    await open('/targets/origin');
    for (const title of ['Over time', 'By probe', 'By region', 'By edge', 'By network', 'Failed runs'])
      await section(title).waitFor();
    expect(await words(section('By region'))).toMatch(/eu-west 98\.9 % 2\d ms 40\d ms/);
    expect(await words(section('By edge'))).toContain('fra1');
    expect(complaints).toEqual([]);
  });

  it('without a probe have a page that says so', async () => {
    await open('/targets/idle');
    await page.getByText('No probe has this target: nothing is measured.').waitFor();
  });
});

describe('agents', () => {
  it('stand in a table, which the address narrows', async () => {
    await open('/agents?region=eu-west');
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual([
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
    ]);
    expect(await row('eu-west-1')).toMatch(/Connected eu-west Frankfurt, DE Example Telekom/);
    await page.getByLabel('Region').selectOption('us-east');
    await page.getByRole('rowheader', { name: 'us-east-1' }).waitFor();
    expect(page.url()).toContain('region=us-east');
    await page.getByLabel('State').selectOption('silent');
    await page.getByText('No agent is so.').waitFor();
  });

  it('have a page each: why, the equation, what they run, and each run', async () => {
    await open('/agents/eu-west-1');
    expect(await words(section('Where its results are'))).toMatch(/expected = \d+ stored \+ \d+ pending/);
    expect(await words(section('What it runs'))).toMatch(/front-page http origin 20 s 5 s/);
    expect(await words(section('What it is'))).toContain('Frankfurt, DE');
    expect(await words(section('Results'))).toContain('http/status');
    expect(complaints).toEqual([]);
  });
});

describe('incidents', () => {
  it('stand in a list, which the address narrows', async () => {
    await open('/incidents');
    await page.getByText('2 of 2').waitFor();
    await page.getByLabel('State').selectOption('resolved');
    await page.getByText('1 of 1').waitFor();
    expect(await page.locator('.incident .summary').allInnerTexts()).toEqual(['us-east-2 is slow alone.']);
    await open('/incidents?q=nothing-like-it');
    await page.getByText('None of them is so: take a filter away.').waitFor();
  });

  it('have a note each: in short, the plot with its marks, and what to run next', async () => {
    await open('/incidents/inc-1');
    const short = await words(section('In short'));
    for (const text of [
      'Time to first byte: 20 ms → 420 ms',
      'region eu-west',
      'detected 11 s later',
      'us-east',
      'the network',
    ])
      expect(short).toContain(text);
    const plot = section('Evidence over time');
    await plot.getByRole('img', { name: /there and elsewhere\. Median there: last 40\d ms/ }).waitFor();
    await plot.getByText('As a table').click();
    await plot.getByText(/: began$/).waitFor();
    expect(await words(section('What to run next'))).toContain('npx outrider incidents ack inc-1 --comment');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(complaints).toEqual([]);
  });
});

describe('words in place of figures', () => {
  it.each([
    ['/probes/nobody', 'There is no probe named nobody.', 'All probes'],
    ['/targets/nobody', 'There is no target named nobody.', 'All targets'],
    ['/agents/nobody', 'nobody', 'All agents'],
    ['/incidents/nobody', 'There is no incident nobody.', 'All incidents'],
  ])('%s says that there is none, and leads on', async (path, text, link) => {
    await open(path);
    await page.getByRole('alert').getByText(text).first().waitFor();
    await page.getByRole('link', { name: link }).click();
    await page.waitForURL(`**/${path.split('/')[1]}`);
  });

  it.each(['/probes', '/targets', '/agents', '/incidents', '/probes/front-page', '/agents/eu-west-1'])(
    '%s says when the collector cannot answer, and tries again when it is asked to',
    async (path) => {
      const context = await browser.newContext();
      page = await context.newPage();
      const answer = {
        error: { code: 'unavailable', message: 'The store does not answer.', hint: 'Try again.' },
      };
      await page.route('**/api/v1/**', (route) =>
        /stream|whoami/.test(route.request().url())
          ? route.continue()
          : route.fulfill({ status: 503, json: answer }),
      );
      await page.goto(`${api.url}${path}`);
      await page.getByRole('alert').first().getByText('The store does not answer. Try again.').waitFor();
      await page.unroute('**/api/v1/**');
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await page.locator('main tbody th, main .incident, main .headlines').first().waitFor();
    },
  );
});

describe('a time that is over, which is read but once', () => {
  const past = () => {
    const [since, until] = [40, 1].map((minutes) =>
      new Date(api.clock.nowMs - minutes * MINUTE).toISOString(),
    );
    return `/probes/front-page?since=${since}&until=${until}`;
  };

  it('is asked for again by itself when nobody answered', async () => {
    page = await (await browser.newContext()).newPage();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.goto(`${api.url}${past()}`);
    await page
      .getByRole('alert')
      .getByText('The collector cannot be reached. It is asked again by itself.')
      .waitFor();
    await page.unroute('**/api/v1/**');
    await page.locator('.headlines').waitFor();
  });

  it('is there when a tab that was opened behind another is looked at', async () => {
    page = await (await browser.newContext()).newPage();
    await page.addInitScript(() => Object.defineProperty(document, 'hidden', { get: () => true }));
    await page.goto(`${api.url}${past()}`);
    await page.locator('.headlines').waitFor();
  });
});

const PATHS = [
  '/probes',
  '/probes/front-page?vs=10m',
  '/targets',
  '/targets/origin',
  '/agents',
  '/agents/eu-west-1',
  '/incidents',
  '/incidents/inc-1',
];

describe.each([
  [1280, 'light'],
  [390, 'dark'],
] as const)('%i pixels wide, %s', (width, scheme) => {
  it.each(PATHS)('%s fits, can be read, and names its tables and plots', async (path) => {
    await open(path, { width, scheme });
    await keepPicture(`${path.replaceAll(/\W+/g, '-').slice(1)}-${width}-${scheme}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const { ratio, text } = await page.evaluate(leastContrast);
    expect({ text, enough: ratio >= 4.5 }).toMatchObject({ enough: true });
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    for (const table of await page.getByRole('table').all())
      expect(await table.locator('caption').innerText()).not.toBe('');
    expect(complaints).toEqual([]);
  });
});

// The last one: it declares another probe.
describe('a plot', () => {
  it('draws dots where runs are too far apart for a line', async () => {
    const { nowMs } = api.clock;
    const seldom = (i: number) => ({
      ...{ probe: 'seldom', target: 'origin', scheduledMs: nowMs - i * 5 * MINUTE },
      metrics: { ttfb_ms: 300 },
    });
    await api.insert(
      'eu-west',
      Array.from({ length: 10 }, (_, i) => seldom(i + 1)),
    );
    const spec = { name: 'seldom', type: 'http', targets: ['origin'], every: '5m', timeout: '5s' };
    await api.registry.apply({ ...SPEC, probes: [...SPEC.probes, spec] });
    await open('/probes/seldom?since=1h');
    const canvas = section('Over time').locator('canvas').first();
    await canvas.waitFor();
    // Of the colours of the two lines; grid, letters and what was changed are greyer.
    const coloured = await canvas.evaluate((element: HTMLCanvasElement) => {
      const { data = [] } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? {};
      let dots = 0;
      for (let i = 0; i < data.length; i += 4) {
        const [r = 0, g = 0, b = 0, a = 0] = [data[i], data[i + 1], data[i + 2], data[i + 3]];
        if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 80) dots += 1;
      }
      return dots;
    });
    expect(coloured).toBeGreaterThan(50);
  });
});
