/** Memory and processor time of one process over time. */
import { cpuMs, residentBytes } from './process-use.ts';
import { fitLine } from './stats.ts';

export interface Sample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly rssBytes: number;
  /** Since the start of the process. */
  readonly cpuMs: number;
}

const EVERY_MS = 1000;
const HOUR_MS = 3_600_000;

export class ProcessSamples {
  readonly samples: Sample[] = [];
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;

  /** Looks once a second, until `stop` or the end of the process. */
  constructor(pid: number) {
    this.#pid = pid;
    this.look();
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** One more sample, now; undefined when the process is gone. */
  look(): Sample | undefined {
    try {
      const sample = { atMs: Date.now(), rssBytes: residentBytes(this.#pid), cpuMs: cpuMs(this.#pid) };
      this.samples.push(sample);
      return sample;
    } catch {
      this.stop();
      return undefined;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Those of [fromMs, untilMs). */
export function between(samples: readonly Sample[], fromMs: number, untilMs: number): readonly Sample[] {
  return samples.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
}

/** Bytes; `-Infinity` of nothing. */
export function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssBytes }) => rssBytes));
}

/** Bytes: what is left between two collections of garbage; `Infinity` of nothing. */
export function lowest(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ rssBytes }) => rssBytes));
}

/** Processor time by wall time, 1 is one core; NaN of fewer than two. */
export function cpuShare(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return Number.NaN;
  return (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs);
}

/** Growth of these figures in bytes an hour, by least squares. */
export function bytesPerHour(points: readonly Pick<Sample, 'atMs' | 'rssBytes'>[]): number {
  return fitLine(points.map(({ atMs, rssBytes }) => ({ x: atMs / HOUR_MS, y: rssBytes }))).slope;
}
