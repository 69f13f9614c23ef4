import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from '../../probes/browser/find.ts';
import { helloOf, incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';
import { labelsOf } from '../support/records.ts';
import { leastContrast } from './contrast.ts';

const HOSTILE = `<img src=x onerror="window.hacked=1">&lt;"'`;

let browser: Browser;
let api: RunningApi;
let page: Page;
/** What the page complained of, and whom it talked to. */
let complaints: string[];
let hosts: Set<string>;

beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
});
afterAll(() => browser.close());

beforeEach(async () => {
  api = await startApi({ tickMs: 100 });
  await api.registry.apply(SPEC);
  for (const region of ['eu-west', 'us-east']) {
    for (const number of [1, 2, 3]) await api.connect(`${region}-${number}`, region);
  }
});
afterEach(async () => {
  await page?.context().close();
  await api.close();
});

interface View {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly path?: string;
}

async function open({ path = '/', scheme = 'light', width = 1280 }: View = {}): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  page = await context.newPage();
  complaints = [];
  hosts = new Set();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${api.url}${path}`);
  await live();
}

const live = (timeout = 20_000) =>
  page.getByRole('status').getByText('Live', { exact: true }).waitFor({ timeout });

/** Lets time pass for the collector: the next tick makes a new overview. */
function pass(ms = 1000): void {
  api.clock.nowMs += ms;
}

/** The row of a region in the table. */
const row = (region: string) =>
  page
    .getByRole('table', { name: 'Regions' })
    .getByRole('row')
    .filter({
      has: page.getByRole('rowheader', { name: region, exact: true }),
    });

/** The text of a row's cell under a header. */
async function cell(region: string, header: RegExp): Promise<string> {
  const headers = await page.getByRole('table', { name: 'Regions' }).locator('thead th').allInnerTexts();
  const index = headers.findIndex((text) => header.test(text));
  return (await row(region).locator('th, td').nth(index).innerText()).replaceAll(/\s+/g, ' ').trim();
}

async function runsIn(region: string, ttfbMs: number): Promise<void> {
  const video = { type: 'video-start', probe: 'start', target: 'clip' } as const;
  await api.insert(region, [
    ...Array.from({ length: 5 }, () => ({ metrics: { ttfb_ms: ttfbMs } })),
    { ...video, metrics: { video_startup_ms: 300 + ttfbMs } },
    { type: 'upload', probe: 'up', target: 'up', metrics: { upload_goodput_bps: 4.2e6 } },
  ]);
}

/** A page with one region of each state: degraded, ok, silent and unknown. */
async function everyState(): Promise<void> {
  await runsIn('eu-west', 420);
  await runsIn('us-east', 20);
  await api.connect('ap-south-1', 'ap-south');
  await api.connect('sa-east-1', 'sa-east');
  api.registry.goodbye('sa-east-1', api.clock.nowMs);
  api.shelf.put('opened', incidentOf());
  api.shelf.put(
    'resolved',
    incidentOf({ id: 'old', status: 'resolved', resolvedMs: api.clock.nowMs - 60_000 }),
  );
  pass();
}

describe('the dashboard', () => {
  it('shows the figures of each region, with their units', async () => {
    await runsIn('eu-west', 20);
    await open();
    await row('eu-west').getByText('OK', { exact: true }).waitFor();
    expect(await cell('eu-west', /^Agents/)).toBe('3');
    expect(await cell('eu-west', /^Video start-up, ms/)).toMatch(/^3[12]\d p95 3[12]\d$/);
    expect(await cell('eu-west', /^TTFB, ms/)).toMatch(/^(20|19\.\d) /);
    expect(await cell('eu-west', /^Upload, Mbit\/s/)).toMatch(/^4\.2 /);
    expect(await cell('eu-west', /^Success, %/)).toBe('100 7 runs');
    await row('us-east').getByText('No data', { exact: true }).waitFor();
    expect(await cell('us-east', /^TTFB/)).toBe('–');
    expect(complaints).toEqual([]);
  });

  it('follows an incident from its opening to its end without being loaded again', async () => {
    await runsIn('eu-west', 20);
    await runsIn('us-east', 20);
    await open();
    await page.getByRole('heading', { name: 'All 2 regions are well' }).waitFor();
    api.shelf.put('opened', incidentOf());
    pass();
    await page.getByRole('heading', { name: 'eu-west is degraded' }).waitFor();
    await row('eu-west').getByText('Degraded', { exact: true }).waitFor();
    await row('us-east').getByText('OK', { exact: true }).waitFor();
    const listed = page.locator('#incidents-open li');
    expect(await listed.innerText()).toMatch(
      /TTFB in eu-west rose[\s\S]*ttfb_ms, 20 ms → 420 ms[\s\S]*the network[\s\S]*11 s/,
    );
    await page.waitForFunction(() => document.title === 'eu-west is degraded – Outrider');

    api.shelf.put('resolved', incidentOf({ status: 'resolved', resolvedMs: api.clock.nowMs }));
    pass();
    await page.getByText('No open incident.', { exact: true }).waitFor();
    expect(await page.locator('#incidents-resolved li').innerText()).toContain('lasted 2 min');
    await page.getByRole('heading', { name: 'All 2 regions are well' }).waitFor();
  });

  it('shows the equation of all scheduled runs, balanced', async () => {
    await runsIn('eu-west', 20);
    pass(60_000);
    await open();
    const equation = page.locator('#equation');
    await equation.waitFor();
    const amounts = (await equation.locator('.term:not(.aside) .amount').allInnerTexts()).map((text) =>
      Number(text.replaceAll('\u202f', '')),
    );
    const [expected = 0, ...parts] = amounts;
    expect(expected).toBeGreaterThan(0);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(expected);
  });

  it('says honestly when it is cut off, greys what it shows, and is live again by itself', async () => {
    await runsIn('eu-west', 20);
    await open();
    await row('eu-west').waitFor();
    await api.hangUp();
    await page.getByText(/^Reconnecting – as of \d\d:\d\d:\d\d$/).waitFor();
    const main = page.getByRole('main');
    expect(await main.getAttribute('data-stale')).toBe('true');
    expect(await main.evaluate((element) => getComputedStyle(element).filter)).toBe('grayscale(1)');
    await api.listen();
    await live(40_000);
    expect(await main.getAttribute('data-stale')).toBe('false');
  });

  it('invites to start an agent when there is none', async () => {
    await api.close();
    api = await startApi({ tickMs: 100 });
    await open();
    await page.getByText('No agent has registered yet.').waitFor();
    await page.getByRole('heading', { name: 'No region reports yet' }).waitFor();
  });
});

describe('hostile names', () => {
  it('are shown as the text that they are', async () => {
    await api.connect('x-1', HOSTILE);
    await api.insert(HOSTILE, [{}]);
    api.shelf.put(
      'opened',
      incidentOf({
        scope: { kind: 'region', region: HOSTILE },
        summary: `<script>window.hacked=1</script>${HOSTILE}`,
      }),
    );
    await open();
    await page.getByRole('heading', { name: `${HOSTILE} is degraded` }).waitFor();
    await page.locator('#incidents-open li').getByText('<script>window.hacked=1</script>').waitFor();
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await page.locator('main img, main script, main [onerror]').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('would not run even where the page made a mistake: its policy forbids it', async () => {
    await open();
    const thrown = await page.evaluate(() => {
      const attempts = [
        () => Object.assign(document.body, { innerHTML: '<b>text</b>' }),
        () => document.createElement('button').setAttribute('onclick', 'window.hacked = 1'),
        () => Object.assign(document.createElement('script'), { text: 'window.hacked = 1' }),
      ];
      return attempts.map((attempt) => {
        try {
          attempt();
          return 'nothing';
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
    expect(thrown).toEqual(['TypeError', 'TypeError', 'TypeError']);
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });
});

describe('the map', () => {
  const mark = (region: string) => page.getByRole('link', { name: new RegExp(`^${region}: `) });

  it('has a mark for each region, which says how it is and leads to its page', async () => {
    await runsIn('eu-west', 20);
    await open();
    await mark('us-east').waitFor();
    await page.getByRole('link', { name: 'eu-west: OK, 3 of 3 agents connected' }).click();
    await page.getByRole('heading', { level: 1, name: 'eu-west' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/regions/eu-west');
    await page.goBack();
    await mark('eu-west').waitFor();
    expect(complaints).toEqual([]);
  });

  it('moves marks apart that would lie over each other', async () => {
    await runsIn('eu-west', 20);
    await open({ width: 390 });
    const [a, b] = [await mark('eu-west').boundingBox(), await mark('us-east').boundingBox()];
    if (!a || !b) throw new Error('no marks');
    expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(20);
  });

  it('names beside it what was declared and has no agent', async () => {
    await api.registry.apply({
      ...SPEC,
      regions: [{ name: 'eu-west' }, { name: 'nz', lat: -36.8, lon: 174.8 }],
    });
    await open();
    await page.getByText('Declared, but without an agent: nz', { exact: true }).waitFor();
  });

  it('lists beside it what has no place', async () => {
    await open();
    await api.registry.connected(
      { ...helloOf('nowhere-1', 'nowhere'), labels: labelsOf('nowhere', { lat: 0, lon: 0 }) },
      { send: () => undefined },
    );
    pass();
    await page.getByRole('heading', { name: 'Without a place on the map' }).waitFor();
    await page.locator('.elsewhere').getByRole('link', { name: 'nowhere' }).waitFor();
    expect(await mark('nowhere').count()).toBe(0);
  });
});

describe('on a phone', () => {
  const LONG = 'southeast-asia-mobile-networks-and-pacific-islands';

  it('a long name wraps, and leaves room for the figures beside it', async () => {
    await api.connect('long-1', LONG);
    await runsIn(LONG, 20);
    await runsIn('eu-west', 20);
    await open({ width: 390 });
    const name = await row(LONG).getByRole('rowheader').boundingBox();
    expect(name?.width).toBeLessThan(200);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it('the sign of a state stands beside what is said of it, however long that is', async () => {
    const summary = `eu-west: ttfb_ms rose ${'at one more agent, '.repeat(20)}`;
    api.shelf.put('opened', incidentOf({ summary }));
    await open({ width: 390, path: '/regions/eu-west' });
    await page.getByText(summary.trim()).first().waitFor();
    const [sign, title] = await Promise.all([
      page.locator('.page-head .mark').boundingBox(),
      page.getByRole('heading', { level: 1 }).boundingBox(),
    ]);
    if (!sign || !title) throw new Error('no head');
    expect(title.x).toBeGreaterThanOrEqual(sign.x + sign.width);
  });
});

describe('a region that says nothing', () => {
  it('is named beside a long story of another', async () => {
    await api.connect('sa-east-1', 'sa-east');
    await runsIn('us-east', 20);
    api.shelf.put(
      'opened',
      incidentOf({ summary: 'eu-west: TTFB rose at 3 of 3 agents; us-east not affected.' }),
    );
    await open();
    await page
      .locator('.verdict')
      .getByText('eu-west: TTFB rose at 3 of 3 agents. sa-east: no figures, so nothing can be said.')
      .waitFor();
  });
});

describe('the time', () => {
  it('is in the address, goes along with links, and comes back with it', async () => {
    await runsIn('eu-west', 20);
    await open();
    await page.getByLabel('Time').selectOption('6h');
    await page.getByLabel('Held against').selectOption('7d');
    await page.waitForURL('**/?since=6h&vs=7d');
    await page.getByText(/held against/).waitFor();
    await page.getByRole('link', { name: 'Probes', exact: true }).click();
    await page.waitForURL('**/probes?since=6h&vs=7d');
    await page.reload();
    expect(await page.getByLabel('Time').inputValue()).toBe('6h');
    expect(await page.getByLabel('Held against').inputValue()).toBe('7d');
  });

  it('is of two moments where somebody says so', async () => {
    await open({ path: '/?since=2026-11-21T08:00:00Z&until=2026-11-21T09:00:00Z' });
    await page.getByLabel('From', { exact: true }).waitFor();
    await page.getByText(/08:00:00 to|to .*09:00:00/).waitFor();
    await page.getByLabel('Time').selectOption('live');
    await page.waitForURL(({ search }) => search === '');
  });
});

describe('the keyboard', () => {
  it('leads to pages, walks rows, filters, and says what it can', async () => {
    await runsIn('eu-west', 20);
    await open();
    await row('us-east').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('us-');
    await row('eu-west').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'us-east' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await row('eu-west').waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.getByText('Go to incidents').waitFor();
    await help.getByLabel('Single letters do something').uncheck();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.keyboard.press('?');
    expect(await help.isVisible()).toBe(false);
  });

  it('turns the theme, which stays', async () => {
    await open();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.keyboard.press('t');
    await page.keyboard.press('t');
    expect(await ground()).not.toBe(light);
    expect(await page.getByLabel('Theme').inputValue()).toBe('dark');
    await page.reload();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });
});

describe('one page', () => {
  it('has one stream, whatever it shows, and begins at the head of what a link leads to', async () => {
    await open();
    for (const name of ['Incidents', 'Probes', 'Targets', 'Agents', 'Overview']) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
      await page.waitForFunction(() => document.activeElement?.id === 'main');
    }
    // On a busy machine it may just be coming back.
    const streams = async () =>
      /^outrider_streams (\d+)$/m.exec(await (await fetch(`${api.url}/metrics`)).text())?.[1];
    await expect.poll(streams, { timeout: 40_000 }).toBe('1');
    expect(complaints).toEqual([]);
  });

  it('says so where an address leads to nothing', async () => {
    await open({ path: '/regions/nowhere' });
    await page.getByText('No agent of this region has registered').waitFor();
    await page.getByRole('link', { name: 'All regions' }).click();
    await page.getByRole('heading', { name: 'Regions', exact: true }).waitFor();
  });

  it('leads those who come by a message of an earlier version to the incident', async () => {
    api.shelf.put('opened', incidentOf());
    await open({ path: '/#incident-inc-1-region-eu-west' });
    await page.waitForURL('**/incidents/inc-1-region-eu-west');
  });
});

describe('everybody can read it', () => {
  it('has landmarks, one title, and names for its charts', async () => {
    await runsIn('eu-west', 20);
    await open();
    await row('eu-west')
      .getByRole('img', { name: /^(TTFB|First frame), median of each 10 s/ })
      .waitFor();
    for (const role of ['banner', 'main', 'contentinfo'] as const)
      expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('navigation').count()).toBe(2);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('tells each state by a word and a shape, not by colour alone', async () => {
    await everyState();
    await open();
    await row('sa-east').getByText('Silent', { exact: true }).waitFor();
    const rows = await page.locator('table tbody tr').evaluateAll((elements) =>
      elements.map((element) => ({
        word: element.querySelector('.state-word')?.textContent,
        shape: [...element.querySelectorAll('.icon path')].map((path) => path.outerHTML).join(),
      })),
    );
    expect(rows.map(({ word }) => word)).toEqual(['Degraded', 'Silent', 'No data', 'OK']);
    expect(new Set(rows.map(({ shape }) => shape)).size).toBe(4);
  });

  it.each(['light', 'dark'] as const)('keeps a contrast of 4.5 : 1 for all text, %s', async (scheme) => {
    await everyState();
    await open({ scheme });
    await row('sa-east').getByText('Silent', { exact: true }).waitFor();
    const { ratio, text } = await page.evaluate(leastContrast);
    expect({ text, ratio, enough: ratio >= 4.5 }).toMatchObject({ enough: true });
  });

  it('shows every column of the regions on a small laptop', async () => {
    await api.connect('ap-southeast-1', 'ap-southeast');
    const metrics = {
      video_startup_ms: 1312,
      first_frame_ms: 1188,
      ttfb_ms: 121,
      upload_goodput_bps: 409.6e6,
    };
    const state = { eventLoopDelayMs: 90, cpuRatio: 1, rssBytes: 7e7, clockOffsetMs: 0, disturbed: true };
    await api.insert('ap-southeast', [
      ...Array.from({ length: 122 }, () => ({ metrics })),
      { metrics, state },
    ]);
    pass();
    await open();
    await expect.poll(() => cell('ap-southeast', /^Success/)).toContain('122 runs, 1 disturbed');
    const box = page.locator('.scroll', { has: page.getByRole('table', { name: 'Regions' }) });
    expect(await box.evaluate(({ clientWidth, scrollWidth }) => scrollWidth - clientWidth)).toBe(0);
  });

  it.each([320, 390, 768, 1280])('fits a screen %d pixels wide', async (width) => {
    await everyState();
    await open({ width });
    await row('sa-east').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});

it('the page talks to its collector and to nobody else', async () => {
  await open();
  expect([...hosts]).toEqual([new URL(api.url).host]);
});
