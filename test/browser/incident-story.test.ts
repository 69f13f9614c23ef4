/** An incident as people read it: where, who sees it, before and since, what was changed, what became of it, who was told. */
import { mkdirSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../collector/detect/incident.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';
import { type HttpReceiver, startReceiver, status } from '../collector/notify/http-receiver.ts';
import { leastContrast } from './contrast.ts';

const HOSTILE = `<img src=x onerror="window.hacked=1">"'`;
const HOUR = 3_600_000;

let browser: Browser;
let api: RunningApi;
let hook: HttpReceiver;
let page: Page;
let complaints: string[];
let startMs: number;

beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  hook = await startReceiver(status(200));
  process.env.OUTRIDER_TEST_HOOK = hook.url;
  // Now: silences are stamped by the clock of the store, and have a time to live.
  startMs = Math.floor(Date.now() / HOUR) * HOUR;
  api = await startApi({
    startMs,
    tickMs: 100,
    notify: {
      version: 1,
      receivers: [
        { name: 'pager', type: 'webhook', url: { env: 'OUTRIDER_TEST_HOOK' } },
        { name: 'mail-relay', type: 'webhook', url: { env: 'OUTRIDER_TEST_NOWHERE' } },
        { name: 'later', type: 'webhook', url: { env: 'OUTRIDER_TEST_HOOK' } },
      ],
      routes: [
        { name: 'pages', receivers: ['pager', 'mail-relay'], continue: true },
        { name: 'tickets', receivers: ['later'], wait: '1h' },
      ],
    },
  });
  await api.registry.apply(SPEC);
});
afterEach(async () => {
  delete process.env.OUTRIDER_TEST_HOOK;
  await page?.context().close();
  await api.close();
  await hook.close();
});

const names = (region: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${region}-${from + i}`);

/** One with all that there can be. */
function incident(more: Partial<Incident> = {}): Incident {
  const startedMs = startMs - 240_000;
  const detectedMs = startedMs + 11_000;
  const sight = (region: string, seen: object) => ({
    ...{ region, raised: [], well: [], silent: [], noData: [], leftOut: 0 },
    ...seen,
  });
  return incidentOf({
    ...{ id: 'inc-1', startedMs, detectedMs },
    summary: 'eu-west: TTFB of front-page on origin went from 24 ms to 420 ms.',
    evidence: {
      ...incidentOf().evidence,
      agents: names('eu-west', 1, 5),
      agentsHeard: 6,
      silentAgents: ['eu-west-7'],
      cells: [
        {
          ...{ region: 'eu-west', probe: 'front-page', target: 'origin', metric: 'ttfb_ms' },
          ...{ evidence: 1e6, share: 1, agents: 6 },
        },
      ],
      place: {
        ...{ verdict: 'REGION', share: 0.914 },
        alternatives: [{ kind: 'isp', isp: `Cable Two ${HOSTILE}`, region: 'eu-west' }],
      },
      impact: { share: 0.23, size: 1, score: 0.23 },
      unaffected: ['us-east', 'ap-south', 'sa-east'].map((name) => ({ kind: 'region', name, share: 0 })),
      sight: [
        sight('eu-west', {
          ...{ raised: names('eu-west', 1, 5), well: ['eu-west-6'], silent: ['eu-west-7'] },
          noData: ['eu-west-8'],
        }),
        sight('ap-south', { well: names('ap-south', 1, 40), leftOut: 12 }),
        sight('us-east', { well: names('us-east', 1, 6) }),
      ],
      changes: [
        {
          ...{ atMs: startedMs - 90_000, kind: 'deploy', name: 'web-142', text: `new TLS stack ${HOSTILE}` },
          ...{ where: { region: 'eu-west' }, relearn: false, leadMs: 90_000 },
        },
      ],
      timeline: [
        { atMs: startedMs, what: 'began', text: '' },
        { atMs: detectedMs, what: 'detected', text: 'agent:eu-west-1' },
        { atMs: detectedMs + 10_000, what: 'grew', text: 'region:eu-west' },
        { atMs: detectedMs + 20_000, what: 'severity', text: 'warning to critical' },
        { atMs: detectedMs + 40_000, what: 'took over', text: 'inc-0, agent:eu-west-2' },
      ],
    },
    ...more,
  });
}

/** Runs before it and since, and who was told. */
async function lived(): Promise<void> {
  const runs = Array.from({ length: 60 }, (_, i) => ({
    scheduledMs: startMs - 480_000 + i * 8000,
    metrics: { ttfb_ms: i < 30 ? 20 + (i % 9) : 380 + i, dns_ms: 3, connect_ms: 11 + (i % 2) },
  }));
  await api.insert('eu-west', [
    ...runs,
    {
      ...{ outcome: 'fail', scheduledMs: startMs - 30_000, metrics: {} },
      failure: { layer: 'http', blame: 'target', code: 'status', message: '503' },
    },
  ]);
  api.shelf.put('opened', incident());
  for (let i = 0; i < 3; i += 1) {
    await api.notifier.tick();
    await api.notifier.idle();
    api.clock.nowMs += 1000;
  }
}

async function open(width = 1280, scheme: 'light' | 'dark' = 'light'): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${api.url}/incidents/inc-1`);
  await settled();
}

/** Whole: what it reads besides the incident has come, too. */
async function settled(): Promise<void> {
  await page.locator('.timeline').waitFor();
  await page.locator('main[aria-busy=false]').waitFor();
}

/** What a test leaves for people to look at, where they ask for it. */
async function keepPicture(name: string): Promise<void> {
  const folder = process.env.OUTRIDER_TEST_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const part = async (title: string): Promise<string> =>
  (await page.getByRole('region', { name: title, exact: true }).first().innerText()).replaceAll(/\s+/g, ' ');

describe('an incident on the dashboard', () => {
  it('is where a message of an earlier version has led to, and tells where, since when and what became of it', async () => {
    await lived();
    await open();
    await page.goto(`${api.url}/#incident-inc-1`);
    await page.waitForURL('**/incidents/inc-1');
    await settled();
    const where = await part('Where');
    for (const words of [
      'Place REGION: a region',
      'Explains 91.4 %',
      'Not told apart isp Cable Two',
      '5 of 6 agents that were heard',
    ])
      expect(where).toContain(words);
    expect(where).toContain('Well beside it us-east, ap-south, sa-east');
    const steps = (await page.locator('.timeline li b').allInnerTexts()).join();
    expect(steps).toBe('began,detected,grew,severity,took over,told');
    expect(await part('Suspects: what changed')).toContain('deploy web-142, 1 min 30 s before it began');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await page.locator('main [onerror]').count()).toBe(0);
  });

  it('maps who sees it: a mark of its own for each state, with the name of the agent, and a count', async () => {
    await lived();
    await open();
    const rows = await page.locator('.sight tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
      'eu-west ▲ ▲ ▲ ▲ ▲ ✕ – ✓ 5 raised, 1 silent, 1 no data, 1 well',
      expect.stringMatching(/^ap-south (✓ ){40}40 well, 12 more$/),
      expect.stringMatching(/^us-east (✓ ){6}6 well$/),
    ]);
    await page.getByRole('img', { name: 'eu-west-7: silent' }).waitFor();
    await page.getByRole('img', { name: 'eu-west-8: no data' }).waitFor();
  });

  it('has medians and tails before and since, failed runs and the worst ones, which open', async () => {
    await lived();
    await open();
    expect(await part('Before and since')).toMatch(
      /ttfb_ms front-page on origin 24 ms 42\d ms p95 2\d ms 43\d ms/,
    );
    expect(await page.locator('h3').allInnerTexts()).toEqual([
      'Failed, the newest first',
      'Worst by time to first byte',
    ]);
    await page.locator('.runs summary').last().click();
    await page.locator('.run-evidence .waterfall').waitFor();
  });

  it('says who was told and when, whose receiver is down and when it is tried again, and who is held back', async () => {
    await lived();
    await open();
    const told = await part('Who was told');
    expect(told).toMatch(/pager opened [\d:]+ ✓ delivered/);
    expect(told).toMatch(/mail-relay opened [\d:]+ … receiver down, \d attempts?, next at [\d:]+: /);
    expect(told).toContain('tickets/later held back: its route waits a while');
    expect(await page.locator('.tags').innerText()).toMatch(
      /○ Not acknowledged[\s\S]*! 1 receiver told, 1 receiver not reached yet/,
    );
  });

  it('shows without being loaded again who has acknowledged it, and what keeps it quiet until when', async () => {
    await lived();
    await open();
    await api.send('POST', '/api/v1/incidents/inc-1/ack', { author: 'mara', comment: HOSTILE });
    api.clock.nowMs += 1000;
    await page.locator('.tag[data-kind="acknowledged"]').getByText('Acknowledged by mara').waitFor();
    await page.locator('.timeline').getByText('acknowledged').waitFor();
    const silence = { match: { region: 'eu-west' }, until: '2h', author: 'jo', comment: 'moving racks' };
    await api.send('POST', '/api/v1/silences', silence);
    api.clock.nowMs += 1000;
    const quiet = page.locator('.tag[data-kind="quiet"]');
    await quiet.waitFor();
    expect(await quiet.innerText()).toMatch(
      /⏸ Silenced by \w+ until [\w ,]*\d\d:\d\d:\d\d \(jo: moving racks\)/,
    );
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });

  it('is reached and read by the keyboard alone', async () => {
    await lived();
    await open();
    await page.goto(`${api.url}/incidents`);
    const link = page.getByRole('link', { name: /TTFB of front-page on origin/ });
    await link.waitFor();
    for (let i = 0; i < 24; i += 1) {
      await page.keyboard.press('Tab');
      if (await link.evaluate((element) => element === document.activeElement)) break;
    }
    expect(await link.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('.timeline').waitFor();
    const run = page.locator('.runs summary').first();
    await run.focus();
    await page.keyboard.press('Enter');
    await page.locator('.run-evidence').first().waitFor();
  });

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
    [320, 'light'],
  ] as const)('fits %i pixels and can be read, %s', async (width, scheme) => {
    await lived();
    if (scheme === 'dark')
      await api.send('POST', '/api/v1/incidents/inc-1/ack', {
        author: 'mara',
        comment: 'rolling back web-142',
      });
    await open(width, scheme);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await page.evaluate(leastContrast)).toMatchObject({
      ratio: expect.toSatisfy((ratio) => ratio >= 4.5),
    });
    expect(complaints).toEqual([]);
    await keepPicture(`story-${width}-${scheme}`);
  });

  it('of an earlier version, with no more than its sentence, is whole', async () => {
    api.shelf.put('opened', incidentOf({ id: 'inc-1' }));
    await open();
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(
      expect.arrayContaining(['In short', 'Where', 'What became of it', 'Who was told', 'What to run next']),
    );
    expect(await page.locator('.sight').count()).toBe(0);
  });
});
