/** How a long-running command ends: Ctrl-C, SIGTERM, or the death of the process that started it. */
import { EXIT } from './exit-codes.ts';

/** Ctrl-C travels through npm, shells and the terminal at once: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/** Resolves at the first signal, or at the end of the parent where there is a channel to it. A second signal ends at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const stop = (): void => {
      const nowMs = performance.now();
      if (firstMs !== undefined && nowMs - firstMs > SAME_SIGNAL_MS) process.exit(EXIT.interrupted);
      firstMs ??= nowMs;
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.once('disconnect', stop);
  });
}
