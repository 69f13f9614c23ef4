/** What zod complains of in parameters and bodies: where, what, and what was probably meant, in the words of who asked. */
import type { z } from 'zod';
import { issueText } from '../../probes/issue-text.ts';
import { keysAt } from '../../probes/schema-keys.ts';
import { suggest } from '../../probes/suggest.ts';
import { pathText } from '../../probes/yaml-source.ts';
import type { SpecIssue } from '../registry/errors.ts';

/** More than these help nobody. */
const COMPLAINTS_MAX = 5;
/** Longest word that a message repeats. */
const WORD_CHARS = 100;

/** The first complaints; the schema has parsed with `reportInput`, so that they say what they found. */
export function complaintsOf({ issues }: z.core.$ZodError, schema: z.core.$ZodType): readonly SpecIssue[] {
  return issues.slice(0, COMPLAINTS_MAX).map((issue) => ({
    path: issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
    ...complaint(issue, schema),
  }));
}

function complaint(issue: z.core.$ZodIssue, schema: z.core.$ZodType): Omit<SpecIssue, 'path'> {
  if (issue.code === 'unrecognized_keys') return noneOf(issue.keys[0] ?? '', keysAt(schema, issue.path));
  if (issue.code === 'invalid_value' && issue.values.length > 1 && typeof issue.input === 'string')
    return noneOf(issue.input, issue.values.map(String));
  return { message: issueText(issue, issue.input), hint: '' };
}

function noneOf(word: string, known: readonly string[]): Omit<SpecIssue, 'path'> {
  const nearest = suggest(word, known);
  const list = known.length > 0 ? `: it is one of ${known.join(', ')}` : '';
  return {
    message: `has no ${JSON.stringify(word.slice(0, WORD_CHARS))}${list}`,
    hint: nearest ? `did you mean ${nearest}?` : '',
  };
}

/** `by has no "regoin": …`, `value 2 of metric: there is no metric ttfb`; `nameOf`: what a parameter is called where this is read. */
export function complaintText(
  { message, path }: SpecIssue,
  nameOf: (parameter: string) => string = (name) => name,
): string {
  if (path.length === 0) return message;
  const [first, index, ...rest] = path;
  const name = nameOf(String(first));
  const isValue = typeof index === 'number' && rest.length === 0;
  const joint = /^(has no|is missing)\b/.test(message) ? ' ' : ': ';
  // An unknown word is told by itself; of other values the place in the list helps.
  const where =
    isValue && joint === ': '
      ? `value ${index + 1} of ${name}`
      : isValue
        ? name
        : pathText([name, ...path.slice(1)]);
  return `${where}${joint}${message}`;
}
