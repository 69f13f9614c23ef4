/** A process group: what a browser is to the system, from its launching script to its last renderer. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** Ends every process of the group at once; false when there was none. */
export function killGroup(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/**
 * The sum of the resident memory of the group, shared pages counted once for each process that maps them; undefined when it
 * cannot be told.
 */
export function groupRssBytes(leaderPid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? rssFromProc(leaderPid) : rssFromPs(leaderPid);
}

/** Without a child process: forking a large Node process would disturb a run beside it. */
async function rssFromProc(leaderPid: number): Promise<number | undefined> {
  const entries = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(
    entries
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  const pages = stats.map((stat) => pagesIfInGroup(stat, leaderPid)).filter((count) => count !== undefined);
  return pages.length === 0 ? undefined : pages.reduce((sum, count) => sum + count, 0) * PAGE_BYTES;
}

/** Of every Linux that Chromium runs on, but for some arm64 kernels with pages of 16 or 64 kB, where this counts too little. */
const PAGE_BYTES = 4096;

/** proc(5): after the name in parentheses come state, ppid, pgrp (third); rss is the 24th of all, the 22nd after the name. */
export function pagesIfInGroup(stat: string, leaderPid: number): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[2]) === leaderPid ? Number(fields[21]) : undefined;
}

function rssFromPs(leaderPid: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-o', 'pgid=,rss='], { timeout: 2000 }, (error, stdout) => {
      if (error) return resolve(undefined);
      const kilobytes = stdout
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number))
        .filter(([group]) => group === leaderPid)
        .map(([, rss]) => rss ?? 0);
      resolve(kilobytes.length === 0 ? undefined : kilobytes.reduce((sum, count) => sum + count, 0) * 1024);
    });
  });
}
