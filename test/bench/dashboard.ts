/**
 * The dashboard over a real fleet: 1,000 agents in 30 regions by `simulate`, in a real Chromium. From the start of the navigation until the
 * map and the table are painted, cold and warm; the peer is the same page as static HTML, with the same elements and style and no script
 * but the one that takes the time. Beside it what goes over the wire.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../probes/browser/find.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { fleetSettings } from './support/fleet-settings.ts';
import { FleetStage } from './support/fleet-stage.ts';
import { percentile } from './support/stats.ts';

const AGENTS = 1000;
const RATE = 100;
const REGIONS = 30;
const ROUNDS = 15;
/** Until figures and sparks of a minute are there. */
const SETTLE_MS = 60_000;
const EVENTS = 5;
const GOAL_MS = 1000;
const EVENT_BYTES = 64_000;
const PAGE_BYTES = 150_000;

export const dashboardBenchmark: Benchmark = {
  name: 'dashboard',
  summary: 'The first view of the dashboard with 1,000 agents and 30 regions, and what goes over the wire.',
  run,
};

async function run(progress: Progress): Promise<Row[]> {
  const found = await findBrowser();
  if (!found.ok) throw new Error(found.failure.message);
  const { engine } = fleetSettings();
  const stage = await FleetStage.start({ engine, agents: AGENTS, ratePerS: RATE, progress });
  const browser = await chromium.launch({ executablePath: found.build.path, args: ['--no-sandbox'] });
  try {
    progress('waiting for a minute of figures');
    await sleep(SETTLE_MS);
    const events = await eventSizes(stage.url);
    progress('opening the page, cold and warm');
    const views = await measure(browser, stage.url);
    const still = await serveStill(views.html);
    progress('the same as a static page');
    const peers = await measure(browser, still.url).finally(still.close);
    const peer = (times: readonly number[]) => ({
      name: 'the same as a static page',
      value: percentile(times, 0.5),
    });
    return [
      row('first_view_cold_p50', percentile(views.cold, 0.5), 'ms', {
        peer: peer(peers.cold),
        goal: atMost(GOAL_MS),
      }),
      row('first_view_cold_p95', percentile(views.cold, 0.95), 'ms', { goal: atMost(GOAL_MS) }),
      row('first_view_warm_p50', percentile(views.warm, 0.5), 'ms', { peer: peer(peers.warm) }),
      row('first_view_transfer', views.bytes, 'bytes', { goal: atMost(PAGE_BYTES) }),
      row('overview_event_largest', Math.max(...events), 'bytes', { goal: atMost(EVENT_BYTES) }),
    ];
  } finally {
    await browser.close();
    await stage.stop();
  }
}

interface Views {
  /** Milliseconds of each round. */
  readonly cold: readonly number[];
  readonly warm: readonly number[];
  /** Over the wire for a cold view, the stream left out. */
  readonly bytes: number;
  /** What it drew, with its style, and without script. */
  readonly html: string;
}

/** Each round in a profile of its own: once with an empty cache, once more. */
async function measure(browser: Browser, url: string): Promise<Views> {
  const [cold, warm]: [number[], number[]] = [[], []];
  let bytes = 0;
  let html = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(watch, REGIONS);
    let received = 0;
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
      received += encodedDataLength;
    });
    for (const times of [cold, warm]) {
      await page.goto(url);
      const painted = await page.waitForFunction(() => (globalThis as { paintedMs?: number }).paintedMs);
      times.push(Number(await painted.jsonValue()));
      if (times === cold) bytes = Math.max(bytes, received);
    }
    html = await page.evaluate(() => {
      const style = [...document.styleSheets].flatMap((sheet) =>
        [...sheet.cssRules].map((rule) => rule.cssText),
      );
      return `<!doctype html><meta charset="utf-8"><style>${style.join('\n')}</style>${document.body.outerHTML}`;
    });
    await context.close();
  }
  return { cold, warm, bytes, html };
}

/** Runs in the page: notes when a mark and a row of each region have been painted, counted from the start of the navigation. */
function watch(regions: number): void {
  const look = (): void => {
    const marks = document.querySelectorAll('.world-map .mark').length;
    const rows = document.querySelectorAll('main tbody tr').length;
    if (marks < regions || rows < regions) {
      requestAnimationFrame(look);
      return;
    }
    // The frame after the one that has them: it is on the screen.
    requestAnimationFrame(() =>
      setTimeout(() => {
        (globalThis as { paintedMs?: number }).paintedMs = performance.now();
      }),
    );
  };
  requestAnimationFrame(look);
}

async function serveStill(html: string): Promise<{ url: string; close: () => void }> {
  const body = Buffer.from(html);
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
    response.end(request.url === '/' ? body : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Bytes of the first events of the stream. */
async function eventSizes(url: string): Promise<number[]> {
  const stopping = new AbortController();
  const response = await fetch(`${url}/api/v1/stream`, { signal: stopping.signal });
  const sizes: number[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    sizes.push(
      ...events
        .filter((event) => event.startsWith('event: overview'))
        .map((event) => Buffer.byteLength(event)),
    );
    if (sizes.length >= EVENTS) break;
  }
  stopping.abort();
  return sizes;
}
