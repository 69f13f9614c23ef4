/**
 * What the kernel says of the processor and the memory that this process did not get: run-queue delay of its main thread, steal,
 * and pressure stall information. Linux; elsewhere, and where the kernel does not count, the figures are absent.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Clock } from '../../probes/probe.ts';
import type { Losses } from './disturbance.ts';
import { CONTROL_LIMITS } from './limits.ts';

const NS_PER_MS = 1e6;
const US_PER_MS = 1000;
/** `USER_HZ`, in which /proc/stat counts, is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;
/** Place of `steal` after the word `cpu`: user nice system idle iowait irq softirq steal (proc_stat(5)). */
const STEAL_FIELD = 8;

/** Totals since the start of the machine or the process. */
interface Reading {
  readonly atMs: number;
  readonly stealMs: number | undefined;
  readonly memoryStallMs: number | undefined;
}

export interface MachineWindow {
  /** Ends the window: what was lost in it. */
  close(): Omit<Losses, 'eventLoopDelayMs'>;
}

/** Where the figures are read; a test gives files of its own. */
const FILES = {
  schedstat: '/proc/self/schedstat',
  stat: '/proc/stat',
  pressure: '/proc/pressure/memory',
} as const;

export class MachineWatch {
  readonly #clock: Clock;
  readonly #files: Readonly<Record<keyof typeof FILES, number | undefined>>;
  readonly #buffer = Buffer.alloc(1024);
  #latest: Reading | undefined;

  constructor(clock: Clock, files: Readonly<Record<keyof typeof FILES, string>> = FILES) {
    this.#clock = clock;
    // Kept open: a read from the start makes the kernel count anew, at a tenth of the price of opening.
    this.#files = {
      schedstat: open(files.schedstat),
      stat: open(files.stat),
      pressure: open(files.pressure),
    };
  }

  open(): MachineWindow {
    const waitedMs = this.#cpuWaitMs();
    const before = this.#read(CONTROL_LIMITS.machineReadMs.value);
    const openedMs = this.#clock.monotonicMs();
    return {
      close: () => {
        const ageMs = Math.min(CONTROL_LIMITS.machineReadMs.value, this.#clock.monotonicMs() - openedMs);
        const after = this.#read(ageMs);
        return {
          ...grown('cpuWaitMs', waitedMs, this.#cpuWaitMs()),
          ...grown('stealMs', before.stealMs, after.stealMs),
          stealOverMs: after.atMs - before.atMs,
          ...grown('memoryStallMs', before.memoryStallMs, after.memoryStallMs),
        };
      },
    };
  }

  close(): void {
    for (const file of Object.values(this.#files)) if (file !== undefined) closeSync(file);
  }

  /** The totals as they were at most `ageMaxMs` ago. */
  #read(ageMaxMs: number): Reading {
    const atMs = this.#clock.monotonicMs();
    if (this.#latest && atMs - this.#latest.atMs <= ageMaxMs) return this.#latest;
    const steal = this.#line(this.#files.stat)?.split(/\s+/)[STEAL_FIELD];
    const stall = /total=(\d+)/.exec(this.#line(this.#files.pressure) ?? '')?.[1];
    this.#latest = {
      atMs,
      stealMs: steal === undefined ? undefined : Number(steal) * MS_PER_TICK,
      memoryStallMs: stall === undefined ? undefined : Number(stall) / US_PER_MS,
    };
    return this.#latest;
  }

  /** Second of three numbers: nanoseconds spent waiting on a run queue (sched-stats.rst). */
  #cpuWaitMs(): number | undefined {
    const waited = this.#line(this.#files.schedstat)?.split(' ')[1];
    return waited === undefined ? undefined : Number(waited) / NS_PER_MS;
  }

  #line(file: number | undefined): string | undefined {
    if (file === undefined) return undefined;
    try {
      const length = readSync(file, this.#buffer, 0, this.#buffer.length, 0);
      return this.#buffer.toString('latin1', 0, length).split('\n', 1)[0];
    } catch {
      return undefined;
    }
  }
}

function open(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch {
    return undefined;
  }
}

function grown<Name extends string>(
  name: Name,
  before: number | undefined,
  after: number | undefined,
): { readonly [name in Name]?: number } {
  if (before === undefined || after === undefined || !Number.isFinite(after - before)) return {};
  return { [name]: Math.max(0, after - before) } as { readonly [name in Name]: number };
}
