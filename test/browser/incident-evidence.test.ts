import { mkdirSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runOf } from '../../collector/evidence/evidence-reader.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import type { Evidence } from '../../probes/evidence.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';
import { leastContrast } from './contrast.ts';

const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'`;
/** Would turn around what stands after it, and hide it. */
const TURNED = 'good\u202elive\u0000\u200b';
/** A picture of one pixel. */
const JPEG =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=';

const FAILED = {
  outcome: 'fail',
  failure: { layer: 'http', blame: 'target', code: 'status', message: `expected 200, got 503 ${HOSTILE}` },
  metrics: {},
} as const;

const EVIDENCE: Evidence = {
  dials: [
    {
      ...{ host: 'video.example', port: 443, startMs: 0, address: '192.0.2.7', dnsMs: 3, connectMs: 11 },
      ...{ tlsMs: 24, tlsVersion: 'TLSv1.3', alpn: 'h2' },
      certificate: {
        ...{ subject: `CN=${HOSTILE}`, issuer: 'CN=Some CA', names: 'DNS:video.example' },
        ...{ validFrom: '2026-01-01T00:00:00Z', validTo: '2026-12-31T00:00:00Z', fingerprint256: 'AA' },
      },
    },
    {
      ...{ host: 'other.example', port: 80, startMs: 40 },
      failed: { layer: 'dns', code: 'nxdomain', message: TURNED },
    },
  ],
  requests: [
    {
      ...{ method: 'GET', url: `https://video.example/${'long/'.repeat(60)}`, startMs: 40, headMs: 260 },
      headers: { accept: '*/*', 'x-secret': '[redacted]' },
      ...{ status: 503, answerHeaders: { server: HOSTILE, 'x-pop': 'fra1' } },
      ...{ bodyBytes: 90_000, body: `<html>\n${HOSTILE}\n${'no-blanks'.repeat(200)}`, bodyCut: true },
    },
  ],
  requestsLeftOut: 3,
  phases: [
    { name: 'dns', startMs: 0, durationMs: 3 },
    { name: 'connect', startMs: 3, durationMs: 11 },
    { name: 'tls', startMs: 14, durationMs: 24 },
    { name: HOSTILE, startMs: 40, durationMs: 220, note: HOSTILE },
  ],
  screenshot: { type: 'image/jpeg', base64: JPEG },
};

const INCIDENT = incidentOf({
  id: 'inc-1',
  summary: 'eu-west: failures of front-page on origin went from 0% to 100%.',
  evidence: {
    ...incidentOf().evidence,
    confirmations: [
      {
        ...{ region: 'eu-west', agent: 'eu-west-1', probe: 'front-page', target: 'origin' },
        ...{ metric: 'ttfb_ms', verdict: 'region', requestId: 'r1', askedMs: 0, settledMs: 2400 },
        answers: [
          answer('eu-west-1', 'same', { outcome: 'fail', raised: true, code: 'status' }),
          answer('eu-west-2', 'sibling', { outcome: 'ok', raised: true, value: 412.5, limit: 31 }),
          answer(HOSTILE, 'sibling', { outcome: 'silent', raised: null }),
          answer('us-east-1', 'neighbour', { outcome: 'ok', raised: false, value: 20, limit: 33 }),
        ],
      },
    ],
  },
});

function answer(agent: string, role: 'same' | 'sibling' | 'neighbour', more: object) {
  const region = role === 'neighbour' ? 'us-east' : 'eu-west';
  const none = { value: null, limit: null, code: '', runId: '', outcome: 'ok', raised: null } as const;
  return { agent, region, role, network: 'AS3320 Example Telekom', ...none, ...more };
}

let browser: Browser;
let api: RunningApi;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  api = await startApi({ tickMs: 100 });
  await api.registry.apply(SPEC);
});
afterEach(async () => {
  await page?.context().close();
  await api.close();
});

/** A failed run with what it had to show, as an agent sends it. */
async function failedRun(evidence: unknown): Promise<string> {
  await api.insert('eu-west', [{ ...FAILED, scheduledMs: api.clock.nowMs - 20_000 }]);
  const [row] = await api.store.query<
    Record<'run_id' | 'agent' | 'boot' | 'probe' | 'target', string> & { at: number }
  >(
    `SELECT run_id, agent, boot, probe, target, toUnixTimestamp64Milli(scheduled_at) AS at
     FROM results ORDER BY seq DESC LIMIT 1`,
  );
  if (!row) throw new Error('no run');
  const key = { ...row, scheduled_at: new Date(row.at).toISOString(), request_id: '' };
  const { agent, probe, target, at } = row;
  await api.store.insertRows('evidence', [
    { agent, probe, target, at, run: runOf(key), evidence: JSON.stringify(evidence) },
  ]);
  return row.run_id;
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
  await page.getByRole('heading', { name: 'Who was told' }).waitFor();
  await page.locator('main[aria-busy=false]').waitFor();
}

async function openRun(): Promise<void> {
  await page.locator('main .runs summary').first().click();
  await page.locator('.run-evidence').first().locator('h4').first().waitFor();
}

/** What a test leaves for people to look at, where they ask for it. */
async function keepPicture(name: string): Promise<void> {
  const folder = process.env.OUTRIDER_TEST_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

describe('the evidence of an incident', () => {
  it('shows who was asked to look again, what they saw, and who did not answer', async () => {
    api.shelf.put('opened', INCIDENT);
    await open();
    await page.locator('.look').waitFor();
    const rows = await page.locator('.look tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())).toEqual([
      'eu-west-1 saw it first · AS3320 Example Telekom ▲ failed: status',
      'eu-west-2 same region · AS3320 Example Telekom ▲ 413 ms, normal to 31 ms',
      `${HOSTILE} same region · AS3320 Example Telekom – did not answer`,
      'us-east-1 neighbouring region · AS3320 Example Telekom ✓ 20 ms, normal to 33 ms',
    ]);
    await page.getByText('the region did, its neighbour did not · answers within 2 s').waitFor();
    expect(complaints).toEqual([]);
  });

  it.each([
    [1280, 'light'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)(
    'shows what failed runs saw, as the text that it is, %i pixels wide, %s',
    async (width, scheme) => {
      await failedRun(EVIDENCE);
      api.shelf.put('opened', INCIDENT);
      await open(width, scheme);
      await openRun();
      const shown = page.locator('.run-evidence').first();
      const text = await shown.innerText();
      expect(text).toContain(`expected 200, got 503 ${HOSTILE}`);
      expect(text).toContain('192.0.2.7 · TLSv1.3 · h2 · dns 3 ms · connect 11 ms · tls 24 ms');
      expect(text).toContain(`Certificate of CN=${HOSTILE}, for DNS:video.example`);
      expect(text).toContain('failed, dns/nxdomain: good\\u202elive\\u0000\\u200b');
      expect(text).toContain(`< server: ${HOSTILE}`);
      expect(text).toContain('503 after 220 ms');
      expect(text).toContain('(90000 bytes in all)');
      expect(text).toContain('Requests (3 earlier ones are left out)');
      expect(await shown.locator('.waterfall tbody tr').count()).toBe(EVIDENCE.phases.length);
      const picture = shown.locator('img');
      await picture.scrollIntoViewIfNeeded();
      await expect.poll(() => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBe(1);
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expect(await page.locator('main script, main [onerror]').count()).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.evaluate(leastContrast)).toMatchObject({
        ratio: expect.toSatisfy((ratio) => ratio >= 4.5),
      });
      expect(complaints).toEqual([]);
      await keepPicture(`incident-${width}-${scheme}`);
    },
  );

  it('stays open, with what was opened in it, while the incident goes on and another look comes', async () => {
    await failedRun(EVIDENCE);
    api.shelf.put('opened', INCIDENT);
    await open();
    await openRun();
    const [first] = INCIDENT.evidence.confirmations ?? [];
    if (!first) throw new Error('no confirmation');
    const evidence = { ...INCIDENT.evidence, confirmations: [first, { ...first, verdict: 'gone' as const }] };
    api.shelf.put('updated', { ...INCIDENT, evidence });
    api.clock.nowMs += 1000;
    await page.getByText('nobody of the region saw it any more').waitFor({ timeout: 15_000 });
    expect(await page.locator('.run-evidence h4').count()).toBeGreaterThan(0);
  });

  it('makes the best of evidence that is not what it should be, and draws no more than a page bears', async () => {
    const many = (one: unknown) => Array.from({ length: 500 }, () => one);
    await failedRun({
      dials: many({ host: { a: 1 }, port: [], certificate: 7, failed: null, dnsMs: 'x' }),
      requests: many({ method: 5, headers: many('x'), body: 'b'.repeat(90), status: '200' }),
      phases: many({ name: null, startMs: -5, durationMs: 1e300 }),
      ...{ requestsLeftOut: 'many', screenshot: { type: 'text/html', base64: 'PHNjcmlwdD4=' } },
    });
    api.shelf.put('opened', INCIDENT);
    await open();
    await openRun();
    const shown = page.locator('.run-evidence').first();
    expect(await shown.locator('.waterfall tbody tr').count()).toBe(64);
    expect(await shown.locator('ul > li').count()).toBe(8 + 24);
    expect((await page.locator('.run-evidence *').count()) < 2000).toBe(true);
  });

  it('says that a picture that is none is not there: nothing else is ever served as one', async () => {
    const run = await failedRun({ ...EVIDENCE, screenshot: { type: 'text/html', base64: 'PHNjcmlwdD4=' } });
    const response = await fetch(`${api.url}/api/v1/results/${encodeURIComponent(run)}/screenshot`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('json');
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('serves a picture as a picture alone', async () => {
    const run = await failedRun(EVIDENCE);
    const response = await fetch(`${api.url}/api/v1/results/${encodeURIComponent(run)}/screenshot`);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(Buffer.from(await response.arrayBuffer()).toString('base64')).toBe(JPEG);
  });

  it('says when it cannot be loaded, and why, and tries again', async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    await page.route('**/api/v1/incidents/inc-1', (route) => route.abort());
    api.shelf.put('opened', INCIDENT);
    await page.goto(`${api.url}/incidents/inc-1`);
    await page.getByRole('alert').getByText('The collector cannot be reached.').waitFor();
    await page.unroute('**/api/v1/incidents/inc-1');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.look').first().waitFor();
  });

  it('says so where nobody looked and no run failed', async () => {
    api.shelf.put('opened', incidentOf({ id: 'inc-1' }));
    await open();
    await page.getByText('Nobody was asked to look again.').waitFor();
    await page.getByText('No failed run was kept.').waitFor();
  });
});
