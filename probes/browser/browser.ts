/** The one browser of an agent: a fresh context for each run, closed in every path. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Failure } from '../outcome.ts';

/** What the browser says it decodes; asked once after each launch. */
export interface BrowserCodecs {
  readonly h264: boolean;
  readonly aac: boolean;
  readonly hevc: boolean;
  readonly vp9: boolean;
  readonly av1: boolean;
}

export interface BrowserBuild {
  readonly path: string;
  /** e.g. `Chromium 156.0.8078.73`. */
  readonly version: string;
  readonly headless: 'shell' | 'new';
  /** Known from the first launch on. */
  readonly codecs?: BrowserCodecs;
  /** A digest of its command line; known from the first launch on. */
  readonly flags?: string;
}

/** A request of a page on its way out. */
export interface HeldRequest {
  readonly url: URL;
  /** Names as the browser has them. */
  readonly headers: Readonly<Record<string, string>>;
  /** As the protocol has it: `Document`, `Media`, `XHR`, `Fetch`, … */
  readonly type: string;
}

/** What it goes out as, which its page does not see: another address, headers in addition. Undefined: as it is. */
export type RequestMarker = (
  request: HeldRequest,
) => { readonly url: URL; readonly headers: Readonly<Record<string, string>> } | undefined;

export interface BrowserTab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devtools: CDPSession;
  /** The warm-up of this browser did not play: the first playback pays for the start of decoders. */
  readonly coldPlayer: boolean;
  /**
   * Resolves the host of a URL and holds it against the address policy, as happens for every request of the tab anyway;
   * asked before a clock runs, it costs the measurement nothing. The failure of the policy or of name resolution, or undefined.
   */
  admit(url: URL): Promise<Failure | undefined>;
  /** Marks the requests of the tab from now on; the last marker counts. */
  markRequests(mark: RequestMarker): Promise<void>;
}

export interface Browser {
  readonly build: BrowserBuild;
  /** Runs `work` in a fresh context; closes it in every path, kills the browser when closing hangs. */
  withTab<T>(
    signal: AbortSignal,
    work: (tab: BrowserTab) => Promise<T>,
  ): Promise<T | { readonly failure: Failure }>;
  close(): Promise<void>;
}
