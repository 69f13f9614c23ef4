/** YAML that people wrote: its values, and every mistake with the line and column where it stands. */
import {
  type Document,
  isMap,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { z } from 'zod';
import { issueText } from './issue-text.ts';
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

/** What stands at a path; undefined for nothing. */
const valueAt = (raw: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    raw,
  );

/**
 * zod's complaints about one part of the file, with `prefix` as the way to it. `written`: what stands there, where messages may repeat
 * it; without it, what is wrong is said in zod's words.
 */
export function fromIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  prefix: Path,
  locate: Locate,
  written?: { readonly value: unknown },
): Diagnostic[] {
  return issues.flatMap((issue): Diagnostic[] => {
    const path = [...prefix, ...issue.path];
    if (written && issue.code === 'invalid_union' && issue.message === 'Invalid input') {
      const nearest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
      if (nearest.length > 0)
        return fromIssues(nearest, schema, path, locate, { value: valueAt(written.value, issue.path) });
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...locate(path, key),
        message: `unknown key ${JSON.stringify(key)}${path.length > 0 ? ` in ${pathText(path)}` : ''}${didYouMean(key, keysAt(schema, issue.path))}`,
      }));
    }
    const text = written ? issueText(issue, valueAt(written.value, issue.path)) : issue.message;
    return [
      {
        ...locate(path),
        message: `${pathText(path) || 'the file'}${text.startsWith('is missing') ? ' ' : ': '}${text}`,
      },
    ];
  });
}

/** Complaints of the parser, as what to do about it. */
const PARSER_TEXT: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice here; only one of them can hold',
  TAB_AS_INDENT: 'a tab: YAML is indented with spaces',
  MULTIPLE_DOCS: 'a second document begins here; put it into a file of its own, or under the same keys',
  TAG_RESOLVE_FAILED: 'this tag is not known; values have none here',
};

function unresolvedAliases(document: Document.Parsed): { at: number; message: string }[] {
  const lost: { at: number; message: string }[] = [];
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) === undefined)
        lost.push({
          at: node.range?.[0] ?? 0,
          message: `nothing is marked with &${node.source} before this`,
        });
    },
  });
  return lost;
}

/** What a document is to be made of before its values are read; gives mistakes at offsets of the text. */
export type Prepare = (
  document: Document.Parsed,
) => readonly { readonly at: number; readonly message: string }[];

/** The plain values of a YAML text, with what `prepare` found; or what keeps it from being read. Aliases that multiply past `aliasesMax` are refused. */
export function readYaml(
  text: string,
  aliasesMax: number,
  prepare: Prepare = () => [],
):
  | { readonly raw: unknown; readonly locate: Locate; readonly unready: Diagnostic[] }
  | { readonly diagnostics: Diagnostic[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placed = (at: number, message: string): Diagnostic => {
    const { line, col } = lines.linePos(at);
    return { line: Math.max(1, line), column: Math.max(1, col), message };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    return {
      diagnostics: broken.map((error) => placed(error.pos[0], PARSER_TEXT[error.code] ?? error.message)),
    };
  const lost = unresolvedAliases(document).map(({ at, message }) => placed(at, message));
  if (lost.length > 0) return { diagnostics: lost };
  const unready = prepare(document).map(({ at, message }) => placed(at, message));
  try {
    const raw: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { raw, locate: locator(document.contents, lines), unready };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { diagnostics: [{ line: 1, column: 1, message }] };
  }
}

/** Each mistake as `file:line:column: message`, and below it the line itself with a mark where it begins. */
export function quoted(path: string, text: string, diagnostics: readonly Diagnostic[]): string[] {
  const source = text.split('\n');
  return diagnostics.flatMap(({ line, column, message }) => {
    const quote = (source[line - 1] ?? '').slice(0, QUOTED_CHARS).trimEnd();
    const margin = ' '.repeat(4 + String(line).length);
    // Tabs stay, so that the mark stands below what it means.
    const before = quote.slice(0, column - 1).replace(/[^\t]/g, ' ');
    return [
      `${path}:${line}:${column}: ${message}`,
      `    ${line} | ${quote}`,
      ...(column <= quote.length ? [`${margin} | ${before}^`] : []),
    ];
  });
}
