/** An error for people: what happened, why, and what to try; with the exit code for scripts. */
import type { SpecIssue } from '../../collector/registry/errors.ts';
import { EXIT } from './exit-codes.ts';

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

/** The lines shown on stderr. */
export function explain(error: CliError): string {
  const lines = [`Error: ${error.message}`];
  if (error.why) lines.push(`  Why: ${error.why.replaceAll('\n', '\n       ')}`);
  if (error.hint) lines.push(`  Try: ${error.hint.replaceAll('\n', '\n       ')}`);
  return lines.join('\n');
}
