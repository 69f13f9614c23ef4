/** Memory, processor time and members of a process group: a browser is one, its children that ended included. Linux alone. */
import { readdirSync, readFileSync } from 'node:fs';

export interface GroupUse {
  readonly pids: readonly number[];
  /** User and system, of the living and of the children that they have seen end; in ticks of 10 ms. */
  readonly cpuMs: number;
  /** Resident, summed up: shared pages counted for every process that maps them. */
  readonly rssBytes: number;
}

const MS_PER_TICK = 10;
const PAGE_BYTES = 4096;

/** Of the processes of the group that live; empty when there is none. */
export function groupUse(leaderPid: number): GroupUse {
  const members = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const stat = parseStat(readSafely(`/proc/${pid}/stat`));
      return stat?.group === leaderPid ? [{ pid: Number(pid), ...stat }] : [];
    });
  return {
    pids: members.map(({ pid }) => pid),
    cpuMs: members.reduce((sum, { ticks }) => sum + ticks, 0) * MS_PER_TICK,
    rssBytes: members.reduce((sum, { pages }) => sum + pages, 0) * PAGE_BYTES,
  };
}

/** Resident, a page that n processes share counted for a nth part in each (PSS). Takes milliseconds of the kernel's time. */
export function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pssOf(pid), 0);
}

interface Stat {
  readonly group: number;
  readonly ticks: number;
  readonly pages: number;
}

/** proc(5): after the name come state, ppid, pgrp (3rd); utime, stime, cutime, cstime (12th to 15th); rss (22nd). */
export function parseStat(stat: string): Stat | undefined {
  if (stat === '') return undefined;
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
  return { group: fields[2] ?? 0, ticks, pages: fields[21] ?? 0 };
}

function pssOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readSafely(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** '' when the process is gone. */
function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
