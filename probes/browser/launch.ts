/** The warm browser: launched when first needed, kept from run to run, replaced when it is old, large, hung or dead. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '../net/network.ts';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import { createAdmission } from './admission.ts';
import type { Browser, BrowserBuild, BrowserCodecs } from './browser.ts';
import { type ChromiumProcess, startChromium } from './chromium-process.ts';
import { type BrowserLimits, DEFAULT_BROWSER_LIMITS } from './limits.ts';
import { type SocketProxy, startSocketProxy } from './socket-proxy.ts';
import { delay, runInTab, type TabHost } from './tab.ts';
import { askCodecs, codecFailure, playWarmUp } from './warm-up.ts';

export interface WarmBrowserOptions {
  /** From `findBrowser`. */
  readonly build: BrowserBuild;
  /**
   * Its address policy holds for every request of every page, its `connectTo` becomes host resolver rules. Its name servers,
   * family and certificate authorities do not reach the browser, which has its own.
   */
  readonly network: Network;
  readonly clock: Clock;
  /** Added to the browser's own User-Agent, so that services see both what plays and who asks. */
  readonly userAgent?: string;
  /** Where profiles are made and wiped; that of the system when absent. */
  readonly tempDirectory?: string;
  readonly limits?: Partial<BrowserLimits>;
}

export interface BrowserCounts {
  readonly launches: number;
  readonly runs: number;
  /** Replaced after a limit of runs or memory. */
  readonly recycled: number;
  /** Ended because it died, hung, or would not close a tab. */
  readonly spent: number;
}

export interface WarmBrowser extends Browser {
  /** Launches now, so that the first run need not. A failure is not final: the next run tries again. */
  warm(signal: AbortSignal): Promise<Failure | undefined>;
  /** Of the browser that runs now: the leader of its process group. */
  readonly pid: number | undefined;
  readonly counts: BrowserCounts;
}

interface Running extends TabHost {
  readonly process: ChromiumProcess;
  readonly codecs: BrowserCodecs;
  isSpent: boolean;
  runs: number;
}

type Launched =
  | { readonly ok: true; readonly running: Running }
  | { readonly ok: false; readonly failure: Failure };

/** Nothing is started until the first run or `warm`. */
export function createBrowser(options: WarmBrowserOptions): WarmBrowser {
  const limits = { ...DEFAULT_BROWSER_LIMITS, ...options.limits };
  const admission = createAdmission(options.network, options.clock, limits);
  const counts = { launches: 0, runs: 0, recycled: 0, spent: 0 };
  let build = options.build;
  let socketProxy: Promise<SocketProxy> | undefined;
  let current: Promise<Launched> | undefined;
  let running: Running | undefined;
  let runsNow = 0;
  let isClosed = false;

  async function launchOnce(): Promise<Launched> {
    counts.launches += 1;
    if (admission.isNeeded) socketProxy ??= startSocketProxy(options.network, limits);
    const launched = await launch(options, limits, socketProxy);
    if (!launched.ok) {
      current = undefined;
      return launched;
    }
    const browser = launched.running;
    running = browser;
    build = { ...build, codecs: browser.codecs, flags: browser.process.flags };
    // Between runs too, so that the next one does not find a dead browser.
    void browser.died.then(() => {
      browser.spend();
      return retireIfDue(browser);
    });
    if (isClosed) await retire(browser);
    return launched;
  }

  async function ready(signal: AbortSignal): Promise<Launched> {
    if (isClosed) return { ok: false, failure: launchFailure('The browser of this agent was closed.') };
    current ??= launchOnce();
    const launched = await Promise.race([current, aborted(signal)]);
    if (!launched.ok) return launched;
    const failure = codecFailure(build, launched.running.codecs);
    return failure ? { ok: false, failure } : launched;
  }

  async function retire(browser: Running): Promise<void> {
    if (running === browser) {
      running = undefined;
      current = undefined;
    }
    await (browser.isSpent ? browser.process.kill() : browser.process.close());
  }

  async function isTooLarge({ process, runs }: Running): Promise<boolean> {
    if (runs % limits.weighedRuns !== 0) return false;
    return ((await process.rssBytes()) ?? 0) >= limits.rssBytes;
  }

  /** Nobody else's run is cut short: the last one to leave turns off the light. */
  async function retireIfDue(browser: Running): Promise<void> {
    if (browser.isSpent) {
      if (running === browser) counts.spent += 1;
      return retire(browser);
    }
    if (runsNow > 0) return;
    if (browser.runs < limits.runs && !(await isTooLarge(browser))) return;
    if (running === browser) counts.recycled += 1;
    await retire(browser);
  }

  return {
    get build() {
      return build;
    },
    get pid() {
      return running?.process.pid;
    },
    get counts() {
      return { ...counts };
    },
    async warm(signal) {
      const launched = await ready(signal);
      return launched.ok ? undefined : launched.failure;
    },
    async withTab(signal, work) {
      const launched = await ready(signal);
      if (!launched.ok) return { failure: launched.failure };
      const host = launched.running;
      counts.runs += 1;
      host.runs += 1;
      runsNow += 1;
      try {
        return await runInTab({ host, admission, limits, signal }, work);
      } finally {
        runsNow -= 1;
        await retireIfDue(host);
      }
    },
    async close() {
      isClosed = true;
      await current?.catch(() => {});
      if (running) await retire(running);
      await (await socketProxy)?.close();
    },
  };
}

async function launch(
  options: WarmBrowserOptions,
  limits: BrowserLimits,
  socketProxy: Promise<SocketProxy> | undefined,
): Promise<Launched> {
  const { build, network } = options;
  let chromium: ChromiumProcess | undefined;
  const deadline = AbortSignal.timeout(limits.launchMs);
  try {
    const proxy = await socketProxy;
    chromium = await startChromium({
      build,
      ...(proxy ? { socketProxyPort: proxy.port } : {}),
      connectTo: network.options.connectTo,
      tempDirectory: options.tempDirectory ?? tmpdir(),
      limits,
    });
    const died = chromium.exited.then((how) => {
      throw new Error(how);
    });
    const late = aborted(deadline).then(() => {
      throw new Error(`it was not ready within ${limits.launchMs} ms`);
    });
    // A pipe that ends is often the first news of a death: it waits a moment for the cause.
    const attaching = attach(chromium, options, limits).catch(async (error: Error) => {
      await Promise.race([died, delay(limits.crashNoticeMs)]);
      throw error;
    });
    const running = await Promise.race([attaching, died, late]);
    return { ok: true, running };
  } catch (error) {
    await chromium?.kill();
    const complaints = ((await chromium?.complaints()) ?? '').split('\n').slice(-3).join(' ');
    const hint = complaints === '' ? '' : ` It said: ${complaints.slice(-500)}`;
    return {
      ok: false,
      failure: launchFailure(`${build.path} would not start: ${(error as Error).message}.${hint}`),
    };
  }
}

/** Loaded here and nowhere else: an agent without a browser never pays for it. */
export function loadDriver(): Promise<typeof import('playwright-core')> {
  return import('playwright-core');
}

async function attach(
  chromium: ChromiumProcess,
  options: WarmBrowserOptions,
  limits: BrowserLimits,
): Promise<Running> {
  const { chromium: driver } = await loadDriver();
  const playwright = await driver.connectOverCDP(chromium.transport, {
    artifactsDir: join(chromium.profileDirectory, 'artifacts'),
  });
  const devtools = await playwright.newBrowserCDPSession();
  const { userAgent } = await devtools.send('Browser.getVersion');
  const context = await playwright.newContext();
  const page = await context.newPage();
  const codecs = await askCodecs(page);
  const isWarm = codecs.h264 && codecs.aac && (await playWarmUp(page, limits.warmUpMs));
  await context.close();
  const running: Running = {
    process: chromium,
    playwright,
    codecs,
    died: chromium.exited,
    userAgent: options.userAgent ? `${userAgent} ${options.userAgent}` : userAgent,
    coldPlayer: !isWarm,
    isSpent: false,
    runs: 0,
    spend() {
      running.isSpent = true;
    },
  };
  return running;
}

function aborted(signal: AbortSignal): Promise<Launched> {
  return new Promise((resolve) => {
    const end = () =>
      resolve({ ok: false, failure: launchFailure('The deadline passed before the browser was ready.') });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function launchFailure(message: string): Failure {
  return { layer: 'agent', blame: 'agent', code: 'browser_launch', message };
}
