/** How late the event loop of the collector runs: what of it is busy keeps everything else waiting. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;

export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  /** Of the last whole window. */
  #lastMs = 0;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#lastMs = this.#presentMs();
      this.#histogram.reset();
    }, WINDOW_MS);
    this.#timer.unref();
  }

  /** 99th percentile over this window and the last, milliseconds. */
  get delayMs(): number {
    return Math.max(this.#lastMs, this.#presentMs());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  /** The histogram counts the interval itself in. */
  #presentMs(): number {
    if (this.#histogram.count === 0) return 0;
    return Math.max(0, this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS);
  }
}
