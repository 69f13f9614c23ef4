/** An error for people: what happened, why, and what to try; with the exit code for scripts. */
import type { SpecIssue } from '../../collector/registry/errors.ts';
import { EXIT } from './exit-codes.ts';
import { wrapWords } from './wrap.ts';

export interface Explanation {
  /** Why it happened, one line or several. */
  readonly why?: string;
  /** A command or an action that helps. */
  readonly hint?: string;
  readonly exit?: number;
  /** Of an answer of the collector, such as `not_found`. */
  readonly code?: string | undefined;
  /** Complaints of the collector about a specification, each with its path. */
  readonly issues?: readonly SpecIssue[] | undefined;
  readonly cause?: unknown;
}

export class CliError extends Error {
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly exit: number;
  readonly code: string | undefined;
  readonly issues: readonly SpecIssue[];

  constructor(what: string, { why, hint, exit = EXIT.failed, code, issues = [], cause }: Explanation = {}) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = 'CliError';
    this.why = why;
    this.hint = hint;
    this.exit = exit;
    this.code = code;
    this.issues = issues;
  }
}

/** The lines shown on stderr, of at most so many columns where words allow it. */
export function explain(error: CliError, columns = Number.POSITIVE_INFINITY): string {
  const part = (label: string, text: string): string =>
    label + linesOf(text, columns - label.length).join(`\n${' '.repeat(label.length)}`);
  return [
    part('Error: ', error.message),
    ...(error.why ? [part('  Why: ', error.why)] : []),
    ...(error.hint ? [part('  Try: ', error.hint)] : []),
  ].join('\n');
}

/** What begins with blanks quotes a file, with a mark below it: that stays as it is. */
function linesOf(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => (line.startsWith(' ') ? [line] : wrapWords(line, columns)));
}
