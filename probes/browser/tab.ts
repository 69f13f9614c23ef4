/** One run in one fresh context: opened, guarded, interrupted, and closed, each with a deadline. */
import type { BrowserContext, Page, Browser as PlaywrightBrowser } from 'playwright-core';
import type { Failure } from '../outcome.ts';
import { type Admission, guardRequests } from './admission.ts';
import type { BrowserTab } from './browser.ts';
import type { BrowserLimits } from './limits.ts';

export interface TabHost {
  readonly playwright: PlaywrightBrowser;
  /** Resolves with a sentence when the process is gone. */
  readonly died: Promise<string>;
  readonly userAgent: string;
  readonly coldPlayer: boolean;
  /** The browser did not do what it was told, or is gone: it must not serve another run. */
  spend(): void;
}

export interface TabOptions {
  readonly host: TabHost;
  readonly admission: Admission;
  readonly limits: BrowserLimits;
  readonly signal: AbortSignal;
}

/** A common phone held upright, in CSS pixels. */
const VIEWPORT = { width: 360, height: 640 } as const;

/** Throws only what `work` throws while browser and page are alive. */
export async function runInTab<T>(
  options: TabOptions,
  work: (tab: BrowserTab) => Promise<T>,
): Promise<T | { readonly failure: Failure }> {
  const { host, limits } = options;
  const stop = interruptions(options);
  const opening = openTab(options, stop.interrupt);
  const tooSlow = setTimeout(() => {
    host.spend();
    stop.interrupt(crashed(`The browser opened no tab within ${limits.openMs} ms.`));
  }, limits.openMs);
  try {
    const tab = await settle(opening, stop.promise, limits.crashNoticeMs);
    clearTimeout(tooSlow);
    return 'failure' in tab ? tab : await settle(work(tab), stop.promise, limits.crashNoticeMs);
  } finally {
    clearTimeout(tooSlow);
    stop.end();
    if (!(await closesInTime(opening, host.died, limits.closeMs))) host.spend();
  }
}

type Failed = { readonly failure: Failure };

/** What ends a run from outside: its deadline, a death, the address policy. The first one counts. */
function interruptions({ host, signal }: TabOptions) {
  const { promise, resolve } = Promise.withResolvers<Failed>();
  const interrupt = (failure: Failure) => resolve({ failure });
  const abort = () => interrupt(deadline());
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  void host.died.then((how) => {
    host.spend();
    interrupt(crashed(`The browser died during the run: ${how}.`));
  });
  return { promise, interrupt, end: () => signal.removeEventListener('abort', abort) };
}

async function openTab(
  { host, admission }: TabOptions,
  interrupt: (failure: Failure) => void,
): Promise<BrowserTab & { readonly context: BrowserContext }> {
  const context = await host.playwright.newContext({
    viewport: VIEWPORT,
    userAgent: host.userAgent,
    // A service worker would answer requests unseen.
    serviceWorkers: 'block',
    acceptDownloads: false,
  });
  if (admission.isNeeded) await context.addInitScript(withoutUnheldMeans);
  const page: Page = await context.newPage();
  page.on('crash', () => interrupt(crashed('The page died during the run.')));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const markRequests = await guardRequests(devtools, admission, interrupt);
  const { coldPlayer } = host;
  return { context, page, devtools, coldPlayer, admit: (url) => admission.admit(url), markRequests };
}

/**
 * Runs in each document before its own scripts. Peer connections reach TURN servers over TCP, and WebTransport whom it likes over UDP:
 * nothing in the protocol of the browser can hold either.
 */
function withoutUnheldMeans(): void {
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) {
    Reflect.deleteProperty(globalThis, name);
  }
}

/** What came first. An error of `promise` may be the first news of a death: it waits a moment for the cause. */
async function settle<T>(
  promise: Promise<T>,
  stopped: Promise<Failed>,
  crashNoticeMs: number,
): Promise<T | Failed> {
  try {
    return await Promise.race([stopped, promise]);
  } catch (error) {
    const cause = await Promise.race([stopped, delay(crashNoticeMs)]);
    if (cause) return cause;
    throw error;
  } finally {
    // Interrupted work goes on until its page is closed under it; what it throws then is news to nobody.
    promise.catch(() => {});
  }
}

/** False when the context would not close; a dead browser has no context. */
async function closesInTime(
  opening: Promise<BrowserTab>,
  died: Promise<string>,
  timeoutMs: number,
): Promise<boolean> {
  const closing = opening.then(
    (tab) =>
      tab.context.close().then(
        () => true,
        () => false,
      ),
    () => false,
  );
  return (await Promise.race([closing, died.then(() => true), delay(timeoutMs)])) ?? false;
}

/** Leaves no timer that would hold the process. */
export function delay(timeoutMs: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), timeoutMs).unref();
  });
}

function crashed(message: string): Failure {
  return { layer: 'agent', blame: 'agent', code: 'browser_crashed', message };
}

function deadline(): Failure {
  return {
    layer: 'player',
    blame: 'unknown',
    code: 'timeout',
    message: 'The deadline of the run passed, or the agent was stopped, while the page was at work.',
  };
}
