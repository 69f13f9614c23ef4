/** Reads YAML files of the language; every mistake of all of them at once, each with line, column, the line itself and a suggestion. */
import { readFileSync } from 'node:fs';
import type { SpecIssue } from '../../collector/registry/errors.ts';
import { type Language, languageSchema } from '../../collector/registry/language.ts';
import {
  type Diagnostic,
  fromIssues,
  type Locate,
  pathText,
  quoted,
  readYaml,
} from '../../probes/yaml-source.ts';
import { type Environment, fillVariables } from '../../probes/yaml-variables.ts';
import { fromMeaning } from '../language/meaning.ts';
import { forbidden } from '../language/variables.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { checkPipe } from './stdin.ts';

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

/** What a text says: the keys that stand there, and all of it checked, with defaults. */
interface Parsed {
  readonly spec: Language;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly locate: Locate;
}

/** The spec in a YAML text, or the diagnostics in the order of the lines. */
export function parseSpec(
  text: string,
  env: Environment = process.env,
): Parsed | { diagnostics: Diagnostic[] } {
  const source = readYaml(text, SPEC_FILE_LIMITS.aliases.value, (document) =>
    fillVariables(document, env, forbidden),
  );
  if ('diagnostics' in source) return source;
  const { locate, raw, unready } = source;
  const parsed = languageSchema.safeParse(raw);
  const isMap = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  const found = [
    ...(parsed.success ? [] : fromIssues(parsed.error.issues, languageSchema, [], locate, { value: raw })),
    ...(isMap ? fromMeaning(raw as Parsed['raw'], locate) : []),
  ]
    .filter(({ line }) => unready.every((one) => one.line !== line))
    .map(elsewhere);
  const diagnostics = [...unready, ...found].sort((a, b) => a.line - b.line || a.column - b.column);
  return parsed.success && diagnostics.length === 0
    ? { spec: parsed.data, raw: raw as Parsed['raw'], locate }
    : { diagnostics };
}

/** Keys of the collector's own file, which people look for here. */
function elsewhere(diagnostic: Diagnostic): Diagnostic {
  const [, key] = /^unknown key "(receivers|dashboard)"(?! in)/.exec(diagnostic.message) ?? [];
  if (key === undefined) return diagnostic;
  const message = `${key} stand${key === 'receivers' ? '' : 's'} in the file that \`collector start --routes\` names: who runs the collector decides what it reads and whom it calls`;
  return { ...diagnostic, message };
}

/** Several files as one. */
export interface SpecFiles {
  /** As the API takes it: the keys that stand in any of them. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Complaints of the collector, each with the line that it is about. */
  quote(issues: readonly SpecIssue[]): string[];
}

/** Reads and checks a file; throws a `CliError` (exit 65) that lists every mistake as `file:line:column`. */
export function readSpecFile(path: string): Language {
  const [read] = readAll([path]);
  return (read as Read).spec;
}

/** Reads and checks several; throws as `readSpecFile`, once for all of them. */
export function readSpecFiles(paths: readonly string[]): SpecFiles {
  const files = readAll(paths);
  const body: Record<string, unknown> = { version: 1 };
  const origins = new Map<string, { readonly file: Read; readonly index: number }[]>();
  for (const file of files)
    for (const [key, value] of Object.entries(file.raw)) {
      if (key === 'version') continue;
      if (key === 'routes' && body.routes !== undefined)
        throw new CliError(`routes stand in ${file.path} and in another file`, {
          why: 'their order decides, so that they are one list',
          hint: 'put them into one file',
          exit: EXIT.badConfig,
        });
      const list = Array.isArray(value) ? value : [];
      body[key] = [...((body[key] as unknown[] | undefined) ?? []), ...list];
      origins.set(key, [...(origins.get(key) ?? []), ...list.map((_, index) => ({ file, index }))]);
    }
  const quote = (issues: readonly SpecIssue[]): string[] =>
    issues.flatMap(({ hint, message, path }) => {
      const [key, index, ...rest] = path;
      const origin = origins.get(String(key))?.[Number(index)];
      const said = `${message}${hint ? `; ${lowerFirst(hint)}` : ''}`;
      if (!origin) return [`${pathText(path) || 'the whole'}: ${said}`];
      const { file } = origin;
      const at = [key as string, origin.index, ...rest];
      return quoted(file.path, file.text, [{ ...file.locate(at), message: `${pathText(at)}: ${said}` }]);
    });
  return { body, quote };
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

interface Read extends Parsed {
  readonly path: string;
  readonly text: string;
}

function readAll(paths: readonly string[]): Read[] {
  const read: Read[] = [];
  const bad: { readonly path: string; readonly text: string; readonly diagnostics: Diagnostic[] }[] = [];
  for (const path of paths) {
    const text = readText(path);
    const result = parseSpec(text);
    if ('spec' in result) read.push({ ...result, path, text });
    else bad.push({ path, text, diagnostics: result.diagnostics });
  }
  if (bad.length === 0) return read;
  const total = bad.reduce((sum, { diagnostics }) => sum + diagnostics.length, 0);
  let room: number = SPEC_FILE_LIMITS.diagnostics.value;
  const lines = bad.flatMap(({ path, text, diagnostics }) => {
    const shown = diagnostics.slice(0, room);
    room -= shown.length;
    return quoted(path, text, shown);
  });
  if (total > SPEC_FILE_LIMITS.diagnostics.value)
    lines.push(`… and ${total - SPEC_FILE_LIMITS.diagnostics.value} more`);
  const count = total === 1 ? 'a mistake' : `${total} mistakes`;
  const names = bad.map(({ path }) => path).join(', ');
  throw new CliError(`${names} ${bad.length === 1 ? 'has' : 'have'} ${count}; nothing was applied`, {
    why: lines.join('\n'),
    hint: 'mend the lines above and run the command again',
    exit: EXIT.badConfig,
  });
}

function readText(path: string): string {
  let bytes: Buffer;
  if (path === '-') checkPipe('--file -');
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
      hint: 'split it: several files can be given',
      exit: EXIT.badConfig,
    });
  }
  return bytes.toString('utf8');
}
