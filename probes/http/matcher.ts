/** Regular expressions of strangers on texts of strangers, with a limit on the time that they take together. */
import { type Context, createContext, Script } from 'node:vm';
import type { Clock } from '../probe.ts';

/** The patterns took longer than they may: all of one matcher together. */
export class PatternTooSlow extends Error {
  readonly code = 'pattern_too_slow';
}

const SCRIPT = new Script('pattern.test(text)');

/** Made at first use and shared: a context takes a millisecond, and what runs in it is our own line alone. */
let shared: Context | undefined;

/** Says whether a text matches; throws `PatternTooSlow` when `budgetMs` is used up, in the middle of a match too. */
export function createMatcher(clock: Clock, budgetMs: number): (pattern: RegExp, text: string) => boolean {
  let leftMs = budgetMs;
  return (pattern, text) => {
    if (leftMs <= 0) throw new PatternTooSlow(pattern.source);
    shared ??= createContext(Object.create(null));
    const startMs = clock.monotonicMs();
    try {
      Object.assign(shared, { pattern, text });
      // The watchdog of V8 stops a pattern that goes back and forth, which nothing else does.
      return SCRIPT.runInContext(shared, { timeout: Math.max(1, Math.ceil(leftMs)) }) === true;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw new PatternTooSlow(pattern.source);
      throw error;
    } finally {
      Object.assign(shared, { pattern: undefined, text: undefined });
      leftMs -= clock.monotonicMs() - startMs;
    }
  };
}
