/** Regular expressions of strangers on texts of strangers, with a limit on the processor time that they take together. */
import { type Context, createContext, Script } from 'node:vm';

/** The patterns took longer than they may: all of one matcher together. */
export class PatternTooSlow extends Error {
  readonly code = 'pattern_too_slow';
}

/** A pattern was stopped again and again without having had its time: the processor was busy with others. */
export class MatcherStarved extends Error {
  readonly code = 'matcher_starved';
}

/** The watchdog goes by the clock on the wall: as often as this a pattern that had not its share is begun anew. */
const ATTEMPTS = 8;

/** Without these a pattern has one way to match at each place: nothing goes back and forth, and needs no watchdog. */
const HAS_CHOICES = /[*+?{|(\\]/;

const US_PER_MS = 1000;

const SCRIPT = new Script('pattern.test(text)');

/** Made at first use and shared: a context takes a millisecond, and what runs in it is our own line alone. */
let shared: Context | undefined;

/**
 * Says whether a text matches; throws `PatternTooSlow` when `budgetMs` of processor time are used up, in the middle of a match
 * too. `cpuMs`: what this thread has used so far.
 */
export function createMatcher(
  budgetMs: number,
  cpuMs: () => number = threadCpuMs,
): (pattern: RegExp, text: string) => boolean {
  let usedMs = 0;
  return (pattern, text) => {
    if (!HAS_CHOICES.test(pattern.source)) return pattern.test(text);
    for (let attempt = 0; attempt < ATTEMPTS && usedMs < budgetMs; attempt++) {
      const startMs = cpuMs();
      const answer = tryMatch(pattern, text, budgetMs);
      usedMs += cpuMs() - startMs;
      if (answer !== undefined) return answer;
    }
    if (usedMs >= budgetMs) throw new PatternTooSlow(pattern.source);
    throw new MatcherStarved(pattern.source);
  };
}

/** Undefined when it was stopped after `limitMs`. */
function tryMatch(pattern: RegExp, text: string, limitMs: number): boolean | undefined {
  shared ??= createContext(Object.create(null));
  try {
    Object.assign(shared, { pattern, text });
    // The watchdog of V8 stops a pattern that goes back and forth, which nothing else does.
    return SCRIPT.runInContext(shared, { timeout: Math.max(1, Math.ceil(limitMs)) }) === true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    Object.assign(shared, { pattern: undefined, text: undefined });
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / US_PER_MS;
}
