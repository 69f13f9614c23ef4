/** What zod complains of, in the words of people who write YAML. */
import type { z } from 'zod';
import { suggest } from './suggest.ts';

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
  null: 'nothing',
};

const kindOf = (name: string): string => KINDS[name] ?? name;

/** Longest value that a message repeats. */
const SHOWN_CHARS = 60;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
};

/** What is wrong, without the path; `value`: what stands there, undefined for nothing. A message of our own schemas stays as it is. */
export function issueText(issue: z.core.$ZodIssue, value: unknown): string {
  const isOurs = !/^(Invalid input|Invalid option|Too (big|small)|Invalid )/.test(issue.message);
  if (isOurs) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return `is missing: expected ${kindOf(issue.expected)}`;
      return `expected ${kindOf(issue.expected)}, found ${found(value)}${inQuotes(issue.expected, value)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'too_big':
      return `${amount(issue.origin, 'at most', issue.maximum)}`;
    case 'too_small':
      return `${amount(issue.origin, 'at least', issue.minimum)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function found(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  if (typeof value === 'string') return `the text ${shown(value)}`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

const inQuotes = (expected: string, value: unknown): string =>
  expected === 'string' && ['number', 'boolean'].includes(typeof value)
    ? `; in quotes it is text: "${String(value)}"`
    : expected === 'array' && typeof value === 'string'
      ? `; did you mean [${value}]?`
      : '';

function oneOf(values: readonly string[], value: unknown): string {
  const list = values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
  if (value === undefined) return `is missing: expected ${list}`;
  const near = typeof value === 'string' ? suggest(value, values) : undefined;
  return `expected ${list}, found ${found(value)}${near ? `; did you mean ${near}?` : ''}`;
}

function amount(origin: string, bound: string, count: number | bigint): string {
  if (origin === 'array' || origin === 'set')
    return `expected ${bound} ${count} ${count === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string') return `expected ${bound} ${count} ${count === 1 ? 'character' : 'characters'}`;
  return `expected ${bound} ${count}`;
}
