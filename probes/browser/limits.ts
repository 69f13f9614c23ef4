/** Every limit of the browser, with its reason and what happens past it. */
import type { Limit } from '../limit.ts';

export const BROWSER_LIMITS = {
  versionMs: {
    value: 10_000,
    reason: 'A cold start of a 250 MB program from a slow disk takes seconds.',
    past: 'The candidate counts as one that does not start, the next is tried.',
  },
  launchMs: {
    value: 20_000,
    reason: 'Ten times what a busy two-core machine needs.',
    past: 'The process is killed, the run fails with agent/browser_launch.',
  },
  warmUpMs: {
    value: 5000,
    reason: 'The clip lasts 0.3 s.',
    past: 'Runs of this browser are marked cold_player.',
  },
  openMs: {
    value: 10_000,
    reason: 'A tab opens in 50 to 200 ms.',
    past: 'The browser is killed, the run fails with agent/browser_crashed.',
  },
  closeMs: {
    value: 5000,
    reason: 'A tab closes in 10 ms, a browser in 100 ms.',
    past: 'The browser is killed; the next run starts another.',
  },
  killMs: {
    value: 5000,
    reason: 'A killed process is gone at once unless the kernel holds it in a disk wait.',
    past: 'It is left to the kernel; its profile is wiped all the same.',
  },
  crashNoticeMs: {
    value: 1000,
    reason: 'An error of the protocol may arrive before the news of the death that caused it.',
    past: 'The error is taken for what it says it is.',
  },
  runs: {
    value: 100,
    reason: 'Caches and leaks of a browser that lives for days make later runs unlike the first.',
    past: 'The browser is closed after the run; the next run starts a fresh one.',
  },
  rssBytes: {
    value: 1536 * 1024 * 1024,
    reason:
      'The sum over its processes counts shared pages several times: a healthy one shows 0.6 to 1.1 GB.',
    past: 'The browser is closed after the run; the next run starts a fresh one.',
  },
  weighedRuns: {
    value: 5,
    reason: 'Weighing a browser reads a file for every process of the machine: 4 ms with a hundred of them.',
    past: 'Its memory is looked at after each so many of its runs.',
  },
  stderrBytes: {
    value: 4096,
    reason: 'Enough for the message that explains a failed launch.',
    past: 'The oldest text is dropped.',
  },
  messageBytes: {
    value: 64 * 1024 * 1024,
    reason: 'One message of the browser; the largest is a script or a report, under 1 MB.',
    past: 'The pipe is closed, which ends the browser.',
  },
  admissions: {
    value: 256,
    reason: 'Hosts whose addresses were checked; a player meets fewer than ten.',
    past: 'The oldest is forgotten, and checked again when met.',
  },
  admissionMs: {
    value: 3000,
    reason: 'Resolution and one connection; the request that waits for it is part of a measured start.',
    past: 'The connection alone is given up on; a name that did not resolve in time fails the run.',
  },
  admissionFreshMs: {
    value: 60_000,
    reason: 'The usual time to live of a CDN’s addresses.',
    past: 'The next request goes by the old answer and has it renewed.',
  },
  admissionStaleMs: {
    value: 600_000,
    reason: 'Probes that run every few minutes still find an answer and start undelayed.',
    past: 'The next request waits for a new answer.',
  },
  proxiedSockets: {
    value: 64,
    reason: 'Web sockets of all pages at once; a player has one, if any.',
    past: 'The connection is closed.',
  },
  staleProfiles: {
    value: 100,
    reason: 'Profiles left by agents that were killed; more than a few means a crash loop.',
    past: 'The rest is wiped at the next launch.',
  },
} as const satisfies Record<string, Limit>;

/** The numbers alone, so that tests can shorten some. */
export type BrowserLimits = Readonly<Record<keyof typeof BROWSER_LIMITS, number>>;

export const DEFAULT_BROWSER_LIMITS: BrowserLimits = Object.fromEntries(
  Object.entries(BROWSER_LIMITS).map(([name, limit]) => [name, limit.value]),
) as BrowserLimits;
