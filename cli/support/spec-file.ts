/** Reads a YAML file of targets and probes; every mistake at once, each with line, column and a suggestion. */
import { readFileSync } from 'node:fs';
import { isMap, LineCounter, type Node, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { type Spec, specSchema } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { keysAt } from './schema-keys.ts';

export const SPEC_FILE_LIMITS = {
  bytes: {
    value: 4 * 1024 * 1024,
    reason: 'Thousands of probes; anything larger is not a probe file.',
    past: 'The file is refused.',
  },
  aliases: {
    value: 100,
    reason: 'Nested aliases multiply: a kilobyte can stand for gigabytes.',
    past: 'The file is refused.',
  },
  diagnostics: {
    value: 50,
    reason: 'More than a screenful helps nobody; the rest is counted.',
    past: 'The rest is said as a number.',
  },
} as const;

/** A mistake in the file. Line and column count from 1. */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type Path = readonly PropertyKey[];
type Locate = (path: Path, key?: string) => { line: number; column: number };

const didYouMean = (word: string, known: readonly string[]): string => {
  const nearest = suggest(word, known);
  if (nearest) return `; did you mean ${nearest}?`;
  return known.length > 0 ? `; known here: ${known.join(', ')}` : '';
};

/** Where a path stands in the text: the value, or the key itself when one is named. */
function locator(contents: ParsedNode | null, lines: LineCounter): Locate {
  return (path, key) => {
    let node: Node | null | undefined = contents;
    for (const step of path) {
      const next: unknown =
        isMap(node) || (node && 'get' in node) ? (node as YAMLMap).get(step, true) : undefined;
      if (!next) break;
      node = next as Node;
    }
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => String((item.key as { value?: unknown } | null)?.value) === key);
      node = (pair?.key as Node | undefined) ?? node;
    }
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step),
    '',
  );

/** zod's complaints about one part of the file, with `prefix` as the way to it. */
function fromIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  prefix: Path,
  locate: Locate,
): Diagnostic[] {
  return issues.flatMap((issue): Diagnostic[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...locate(path, key),
        message: `unknown key ${JSON.stringify(key)}${path.length > 0 ? ` in ${pathText(path)}` : ''}${didYouMean(key, keysAt(schema, issue.path))}`,
      }));
    }
    return [{ ...locate(path), message: `${pathText(path) || 'the file'}: ${issue.message}` }];
  });
}

/** What the schema alone cannot know: probe types, their parameters, names of targets, repeated names. */
function fromMeaning(raw: { targets?: unknown; probes?: unknown }, locate: Locate): Diagnostic[] {
  const list = (value: unknown): Record<string, unknown>[] =>
    Array.isArray(value) ? value.map((entry) => (typeof entry === 'object' && entry ? entry : {})) : [];
  const diagnostics: Diagnostic[] = [];
  for (const kind of ['targets', 'probes'] as const) {
    const seen = new Set<unknown>();
    for (const [i, entry] of list(raw[kind]).entries()) {
      if (entry.name !== undefined && seen.has(entry.name))
        diagnostics.push({
          ...locate([kind, i, 'name']),
          message: `${kind}[${i}].name: ${String(entry.name)} stands twice`,
        });
      seen.add(entry.name);
    }
  }
  const known = Object.keys(PROBES);
  for (const [i, entry] of list(raw.probes).entries()) {
    if (typeof entry.type !== 'string') continue;
    const probe = probeOf(entry.type);
    if (!probe) {
      diagnostics.push({
        ...locate(['probes', i, 'type']),
        message: `probes[${i}].type: there is no probe type ${JSON.stringify(entry.type)}${didYouMean(entry.type, known)}`,
      });
      continue;
    }
    const parsed = probe.params.safeParse(entry.params ?? {});
    if (!parsed.success)
      diagnostics.push(...fromIssues(parsed.error.issues, probe.params, ['probes', i, 'params'], locate));
  }
  return diagnostics;
}

/** The plain values, or the error when aliases multiply past all bounds. */
function values(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: SPEC_FILE_LIMITS.aliases.value });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The spec in a YAML text, or the diagnostics in the order of the lines. */
export function parseSpec(text: string): { spec: Spec } | { diagnostics: Diagnostic[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      diagnostics: document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, message: error.message };
      }),
    };
  }
  const raw = values(document);
  if (raw instanceof Error) return { diagnostics: [{ line: 1, column: 1, message: raw.message }] };
  const locate = locator(document.contents, lines);
  const parsed = specSchema.safeParse(raw);
  const diagnostics = [
    ...(parsed.success ? [] : fromIssues(parsed.error.issues, specSchema, [], locate)),
    ...(typeof raw === 'object' && raw ? fromMeaning(raw, locate) : []),
  ].sort((a, b) => a.line - b.line || a.column - b.column);
  return parsed.success && diagnostics.length === 0 ? { spec: parsed.data } : { diagnostics };
}

/** Reads and checks a file; throws a `CliError` (exit 65) that lists every mistake as `file:line:column`. */
export function readSpecFile(path: string): Spec {
  const text = readText(path);
  const result = parseSpec(text);
  if ('spec' in result) return result.spec;
  const shown = result.diagnostics.slice(0, SPEC_FILE_LIMITS.diagnostics.value);
  const source = text.split('\n');
  const lines = shown.flatMap(({ line, column, message }) => [
    `${path}:${line}:${column}: ${message}`,
    `    ${line} | ${(source[line - 1] ?? '').slice(0, 160)}`,
  ]);
  if (result.diagnostics.length > shown.length)
    lines.push(`… and ${result.diagnostics.length - shown.length} more`);
  const count = result.diagnostics.length === 1 ? 'a mistake' : `${result.diagnostics.length} mistakes`;
  throw new CliError(`${path} has ${count}; nothing was applied`, {
    why: lines.join('\n'),
    hint: 'mend the lines above and run the command again',
    exit: EXIT.badConfig,
  });
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw new CliError(`${path} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a YAML file, or - for standard input',
      exit: EXIT.badConfig,
      cause,
    });
  }
  if (bytes.length > SPEC_FILE_LIMITS.bytes.value) {
    throw new CliError(`${path} is larger than 4 MiB`, {
      hint: 'split it: apply takes several files one after the other',
      exit: EXIT.badConfig,
    });
  }
  return bytes.toString('utf8');
}
