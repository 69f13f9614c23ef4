/** Whether an answer is what was asserted of it. Every assertion that does not hold is named. */
import { atPointer } from '../json-pointer.ts';
import type { Failure } from '../outcome.ts';
import { parseJson } from '../parse-json.ts';
import { type Expectation, type JsonRule, regExpOf } from './expect.ts';
import { HTTP_LIMITS } from './limits.ts';
import { createMatcher, MatcherStarved, PatternTooSlow } from './matcher.ts';

export interface Answer {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body, over the wire. */
  readonly byteCount: number;
  /** Without its content coding; needed by `body`, `bodyLacks` and `json` alone. */
  readonly body?: Buffer;
}

interface Judge {
  readonly answer: Answer;
  matches(source: string, text: string): boolean;
  /** A value as people may read it. */
  quote(value: unknown): string;
}

/** The status apart, which `statusFailure` judges. `redact` takes secrets out of what is quoted of the answer. */
export function assertionFailure(
  answer: Answer,
  expect: Expectation,
  redact: (text: string) => string,
): Failure | undefined {
  const match = createMatcher(HTTP_LIMITS.matchMs.value);
  const judge: Judge = {
    answer,
    matches: (source, text) => match(regExpOf(source), text),
    quote: (value) => quoted(value, redact),
  };
  try {
    const faults = [
      ...sizeFaults(judge, expect),
      ...headerFaults(judge, expect),
      ...bodyFaults(judge, expect),
    ];
    return faults.length === 0 ? undefined : contentFailure(faults);
  } catch (error) {
    if (error instanceof PatternTooSlow) return tooSlow(error.message);
    if (error instanceof MatcherStarved) return starved();
    throw error;
  }
}

function sizeFaults({ answer }: Judge, { sizeBytes }: Expectation): string[] {
  if (!sizeBytes || isWithin(answer.byteCount, sizeBytes)) return [];
  return [`sizeBytes is ${answer.byteCount}, expected ${rangeText(sizeBytes)}`];
}

function headerFaults({ answer, matches, quote }: Judge, { headers = {} }: Expectation): string[] {
  return Object.entries(headers).flatMap(([name, rule]) => {
    const value = answer.headers[name.toLowerCase()];
    if (rule === false)
      return value === undefined ? [] : [`header ${name} is ${quote(value)}, expected none`];
    if (value === undefined) return [`header ${name} is missing, expected /${rule}/`];
    return matches(rule, value) ? [] : [`header ${name} is ${quote(value)}, expected /${rule}/`];
  });
}

function bodyFaults(judge: Judge, { body, bodyLacks, json }: Expectation): string[] {
  if (body === undefined && bodyLacks === undefined && json === undefined) return [];
  const text = new TextDecoder().decode(judge.answer.body ?? Buffer.alloc(0));
  return [
    ...listOf(body).flatMap((source) =>
      judge.matches(source, text) ? [] : [`body does not match /${source}/: it begins ${judge.quote(text)}`],
    ),
    ...listOf(bodyLacks).flatMap((source) =>
      judge.matches(source, text) ? [`body matches /${source}/, expected not to`] : [],
    ),
    ...(json === undefined ? [] : jsonFaults(judge, text, json)),
  ];
}

function jsonFaults(judge: Judge, text: string, rules: Readonly<Record<string, JsonRule>>): string[] {
  const document = parseJson(text);
  if (document === undefined) return [`body is not JSON: it begins ${judge.quote(text)}`];
  return Object.entries(rules).flatMap(([pointer, rule]) => {
    const value = atPointer(document, pointer);
    const expected = unmet(judge, value, rule);
    if (expected === undefined) return [];
    const found = value === undefined ? 'missing' : judge.quote(value);
    return [`json ${pointer === '' ? '(whole)' : pointer} is ${found}, expected ${expected}`];
  });
}

/** What was expected, as the end of a sentence; undefined when it is so. */
function unmet({ matches }: Judge, value: unknown, rule: JsonRule): string | undefined {
  if (rule === null || typeof rule !== 'object') return value === rule ? undefined : JSON.stringify(rule);
  if ('exists' in rule) {
    if ((value !== undefined) === rule.exists) return undefined;
    return rule.exists ? 'a value' : 'none';
  }
  if ('matches' in rule) {
    const isMatch = typeof value === 'string' && matches(rule.matches, value);
    return isMatch ? undefined : `a text like /${rule.matches}/`;
  }
  return typeof value === 'number' && isWithin(value, rule) ? undefined : `a number ${rangeText(rule)}`;
}

interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function isWithin(value: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range) {
  return value >= min && value <= max;
}

function rangeText({ min, max }: Range): string {
  if (min === undefined) return `of at most ${max}`;
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

function listOf(patterns: string | readonly string[] | undefined): readonly string[] {
  return patterns === undefined ? [] : typeof patterns === 'string' ? [patterns] : patterns;
}

/** Redacted before it is quoted, which changes it, and before it is cut: half of a secret is one still. */
function quoted(value: unknown, redact: (text: string) => string): string {
  const [shown, sought] = [HTTP_LIMITS.quotedChars.value, HTTP_LIMITS.redactedChars.value];
  const json =
    typeof value === 'string' ? JSON.stringify(redact(value.slice(0, sought))) : JSON.stringify(value);
  const text = redact(json.slice(0, sought));
  return text.length <= shown ? text : `${text.slice(0, shown)}…`;
}

function contentFailure(faults: readonly string[]): Failure {
  return { layer: 'content', blame: 'target', code: 'unexpected', message: `${capital(faults.join('; '))}.` };
}

function tooSlow(source: string): Failure {
  return {
    layer: 'agent',
    blame: 'agent',
    code: 'bad_params',
    message: `The patterns took more than ${HTTP_LIMITS.matchMs.value} ms of processor time, the last one /${source}/: write it without nested repetitions.`,
  };
}

function starved(): Failure {
  return {
    layer: 'agent',
    blame: 'agent',
    code: 'overloaded',
    message: 'The agent had no processor time to hold the answer against what is expected.',
  };
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
