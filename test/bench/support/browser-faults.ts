/** What goes wrong in the runs of a browser: which run meets what, how it is done to it, and what the run must say then. */
import { readFileSync } from 'node:fs';
import type { RunResult } from '../../../probes/probe.ts';
import { groupUse } from './group-use.ts';

export const FAULTS = {
  none: { every: 1, about: 'It plays.' },
  page_hang: { every: 25, about: 'The script of the page never ends.' },
  server_hang: { every: 25, about: 'The address is never answered.' },
  deadline: { every: 25, about: 'The deadline comes while it plays.' },
  page_kill: { every: 25, about: 'The process of the page is killed.' },
  browser_kill: { every: 25, about: 'The browser is killed.' },
  browser_hang: { every: 100, about: 'The browser is stopped, and answers nothing any more.' },
} as const;
export type FaultName = keyof typeof FAULTS;

/** Those that happen to the process while it runs. */
const SIGNALS: Partial<Record<FaultName, NodeJS.Signals>> = {
  page_kill: 'SIGKILL',
  browser_kill: 'SIGKILL',
  browser_hang: 'SIGSTOP',
};

/**
 * What run number `at` meets, counted from 0: the same for the same number, and nothing in most. In every second hundred nothing
 * is done to processes, so that a browser grows as old as it may.
 */
export function faultOf(at: number): FaultName {
  const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => name !== 'none');
  // Each begins at another number, so that no two meet.
  const fault = names.find((name, place) => at % FAULTS[name].every === 3 * place + 4) ?? 'none';
  return isInjected(fault) && Math.floor(at / 100) % 2 === 1 ? 'none' : fault;
}

/** Does it to a browser that runs. Resolves with whether there was anything to do it to. */
export function inject(fault: FaultName, leaderPid: number): boolean {
  const signal = SIGNALS[fault];
  if (!signal) return true;
  const pid = fault === 'page_kill' ? youngestPage(leaderPid) : leaderPid;
  if (pid === undefined) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

export function isInjected(fault: FaultName): boolean {
  return SIGNALS[fault] !== undefined;
}

/** The process of the page that was opened last, among those of a browser's group. */
function youngestPage(leaderPid: number): number | undefined {
  const pages = pagesOf(leaderPid);
  return pages.length === 0 ? undefined : Math.max(...pages);
}

/** The processes of pages in a browser's group. */
export function pagesOf(leaderPid: number): number[] {
  return groupUse(leaderPid).pids.filter((pid) => commandOf(pid).includes('--type=renderer'));
}

/** '' when the process is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Why the result is not what this fault must come out as; undefined when it is. */
export function wrongWith(fault: FaultName, result: RunResult): string | undefined {
  const said = result.outcome === 'ok' ? 'ok' : `${result.failure.blame} ${result.failure.code}`;
  const expected: Record<FaultName, readonly string[]> = {
    none: ['ok'],
    // The page is the user's own: who is to blame is not known.
    page_hang: ['unknown timeout', 'unknown start_timeout'],
    server_hang: ['unknown start_timeout', 'unknown timeout'],
    deadline: ['unknown timeout'],
    page_kill: ['agent browser_crashed'],
    browser_kill: ['agent browser_crashed'],
    // Nothing tells a browser that stands still from a page that does, until it does not close either.
    browser_hang: ['unknown timeout', 'agent browser_crashed'],
  };
  return expected[fault].includes(said) ? undefined : `${fault} came out as ${said}`;
}
