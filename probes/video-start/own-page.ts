/** A page of the user: opened, ordered to play by a click, a script or its own will, and watched beside its scripts. */
import type { BrowserTab } from '../browser/browser.ts';
import { delay } from '../browser/tab.ts';
import type { Failure } from '../outcome.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import { netFailure, shortUrl } from './net-errors.ts';
import { type OwnPageOptions, openOwnPage } from './own-page-script.ts';
import type { VideoStartParams } from './params.ts';
import { PAGE_PARTS } from './play-in-page.ts';
import type { PlayReport } from './report.ts';
import type { WatchOrder } from './watch.ts';

type Devtools = BrowserTab['devtools'];

export interface OwnPageOrder extends WatchOrder {
  readonly url: URL;
  readonly page: NonNullable<VideoStartParams['page']>;
  readonly stallsMax: number;
  readonly fragmentsMax: number;
}

export interface OwnPageSeen {
  readonly report: PlayReport;
  /** The protocol's monotonic seconds at the zero of the clock of the page that was there in the end. */
  readonly originS: number;
}

const WORLD = 'outrider';

/** Throws while the tab is taken away under it, as at the deadline of the run. */
export async function playOwnPage(
  tab: BrowserTab,
  order: OwnPageOrder,
): Promise<OwnPageSeen | { readonly failure: Failure }> {
  const { devtools } = tab;
  const { selector, script } = order.page;
  const isAutoplay = selector === undefined && script === undefined;
  const world = await openWorld(tab, {
    videosMax: VIDEO_START_LIMITS.videos.value,
    stallsMax: order.stallsMax,
    fragmentsMax: order.fragmentsMax,
    isAutoplay,
  });
  const failure = await open(tab, order, isAutoplay);
  if (failure) return { failure };
  if (isAutoplay) return watchWorld(devtools, world, await originS(devtools), order);
  const ordered = await giveOrder(tab, world, order);
  if ('failure' in ordered) return ordered;
  const { originS: pageOriginS, orderedMs } = ordered;
  const seen = await watchWorld(devtools, world, pageOriginS + orderedMs / 1000, order);
  if ('failure' in seen) return seen;
  return { ...seen, report: { ...seen.report, pageMs: orderedMs } };
}

async function open(
  { page }: BrowserTab,
  { url, patienceMs }: OwnPageOrder,
  isAutoplay: boolean,
): Promise<Failure | undefined> {
  const waitUntil = isAutoplay ? 'commit' : 'domcontentloaded';
  try {
    await page.goto(url.href, { waitUntil, timeout: patienceMs });
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    const code = /net::ERR_\w+/.exec(message)?.[0];
    if (code) return netFailure(code, 'http', url.href);
    if (name !== 'TimeoutError') throw error;
    return {
      layer: 'http',
      blame: 'unknown',
      code: 'start_timeout',
      message: `The page ${shortUrl(url.href)} was not there within ${patienceMs} ms.`,
    };
  }
}

interface World {
  /** Evaluates in the world of the document that is there now; waits for it. Throws when that is replaced meanwhile. */
  evaluate(expression: string): Promise<unknown>;
  /** The click that was the order, on the clock of its page. */
  readonly ordered: Promise<number>;
}

/** A world beside that of the page's scripts, in each document of the main frame from its begin on. */
async function openWorld({ devtools }: BrowserTab, options: OwnPageOptions): Promise<World> {
  const { promise: ordered, resolve } = Promise.withResolvers<number>();
  let context = Promise.withResolvers<number>();
  let contextId: number | undefined;
  const leave = (): void => {
    if (contextId === undefined) return;
    contextId = undefined;
    context = Promise.withResolvers();
  };
  await devtools.send('Page.enable');
  const { frameTree } = await devtools.send('Page.getFrameTree');
  devtools.on('Runtime.executionContextCreated', ({ context: { id, name, auxData } }) => {
    const { frameId } = auxData as { readonly frameId?: string };
    if (name !== WORLD || frameId !== frameTree.frame.id) return;
    leave();
    contextId = id;
    context.resolve(id);
  });
  devtools.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
    if (executionContextId === contextId) leave();
  });
  devtools.on('Runtime.executionContextsCleared', leave);
  devtools.on('Runtime.bindingCalled', ({ name, payload }) => {
    if (name === 'outriderOrdered') resolve(Number(payload));
  });
  await devtools.send('Runtime.enable');
  await devtools.send('Runtime.addBinding', { name: 'outriderOrdered', executionContextName: WORLD });
  await devtools.send('Page.addScriptToEvaluateOnNewDocument', {
    source: `if (window === top) { ${PAGE_PARTS}; (${openOwnPage})(${JSON.stringify(options)}); }`,
    worldName: WORLD,
  });
  return {
    ordered,
    async evaluate(expression) {
      const { result, exceptionDetails } = await devtools.send('Runtime.evaluate', {
        expression,
        contextId: await context.promise,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
  };
}

interface Ordered {
  /** On the clock of the page that was there then. */
  readonly orderedMs: number;
  readonly originS: number;
}

/** By the user's script, then by a click. */
async function giveOrder(
  { page, devtools }: BrowserTab,
  world: World,
  order: OwnPageOrder,
): Promise<Ordered | { readonly failure: Failure }> {
  const { selector, script } = order.page;
  const pageOriginS = await originS(devtools);
  let scriptMs = 0;
  if (selector === undefined) {
    await world.evaluate('outriderPage.arm(); outriderPage.order(outriderPage.now())');
    scriptMs = Number(await world.evaluate('outriderPage.now()'));
  }
  if (script !== undefined) {
    const failure = await runScript(devtools, script);
    if (failure) return { failure };
  }
  let refusal: Failure | undefined;
  if (selector !== undefined) {
    await world.evaluate('outriderPage.arm()');
    const clicked = page.locator(selector).first().click({ timeout: order.patienceMs, noWaitAfter: true });
    refusal = await clicked.then(
      () => undefined,
      (error: Error) => noClick(selector, order.url, error),
    );
  }
  // Told before the answer to the click, or never. A page that hangs in it does not answer, and was clicked all the same.
  const clickMs = await Promise.race([world.ordered, delay(50)]);
  if (refusal && clickMs === undefined) return { failure: refusal };
  return { orderedMs: clickMs ?? scriptMs, originS: pageOriginS };
}

/** In the page's own world and as a user's doing, so that it may play sound; not under the page's content security policy. */
async function runScript(devtools: Devtools, script: string): Promise<Failure | undefined> {
  const { exceptionDetails } = await devtools.send('Runtime.evaluate', {
    expression: `(async () => {\n${script}\n})()`,
    awaitPromise: true,
    userGesture: true,
  });
  if (!exceptionDetails) return undefined;
  const said = exceptionDetails.exception?.description ?? exceptionDetails.text;
  return {
    layer: 'player',
    blame: 'unknown',
    code: 'playback_error',
    message: `The script of this probe failed in the page: ${said.split('\n')[0]?.slice(0, 300)}`,
  };
}

function noClick(selector: string, url: URL, error: Error): Failure {
  // Playwright tells at length what it tried.
  const [said = ''] = error.message.split('\n');
  return {
    layer: 'content',
    blame: 'unknown',
    code: 'bad_body',
    message: `Nothing at ${JSON.stringify(selector)} on ${shortUrl(url.href)} could be clicked: ${said.replace(/\.$/, '').slice(0, 200)}. Try the selector in the console of a browser.`,
  };
}

/** A page may replace itself, by the click or on its own: the clock of the order runs on. */
async function watchWorld(
  devtools: Devtools,
  world: World,
  orderS: number,
  order: OwnPageOrder,
): Promise<OwnPageSeen | { readonly failure: Failure }> {
  const { watchMs, patienceMs, seekToMs, blackAfterMs, frozenAfterMs } = order;
  const watch = {
    watchMs,
    patienceMs,
    blackAfterMs,
    frozenAfterMs,
    ...(seekToMs === undefined ? {} : { seekToMs }),
  };
  for (let documents = 1; ; documents += 1) {
    const pageOriginS = await originS(devtools);
    const orderedMs = (orderS - pageOriginS) * 1000;
    try {
      await world.evaluate(`outriderPage.order(${orderedMs})`);
      const report = (await world.evaluate(`outriderPage.watch(${JSON.stringify(watch)})`)) as PlayReport;
      return { report: { ...report, orderedMs }, originS: pageOriginS };
    } catch (error) {
      // The next document needs a moment to be there.
      await delay(50);
      // In a document that stayed it is no doing of the page: a bug, or a tab that is gone.
      if ((await originS(devtools)) === pageOriginS) throw error;
      if (documents >= VIDEO_START_LIMITS.documents.value) return { failure: restless(order.url, documents) };
    }
  }
}

function restless(url: URL, documents: number): Failure {
  return {
    layer: 'content',
    blame: 'unknown',
    code: 'bad_body',
    message: `The page ${shortUrl(url.href)} replaced itself ${documents} times before a video was seen. Take the URL that it leads to.`,
  };
}

/** The protocol's monotonic seconds at the zero of `performance.now()` of the document that is there now. */
export async function originS(devtools: Devtools): Promise<number> {
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const origin = metrics.find(({ name }) => name === 'NavigationStart');
  if (!origin) throw new Error('The browser tells no NavigationStart.');
  return origin.value;
}
