import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrowserTab } from '../../probes/browser/browser.ts';
import { createBrowser, type WarmBrowser } from '../../probes/browser/launch.ts';
import { BROWSER_LIMITS } from '../../probes/browser/limits.ts';
import { browserOf, clock, networkOf } from './probe-browser.ts';

let tempDirectory: string;
let browser: WarmBrowser;

beforeEach(() => {
  tempDirectory = mkdtempSync(join(tmpdir(), 'browser-test-'));
});
afterEach(async () => {
  await browser?.close();
  rmSync(tempDirectory, { recursive: true, force: true });
});

const soon = () => AbortSignal.timeout(30_000);
const forever = (tab: BrowserTab) => tab.page.evaluate(() => new Promise<number>(() => {}));

/** Processes of browsers whose profile is in the directory of this test. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(tempDirectory);
    } catch {
      return false;
    }
  });
}

const profiles = () => readdirSync(tempDirectory);

/** Gone, zombies that nobody has reaped yet aside. */
async function nothingLeft(): Promise<void> {
  await expect.poll(() => [...processes(), ...profiles()], { timeout: 5000 }).toEqual([]);
}

describe('a warm browser', () => {
  it('starts nothing before it is needed', async () => {
    browser = await browserOf({ tempDirectory });
    expect(profiles()).toEqual([]);
    expect(browser.pid).toBeUndefined();
  });

  it('serves every run from one process, each in a context of its own', async () => {
    browser = await browserOf({ tempDirectory });
    const pids = new Set<number | undefined>();
    for (const value of ['first', 'second', 'third']) {
      const stored = await browser.withTab(soon(), async ({ page, context }) => {
        pids.add(browser.pid);
        const before = await context.cookies();
        await context.addCookies([{ name: 'run', value, url: 'http://video.test/' }]);
        return { before, contexts: await page.evaluate(() => history.length) };
      });
      expect(stored).toMatchObject({ before: [] });
    }
    expect(pids.size).toBe(1);
    expect(browser.counts).toMatchObject({ launches: 1, runs: 3, spent: 0 });
  });

  it('knows after its launch what it decodes, and has played once', async () => {
    browser = await browserOf({ tempDirectory });
    expect(browser.build.codecs).toBeUndefined();
    expect(await browser.warm(soon())).toBeUndefined();
    expect(browser.build.codecs).toMatchObject({ h264: true, aac: true });
    expect(await browser.withTab(soon(), async ({ coldPlayer }) => coldPlayer)).toBe(false);
  });

  it('shows services what plays and who asks', async () => {
    browser = await browserOf({ tempDirectory, userAgent: 'Outrider/9.9 (+synthetic probe)' });
    const agent = await browser.withTab(soon(), ({ page }) => page.evaluate(() => navigator.userAgent));
    expect(agent).toMatch(/^Mozilla.*Chrome\/\d+.* Outrider\/9\.9 \(\+synthetic probe\)$/);
  });

  it('has the viewport of a phone', async () => {
    browser = await browserOf({ tempDirectory });
    const size = await browser.withTab(soon(), ({ page }) => page.evaluate(() => [innerWidth, innerHeight]));
    expect(size).toEqual([360, 640]);
  });

  it('ends with nothing left: no process, no profile', async () => {
    browser = await browserOf({ tempDirectory });
    await browser.warm(soon());
    expect(profiles()).toHaveLength(1);
    expect(processes().length).toBeGreaterThan(1);
    await browser.close();
    await nothingLeft();
    expect(await browser.withTab(soon(), async () => 'ran')).toMatchObject({
      failure: { code: 'browser_launch', blame: 'agent' },
    });
  });
});

describe('when a run goes wrong', () => {
  it('a browser that is killed is browser_crashed, and the next run has another', async () => {
    browser = await browserOf({ tempDirectory });
    await browser.warm(soon());
    const killed = browser.pid as number;
    const result = await browser.withTab(soon(), (tab) => {
      setTimeout(() => process.kill(-killed, 'SIGKILL'), 100);
      return forever(tab);
    });
    expect(result).toMatchObject({ failure: { code: 'browser_crashed', layer: 'agent', blame: 'agent' } });
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
    expect(browser.pid).not.toBe(killed);
    expect(browser.counts).toMatchObject({ launches: 2, spent: 1 });
    expect(profiles()).toHaveLength(1);
  });

  it('a browser that dies between runs is replaced without a failed run', async () => {
    browser = await browserOf({ tempDirectory });
    await browser.warm(soon());
    process.kill(-(browser.pid as number), 'SIGKILL');
    await expect.poll(() => browser.pid).toBeUndefined();
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
  });

  it('a page that crashes is browser_crashed, and the browser lives on', async () => {
    browser = await browserOf({ tempDirectory });
    const result = await browser.withTab(soon(), ({ page }) => page.goto('chrome://crash'));
    expect(result).toMatchObject({ failure: { code: 'browser_crashed', blame: 'agent' } });
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
    expect(browser.counts.launches).toBe(1);
  });

  it('a page that never answers ends at the deadline of the run, and its context is closed', async () => {
    browser = await browserOf({ tempDirectory });
    await browser.warm(soon());
    let tab: BrowserTab | undefined;
    const result = await browser.withTab(AbortSignal.timeout(400), (opened) => {
      tab = opened;
      return forever(opened);
    });
    expect(result).toMatchObject({ failure: { code: 'timeout', blame: 'unknown' } });
    expect(tab?.page.isClosed()).toBe(true);
  });

  it('a page that holds its thread for ever does not hold the agent', async () => {
    browser = await browserOf({ tempDirectory, limits: { closeMs: 1500 } });
    await browser.warm(soon());
    const result = await browser.withTab(AbortSignal.timeout(500), ({ page }) =>
      page.evaluate(() => {
        for (;;);
      }),
    );
    expect(result).toMatchObject({ failure: { code: 'timeout' } });
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
  });

  it('a frozen browser is killed with its whole group when it does not close its tab', async () => {
    browser = await browserOf({ tempDirectory, limits: { closeMs: 500 } });
    await browser.warm(soon());
    const frozen = browser.pid as number;
    const result = await browser.withTab(AbortSignal.timeout(800), (tab) => {
      process.kill(-frozen, 'SIGSTOP');
      return forever(tab);
    });
    expect(result).toMatchObject({ failure: { code: 'timeout' } });
    expect(browser.counts.spent).toBe(1);
    await nothingLeft();
  });

  it('a frozen browser that opens no tab is browser_crashed, and is killed with its whole group', async () => {
    const openMs = BROWSER_LIMITS.openMs.value / 20;
    browser = await browserOf({ tempDirectory, limits: { openMs, closeMs: 300 } });
    await browser.warm(soon());
    process.kill(-(browser.pid as number), 'SIGSTOP');
    const result = await browser.withTab(soon(), async () => 'ran');
    expect(result).toMatchObject({ failure: { code: 'browser_crashed', layer: 'agent', blame: 'agent' } });
    expect(result).toMatchObject({ failure: { message: expect.stringContaining(`within ${openMs} ms`) } });
    expect(browser.counts.spent).toBe(1);
    await nothingLeft();
  });

  it('a bug in the work is thrown, and its context is closed all the same', async () => {
    browser = await browserOf({ tempDirectory, limits: { crashNoticeMs: 50 } });
    let tab: BrowserTab | undefined;
    const work = async (opened: BrowserTab) => {
      tab = opened;
      throw new TypeError('a bug');
    };
    await expect(browser.withTab(soon(), work)).rejects.toThrow('a bug');
    expect(tab?.page.isClosed()).toBe(true);
    expect(browser.counts.spent).toBe(0);
  });
});

describe('an agent that is killed', () => {
  it('leaves no browser running, and its profile is wiped by the next one', async () => {
    const script = fileURLToPath(new URL('./abandoned-agent.ts', import.meta.url));
    const agent = spawn(process.execPath, [script, tempDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(agent.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('warm');
    expect(processes().length).toBeGreaterThan(1);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    await expect.poll(processes, { timeout: 10_000 }).toEqual([]);
    const left = profiles();
    browser = await browserOf({ tempDirectory });
    await browser.warm(soon());
    expect(profiles()).toHaveLength(1);
    expect(profiles()).not.toEqual(left);
  });
});

describe('a browser grows old', () => {
  it('and is replaced after so many runs, between them', async () => {
    browser = await browserOf({ tempDirectory, limits: { runs: 2 } });
    const pids = [];
    for (let run = 0; run < 3; run += 1) pids.push(await browser.withTab(soon(), async () => browser.pid));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[0]);
    expect(browser.counts).toMatchObject({ launches: 2, recycled: 1, spent: 0 });
    expect(profiles()).toHaveLength(1);
  });

  it('and is replaced when it holds too much memory', async () => {
    browser = await browserOf({ tempDirectory, limits: { rssBytes: 1, weighedRuns: 2 } });
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
    // Not looked at yet.
    expect(browser.counts.recycled).toBe(0);
    expect(await browser.withTab(soon(), async () => 'fine')).toBe('fine');
    expect(browser.counts.recycled).toBe(1);
    await nothingLeft();
  });
});

describe('a program that is no browser', () => {
  const build = { version: 'Chromium 1.0', headless: 'shell' } as const;

  it('that ends at once is browser_launch, with what it said, and leaves no profile', async () => {
    browser = createBrowser({
      build: { ...build, path: '/bin/ls' },
      network: networkOf(),
      clock,
      tempDirectory,
    });
    const failure = await browser.warm(soon());
    expect(failure).toMatchObject({ code: 'browser_launch', layer: 'agent', blame: 'agent' });
    expect(failure?.message).toMatch(/\/bin\/ls would not start: ended with code \d.* It said: .*option/s);
    expect(profiles()).toEqual([]);
  });

  it('that is not there is browser_launch', async () => {
    browser = createBrowser({
      build: { ...build, path: '/no/such/browser' },
      network: networkOf(),
      clock,
      tempDirectory,
    });
    expect((await browser.warm(soon()))?.message).toContain('ENOENT');
    expect(existsSync(tempDirectory)).toBe(true);
    expect(profiles()).toEqual([]);
  });

  it('that never answers is killed at the deadline of the launch', async () => {
    const path = join(import.meta.dirname, 'silent-program.sh');
    browser = createBrowser({
      build: { ...build, path },
      network: networkOf(),
      clock,
      tempDirectory,
      limits: { launchMs: 300 },
    });
    expect((await browser.warm(soon()))?.message).toContain('was not ready within 300 ms');
    await nothingLeft();
  });
});
