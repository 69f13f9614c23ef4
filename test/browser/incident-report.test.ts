/** A report of an incident as a browser shows it: light and dark, wide and narrow, on paper, with nothing loaded and nothing run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentReport } from '../../cli/report/incident-report.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { reportData } from '../cli/report/report-data.ts';
import { leastContrast } from './contrast.ts';

const folder = mkdtempSync(join(tmpdir(), 'outrider-report-'));
const file = join(folder, 'report.html');
let browser: Browser;

beforeAll(async () => {
  writeFileSync(file, incidentReport(reportData(), { nowMs: Date.parse('2026-11-21T12:30:00Z') }));
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(
  size: { readonly width: number; readonly height: number },
  colorScheme: 'light' | 'dark',
): Promise<{ readonly page: Page; readonly said: string[]; readonly asked: string[] }> {
  const page = await browser.newPage({ viewport: size, colorScheme });
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, said, asked };
}

describe('a report in a browser', () => {
  it.each([
    [1200, 'light'],
    [1200, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)(
    'at %i pixels in %s loads nothing, says nothing and needs no sideways scrolling',
    async (width, scheme) => {
      const { asked, page, said } = await opened({ width, height: 844 }, scheme);
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
      expect(said).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      const { ratio, text } = await page.evaluate(leastContrast);
      expect(ratio, text).toBeGreaterThanOrEqual(4.5);
      expect(ground).toBe(scheme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(11, 16, 21)');
      await page.close();
    },
  );

  it('has drawings that are well-formed XML, drawn with something in them', async () => {
    const { page } = await opened({ width: 1200, height: 900 }, 'light');
    const drawings = await page.locator('figure svg[role=img]').evaluateAll((all) =>
      all.map((one) => {
        const text = new XMLSerializer().serializeToString(one);
        const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
        return [
          parsed.querySelector('parsererror') === null,
          one.querySelectorAll('path,rect,circle').length > 0,
        ];
      }),
    );
    expect(drawings.length).toBeGreaterThanOrEqual(5);
    expect(drawings.flat().every(Boolean)).toBe(true);
    await page.close();
  });

  it('is read by who cannot see it: a heading for each part, plots by their names, tables opened by the keyboard', async () => {
    const { page } = await opened({ width: 1200, height: 900 }, 'light');
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.getByRole('img', { name: /^ttfb_ms, in region:eu-west and elsewhere/ }).count()).toBe(
      1,
    );
    const summary = page.locator('summary').first();
    await summary.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'p50 here' }).waitFor();
    await page.close();
  });

  it('is printed dark on white, with the tables behind its plots', async () => {
    const { page } = await opened({ width: 1200, height: 900 }, 'dark');
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)');
    await page.close();
  });
});
