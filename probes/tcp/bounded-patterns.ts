/** The patterns of a dialogue, whose processor time is limited together: what they are tried on comes from a stranger, piece by piece. */
import { HTTP_LIMITS } from '../http/limits.ts';
import { createMatcher, MatcherStarved, PatternTooSlow } from '../http/matcher.ts';
import type { Failure } from '../outcome.ts';

export class BoundedPatterns {
  readonly #matches = createMatcher(HTTP_LIMITS.matchMs.value);
  #failure: Failure | undefined;

  /** Why a pattern was stopped; nothing matches from then on. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** As `RegExp.exec`. Never throws: it is called where nobody could catch. */
  exec(pattern: RegExp, text: string): RegExpExecArray | null {
    if (this.#failure) return null;
    try {
      return this.#matches(pattern, text) ? pattern.exec(text) : null;
    } catch (error) {
      this.#failure = stoppedFailure(error, pattern);
      return null;
    }
  }
}

function stoppedFailure(error: unknown, pattern: RegExp): Failure {
  const quoted = pattern.source.slice(0, 60);
  if (error instanceof PatternTooSlow) {
    const message = `The pattern /${quoted}/ takes longer than ${HTTP_LIMITS.matchMs.value} ms on this answer: repeat less in it.`;
    return { layer: 'agent', blame: 'agent', code: 'bad_params', message };
  }
  if (error instanceof MatcherStarved) {
    const message = 'This agent had no processor time to look at the answer.';
    return { layer: 'agent', blame: 'agent', code: 'overloaded', message };
  }
  const message = `The pattern /${quoted}/ failed in an unforeseen way.`;
  return { layer: 'agent', blame: 'agent', code: 'internal', message };
}
