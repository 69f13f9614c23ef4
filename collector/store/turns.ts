/** Lets a few pieces of work run at a time; the others wait in order, and past a bound they are refused. */
import { StoreError } from './errors.ts';

export interface Turns {
  /** Runs `work` when its turn comes. Rejects with `StoreError('busy')` when too many wait. */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Settles when nothing runs or waits. */
  idle(): Promise<void>;
}

export function createTurns(concurrent: number, waitingMax: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  const onIdle: (() => void)[] = [];

  const release = () => {
    const next = waiting.shift();
    if (next) return next();
    running -= 1;
    if (running === 0) for (const wake of onIdle.splice(0)) wake();
  };
  const admit = (): Promise<void> => {
    if (running < concurrent) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.length >= waitingMax) {
      return Promise.reject(
        new StoreError('busy', `${waiting.length} statements already wait for the embedded ClickHouse.`, {
          hint: 'Ask less often, or use a ClickHouse server with `--clickhouse URL`.',
        }),
      );
    }
    return new Promise((resolve) => waiting.push(resolve));
  };

  return {
    async take(work) {
      await admit();
      try {
        return await work();
      } finally {
        release();
      }
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  };
}
