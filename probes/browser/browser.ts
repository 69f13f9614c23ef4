/** The one browser of an agent: a fresh context for each run, closed in every path. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Failure } from '../outcome.ts';

export interface BrowserBuild {
  readonly path: string;
  /** e.g. `Chromium 156.0.8078.73`. */
  readonly version: string;
  readonly headless: 'shell' | 'new';
}

export interface BrowserTab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devtools: CDPSession;
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
