/** YAML that people wrote: its values, and every mistake with the line and column where it stands. */
import { isMap, LineCounter, type Node, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { keysAt } from './schema-keys.ts';
import { suggest } from './suggest.ts';

/** A mistake in the file. Line and column count from 1. */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Where a path stands in the text: the value, or the key itself when one is named. */
export type Locate = (path: Path, key?: string) => { line: number; column: number };

/** Longest part of a line that a message quotes. */
const QUOTED_CHARS = 160;

/** What to add to a message about a word that nobody knows. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const nearest = suggest(word, known);
  if (nearest) return `; did you mean ${nearest}?`;
  return known.length > 0 ? `; known here: ${known.join(', ')}` : '';
};

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

/** `probes[2].params.url` */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step),
    '',
  );

/** zod's complaints about one part of the file, with `prefix` as the way to it. */
export function fromIssues(
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

/** The plain values of a YAML text, or what is wrong with it. Aliases that multiply past `aliasesMax` are refused. */
export function readYaml(
  text: string,
  aliasesMax: number,
): { readonly raw: unknown; readonly locate: Locate } | { readonly diagnostics: Diagnostic[] } {
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
  try {
    const raw: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { raw, locate: locator(document.contents, lines) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { diagnostics: [{ line: 1, column: 1, message }] };
  }
}

/** Each mistake as `file:line:column: message`, and below it the line itself. */
export function quoted(path: string, text: string, diagnostics: readonly Diagnostic[]): string[] {
  const source = text.split('\n');
  return diagnostics.flatMap(({ line, column, message }) => [
    `${path}:${line}:${column}: ${message}`,
    `    ${line} | ${(source[line - 1] ?? '').slice(0, QUOTED_CHARS)}`,
  ]);
}
