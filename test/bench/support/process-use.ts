/** Memory and processor time of another process: from /proc, or from `ps` where there is none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const PROC = '/proc/self/status';
/** USER_HZ is 100 in every kernel that people run. */
const MS_PER_TICK = 10;

/** Resident memory, bytes; shared pages (the executable) included. Throws when the process is gone. */
export function residentBytes(pid: number): number {
  if (!existsSync(PROC)) return Number(ps(pid, 'rss')) * 1024;
  return kibibytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
}

/** Resident memory that no other process shares, bytes; undefined where the system does not tell. */
export function privateBytes(pid: number): number | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return kibibytes(rollup, 'Private_Clean') + kibibytes(rollup, 'Private_Dirty');
  } catch {
    return undefined;
  }
}

/**
 * Processor time since its start, user and system, all threads that live, milliseconds. Throws when the process is gone.
 * From schedstat, in nanoseconds: utime and stime are sampled at ticks of 10 ms, between which an idle agent has its naps.
 */
export function cpuMs(pid: number): number {
  if (!existsSync(PROC)) return parseCpuTime(ps(pid, 'time'));
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      // It ended since it was listed.
      return 0;
    }
  });
  return times.reduce((sum, ms) => sum + ms, 0);
}

/**
 * As `cpuMs`, threads that ended included, and sampled at ticks of 10 ms: for processes that are busy. Throws when the process
 * is gone.
 */
export function busyCpuMs(pid: number): number {
  if (!existsSync(PROC)) return parseCpuTime(ps(pid, 'time'));
  // proc(5): the name, in parentheses, may hold anything; utime and stime are the 12th and 13th fields after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Milliseconds of `[[days-]hours:]minutes:seconds[.fraction]`, as ps writes it. */
export function parseCpuTime(text: string): number {
  const [clock = '', days = '0'] = text.trim().split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

/** A line such as `VmRSS:     71234 kB` of a file below /proc, in bytes. */
export function kibibytes(text: string, key: string): number {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (!match) throw new Error(`${key} is not there: the process has ended`);
  return Number(match[1]) * 1024;
}

const ps = (pid: number, column: string): string =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
