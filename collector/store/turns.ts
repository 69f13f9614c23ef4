/** Lets a few pieces of work run at a time; the others wait in order, and past a bound they are refused. */
import { StoreError } from './errors.ts';

export interface Turns {
  /** Runs `work` when its turn comes. Rejects with a `StoreError`: `busy` when too many wait, `closed` after `end`. */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Takes nothing further; settles when nothing runs or waits. */
  end(): Promise<void>;
}

export function createTurns(concurrent: number, waitingMax: number): Turns {
  let running = 0;
  let isOver = false;
  const waiting: (() => void)[] = [];
  const onIdle: (() => void)[] = [];

  const release = () => {
    const next = waiting.shift();
    if (next) return next();
    running -= 1;
    if (running === 0) for (const wake of onIdle.splice(0)) wake();
  };
  const admit = (): Promise<void> => {
    if (isOver) return Promise.reject(new StoreError('closed', 'The store is closed.'));
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
    end: () => {
      isOver = true;
      return running === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve));
    },
  };
}
