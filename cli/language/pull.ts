/** Writes what a collector has as YAML: anew, or into a file that people keep, of which everything stays that need not change. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { z } from 'zod';
import { canonicalJson } from '../../collector/registry/checks.ts';
import { type Language, languageSchema } from '../../collector/registry/language.ts';
import { type Location, parseLocation } from '../../probes/location.ts';
import { unwrapSchema } from '../../probes/schema-keys.ts';
import { type Environment, fillVariables } from '../../probes/yaml-variables.ts';

type Entry = Record<string, unknown>;

const LISTS = ['targets', 'probes', 'regions', 'agent_groups', 'routes', 'maintenance'] as const;
type List = (typeof LISTS)[number];

const equal = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

const elementOf = (list: List): z.ZodType =>
  (unwrapSchema(languageSchema.shape[list]) as z.ZodArray<z.ZodType>).element;

/** The line by which editors find the schema of the file. */
const schemaLine = (schemaUrl: string): string => `# yaml-language-server: $schema=${schemaUrl}\n`;

/** As short as people would write it: what has its default is left out, and places are text. */
export function shortest(list: List, entry: Entry): Entry {
  const schema = elementOf(list);
  const short: Entry = { ...entry };
  for (const key of Object.keys(entry)) {
    const { [key]: _, ...rest } = short;
    const parsed = schema.safeParse(rest);
    if (parsed.success && equal(parsed.data, entry)) delete short[key];
  }
  const text = locationText(short.from as Location | undefined);
  if (text !== undefined) short.from = text;
  return short;
}

/** `2 per region, different asn`; undefined for what people cannot say in one text. */
function locationText(from: Location | undefined): string | undefined {
  if (from === undefined) return undefined;
  const { at, count, different, per } = from;
  const many = count === undefined ? '' : `${count} `;
  const parts = [
    ...(at === undefined ? [] : [per === undefined && count !== undefined ? `${many}of ${at}` : at]),
    ...(per === undefined ? [] : [`${many}per ${per}`]),
    ...(at === undefined && per === undefined && count !== undefined ? [String(count)] : []),
    ...(different === undefined ? [] : [`different ${different.join(' and ')}`]),
  ];
  const text = parts.join(', ');
  try {
    return equal(parseLocation(text), from) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A whole new file. */
export function renderSpec(language: Language, schemaUrl: string): string {
  const document = parseDocument('version: 1\n');
  for (const list of LISTS) {
    const entries = (language[list] ?? []) as Entry[];
    if (entries.length > 0)
      document.set(
        list,
        nodeOf(
          document,
          entries.map((entry) => shortest(list, entry)),
        ),
      );
  }
  return `${schemaLine(schemaUrl)}${textOf(document)}`;
}

/** A value as people would write it. */
export function yamlText(value: object): string {
  const document = parseDocument('');
  document.contents = nodeOf(document, value) as Document.Parsed['contents'];
  return textOf(document);
}

/** With braces padded and brackets not, `{ a: 1 }` and `[a]`: the YAML library knows one way for both. */
function textOf(document: Document.Parsed): string {
  const text = document.toString({ lineWidth: 0 });
  const blanks: number[] = [];
  visit(parseDocument(text), {
    Seq(_key, { flow, range }) {
      if (!flow || !range) return;
      const [from, end] = range;
      if (text[from + 1] === ' ') blanks.push(from + 1);
      if (text[end - 2] === ' ' && end - 2 !== from + 1) blanks.push(end - 2);
    },
  });
  return blanks
    .sort((a, b) => b - a)
    .reduce((shorter, at) => shorter.slice(0, at) + shorter.slice(at + 1), text);
}

/** The file with what the collector has: comments, order, quotes, and variables that still hold, stay. Throws where it is not YAML. */
export function updateSpec(text: string, language: Language, schemaUrl: string, env: Environment): string {
  const document = parseDocument(text);
  if (document.errors[0]) throw document.errors[0];
  const filled = parseDocument(text);
  fillVariables(filled, env, () => undefined);
  const have = (filled.toJS() ?? {}) as Record<string, unknown>;
  if (!isMap(document.contents)) return renderSpec(language, schemaUrl);
  for (const list of LISTS) updateList(document, list, have[list], (language[list] ?? []) as Entry[]);
  const isPadded = /\[ \S/.test(text);
  const updated = keepGaps(text, isPadded ? document.toString({ lineWidth: 0 }) : textOf(document));
  return /yaml-language-server:/.test(text) ? updated : `${schemaLine(schemaUrl)}${updated}`;
}

/** Comments that stood in a column stay there: the YAML library has one blank before each. */
function keepGaps(before: string, after: string): string {
  const gap = /(\S) {2,}#/;
  const had = new Map(
    before
      .split('\n')
      .filter((line) => gap.test(line))
      .map((line) => [line.replace(gap, '$1 #'), line]),
  );
  const kept = after
    .split('\n')
    .map((line) => had.get(line) ?? line)
    .join('\n');
  // What looks like a comment may stand in a text of several lines.
  return equal(parseDocument(kept).toJS(), parseDocument(after).toJS()) ? kept : after;
}

function updateList(document: Document.Parsed, list: List, had: unknown, wanted: readonly Entry[]): void {
  const node: unknown = document.get(list, true);
  if (!isSeq(node)) {
    if (wanted.length > 0)
      document.set(
        list,
        nodeOf(
          document,
          wanted.map((entry) => shortest(list, entry)),
        ),
      );
    return;
  }
  const entries = (Array.isArray(had) ? had : []) as Entry[];
  const byName = new Map(wanted.map((entry) => [entry.name, entry]));
  const kept: unknown[] = [];
  for (const [index, item] of (node as YAMLSeq).items.entries()) {
    const entry = entries[index] ?? {};
    const want = byName.get(entry.name);
    if (!want) continue;
    byName.delete(entry.name);
    kept.push(item);
    if (isMap(item)) updateEntry(document, list, item as YAMLMap, entry, want);
  }
  (node as YAMLSeq).items = [
    ...kept,
    ...[...byName.values()].map((entry) => nodeOf(document, shortest(list, entry))),
  ];
  // The order of routes decides.
  if (list === 'routes') sortByName(node as YAMLSeq, wanted);
}

function sortByName(node: YAMLSeq, wanted: readonly Entry[]): void {
  const place = (item: unknown) =>
    isMap(item) ? wanted.findIndex(({ name }) => name === item.get('name')) : -1;
  node.items.sort((a, b) => place(a) - place(b));
}

function updateEntry(document: Document.Parsed, list: List, node: YAMLMap, had: Entry, want: Entry): void {
  const parsed = elementOf(list).safeParse(had);
  const meant = (parsed.success ? parsed.data : had) as Entry;
  if (equal(meant, want)) return;
  const short = shortest(list, want);
  for (const key of new Set([...Object.keys(had), ...Object.keys(short)])) {
    if (equal(meant[key], want[key])) continue;
    if (short[key] === undefined) node.delete(key);
    else setValue(document, node, key, had[key], short[key]);
  }
}

/** Keeps the node where it can, so that the comments beside it stay. */
function setValue(document: Document.Parsed, node: YAMLMap, key: string, had: unknown, want: unknown): void {
  const value: unknown = node.get(key, true);
  if (isScalar(value) && (typeof want !== 'object' || want === null)) {
    value.value = want;
    return;
  }
  if (isMap(value) && typeof want === 'object' && want !== null && !Array.isArray(want)) {
    const before = (typeof had === 'object' && had !== null ? had : {}) as Entry;
    const after = want as Entry;
    for (const part of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (equal(before[part], after[part])) continue;
      if (after[part] === undefined) value.delete(part);
      else setValue(document, value as YAMLMap, part, before[part], after[part]);
    }
    return;
  }
  node.set(key, nodeOf(document, want));
}

/** Short lists of words on one line, as people write them. */
function nodeOf(document: Document.Parsed, value: unknown): Node {
  const node = document.createNode(value) as Node;
  const flatten = (part: unknown): void => {
    if (isSeq(part)) {
      part.flow = part.items.every((item) => isScalar(item));
      part.items.forEach(flatten);
    } else if (isMap(part)) for (const { value: inner } of part.items) flatten(inner);
  };
  flatten(node);
  return node;
}
