/** What a process and all that it starts use until it ends: looked at many times a second, since what is gone cannot be asked. Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import { proportionalBytes } from './group-use.ts';

export interface TreeUse {
  /** Of all processes, each as it was last seen. */
  readonly cpuMs: number;
  /** The most at one time, shared pages counted once (PSS); 0 where it was not weighed. */
  readonly peakBytes: number;
}

const CPU_EVERY_MS = 40;
/** A browser that comes and goes in a second must be met at its largest. */
const MEMORY_EVERY_MS = 50;
const MS_PER_TICK = 10;

export class TreeWatch {
  /** By process: the ticks that it had used when it was last seen. */
  readonly #ticks = new Map<number, number>();
  readonly #timers: readonly NodeJS.Timeout[];
  #living: number[];
  #peakBytes = 0;

  /** Weighing makes the kernel walk the whole memory of each process, which takes time from them: what is `timed` is not weighed. */
  constructor(rootPid: number, what: 'timed' | 'weighed') {
    this.#ticks.set(rootPid, 0);
    this.#living = [rootPid];
    const timers = [setInterval(() => this.#look(), CPU_EVERY_MS)];
    if (what === 'weighed') timers.push(setInterval(() => this.#weigh(), MEMORY_EVERY_MS));
    this.#timers = timers;
  }

  stop(): TreeUse {
    for (const timer of this.#timers) clearInterval(timer);
    const ticks = [...this.#ticks.values()].reduce((sum, each) => sum + each, 0);
    return { cpuMs: ticks * MS_PER_TICK, peakBytes: this.#peakBytes };
  }

  /** Children of those that are known are known from then on, whoever their parent becomes. */
  #look(): void {
    const all = processes();
    for (let grew = true; grew; ) {
      grew = false;
      for (const { parent, pid } of all) {
        if (this.#ticks.has(pid) || !this.#ticks.has(parent)) continue;
        this.#ticks.set(pid, 0);
        grew = true;
      }
    }
    const own = all.filter(({ pid }) => this.#ticks.has(pid));
    for (const { pid, ticks } of own) this.#ticks.set(pid, ticks);
    this.#living = own.map(({ pid }) => pid);
  }

  #weigh(): void {
    this.#peakBytes = Math.max(this.#peakBytes, proportionalBytes(this.#living));
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** proc(5): after the name come state and ppid; utime and stime are the 12th and 13th. */
function processes(): Process[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      return [{ pid: Number(entry), parent: fields[1] ?? 0, ticks: (fields[11] ?? 0) + (fields[12] ?? 0) }];
    } catch {
      return [];
    }
  });
}
