import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from '../../probes/browser/find.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';
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
}

async function open({ width = 1280, scheme = 'light' }: View = {}): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  page = await context.newPage();
  complaints = [];
  hosts = new Set();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(api.url);
  await page.getByText('Live', { exact: true }).waitFor();
}

/** Lets time pass for the collector: the next tick makes a new overview. */
function pass(ms = 1000): void {
  api.clock.nowMs += ms;
}

const card = (region: string) =>
  page.locator('article').filter({ has: page.getByRole('heading', { name: region }) });

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
    await card('eu-west').getByText('OK', { exact: true }).waitFor();
    const text = await card('eu-west').innerText();
    expect(text).toContain('3 agents connected');
    expect(text).toMatch(/Video start-up, p50\s+3[12]\dms/);
    expect(text).toMatch(/TTFB, p50\s+(20|19\.\d)ms/);
    expect(text).toMatch(/Upload, p50\s+4\.2Mbit\/s/);
    expect(text).toMatch(/Success\s+100%/);
    await card('us-east').getByText('No data', { exact: true }).waitFor();
    expect(await card('us-east').innerText()).toContain('–');
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
    await card('eu-west').getByText('Degraded', { exact: true }).waitFor();
    await card('us-east').getByText('OK', { exact: true }).waitFor();
    const listed = page.locator('#incidents-open li');
    expect(await listed.innerText()).toMatch(
      /TTFB in eu-west rose[\s\S]*ttfb_ms, 20 ms → 420 ms[\s\S]*the network[\s\S]*11 s/,
    );
    expect(await page.title()).toBe('eu-west is degraded – Outrider');

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
    await api.hangUp();
    await page.getByText(/^Reconnecting – figures as of \d\d:\d\d:\d\d$/).waitFor();
    expect(await page.locator('body').getAttribute('data-stale')).toBe('true');
    expect(await card('eu-west').evaluate((element) => getComputedStyle(element).filter)).toBe(
      'grayscale(1)',
    );
    await api.listen();
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 20_000 });
    expect(await page.locator('body').getAttribute('data-stale')).toBe('false');
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
    await page.locator('#incidents-open .summary').getByText('<script>window.hacked=1</script>').waitFor();
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

describe('everybody can read it', () => {
  it('has landmarks, one title, and names for its charts', async () => {
    await runsIn('eu-west', 20);
    await open();
    for (const role of ['banner', 'main', 'contentinfo', 'navigation'] as const) {
      expect(await page.getByRole(role).count()).toBe(1);
    }
    expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual(['Outrider']);
    await card('eu-west')
      .getByRole('img', { name: /^(TTFB|First frame), median of each 10 s/ })
      .waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('tells each state by a word and a shape, not by colour alone', async () => {
    await everyState();
    await open();
    await card('eu-west').getByText('Degraded', { exact: true }).waitFor();
    const badges = await page.locator('article .badge').evaluateAll((elements) =>
      elements.map((element) => ({
        word: element.textContent,
        shape: [...element.querySelectorAll('path')].map((path) => path.outerHTML).join(),
      })),
    );
    expect(badges.map((badge) => badge.word).toSorted()).toEqual(['Degraded', 'No data', 'OK', 'Silent']);
    expect(new Set(badges.map((badge) => badge.shape)).size).toBe(4);
  });

  it.each(['light', 'dark'] as const)('keeps a contrast of 4.5 : 1 for all text, %s', async (scheme) => {
    await everyState();
    await open({ scheme });
    await card('sa-east').getByText('Silent', { exact: true }).waitFor();
    const { ratio, text } = await page.evaluate(leastContrast);
    expect({ text, ratio, enough: ratio >= 4.5 }).toMatchObject({ enough: true });
  });

  it.each([320, 390, 768, 1280])('fits a screen %d pixels wide', async (width) => {
    await everyState();
    await open({ width });
    await card('sa-east').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});

it('the page talks to its collector and to nobody else', async () => {
  await open();
  expect([...hosts]).toEqual([new URL(api.url).host]);
});
