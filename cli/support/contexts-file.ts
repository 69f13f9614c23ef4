/**
 * Contexts: collectors by name, each with the token to show it, in a file of this user. Nobody else may read it, since a token may
 * stand in it; the messages of this file repeat nothing of what does.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Limit } from '../../probes/limit.ts';
import { type Diagnostic, didYouMean, fromIssues, readYaml } from '../../probes/yaml-source.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export const CONTEXTS_FILE_LIMITS = {
  bytes: {
    value: 256 * 1024,
    reason: 'A person has some dozens of collectors, each of some hundred bytes.',
    past: 'The file is refused, and a context that would make it larger is not added.',
  },
  waitMs: {
    value: 5000,
    reason: 'Another command holds the file for milliseconds; what holds it longer was killed.',
    past: 'Nothing is changed, and the command ends with 75 and names what is in its way.',
  },
} as const satisfies Record<string, Limit>;

type Environment = Readonly<Record<string, string | undefined>>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const contextSchema = z
  .strictObject({
    /** `https://collector.example:7077` */
    collector: z.string().regex(/^https?:\/\/[^/]/, 'is no http or https URL'),
    /** Absolute path of the file of the token; a `token` stands here itself. */
    token_file: z.string().min(1).optional(),
    token: z.string().min(1).optional(),
    /** PEM file of authorities that are trusted beside the usual ones. */
    ca: z.string().min(1).optional(),
  })
  .refine(({ token, token_file }) => token === undefined || token_file === undefined, {
    message: 'has both token and token_file: one of them is enough',
  });

const fileSchema = z.strictObject({
  version: z.literal(1, 'is not 1'),
  /** The context of commands that name none. */
  current: z.string().optional(),
  contexts: z.record(z.string().regex(NAME, 'is no name'), contextSchema).default({}),
});

export type Context = z.infer<typeof contextSchema>;
export type Contexts = z.infer<typeof fileSchema>;

/** `$XDG_CONFIG_HOME/outrider/contexts.yaml`; a relative directory counts as none (XDG Base Directory Specification). */
export function contextsPath(env: Environment): string {
  const given = env.XDG_CONFIG_HOME ?? '';
  const config = isAbsolute(given) ? given : join(env.HOME || homedir(), '.config');
  return join(config, 'outrider', 'contexts.yaml');
}

/** What the file says; nothing where there is none. Throws a `CliError` (exit 65), which never has a token in it. */
export function readContexts(path: string): Contexts {
  const text = textOf(path);
  if (text === undefined) return { version: 1, contexts: {} };
  const source = readYaml(text, 0);
  if ('diagnostics' in source) throw unusable(path, source.diagnostics);
  const parsed = fileSchema.safeParse(source.raw);
  if (!parsed.success) throw unusable(path, fromIssues(parsed.error.issues, fileSchema, [], source.locate));
  return parsed.data;
}

/** Replaces the file as a whole, for this user alone to read. Throws a `CliError`: 65, and 75 while another command changes it. */
export function writeContexts(path: string, contexts: Contexts): void {
  replaceContexts(path, () => contexts);
}

/** Makes something else of what the file says, as one step: of two commands at once both count. Throws as `writeContexts`. */
export function changeContexts(path: string, change: (contexts: Contexts) => Contexts): void {
  replaceContexts(path, () => change(readContexts(path)));
}

/** The next file is the lock, too: who has made it may read and write, until it takes the place of the old one. */
function replaceContexts(path: string, make: () => Contexts): void {
  const next = `${path}.next`;
  const file = openAlone(path, next);
  try {
    const text = textFor(path, make());
    try {
      writeFileSync(file, text);
      fsyncSync(file);
      renameSync(next, path);
    } catch (cause) {
      throw unwritable(path, cause);
    }
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Makes the next file, as soon as no other command has one. */
function openAlone(path: string, next: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const endMs = Date.now() + CONTEXTS_FILE_LIMITS.waitMs.value;
  for (;;) {
    try {
      return openSync(next, 'wx', 0o600);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, cause);
      if (Date.now() >= endMs) throw heldError(path, next);
      // Nothing else happens in a command meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function textFor(path: string, contexts: Contexts): string {
  const text = `# Written by \`outrider contexts\`. Nobody else may read it: there may be tokens in it.\n${stringify(contexts)}`;
  const { value: most } = CONTEXTS_FILE_LIMITS.bytes;
  if (Buffer.byteLength(text) <= most) return text;
  throw new CliError(`${path} would be larger than ${most} bytes`, {
    hint: 'outrider contexts remove NAME takes away those that nobody needs',
    exit: EXIT.badConfig,
  });
}

const unwritable = (path: string, cause: unknown): CliError =>
  new CliError(`the contexts cannot be written to ${path}`, {
    why: cause instanceof Error ? cause.message : String(cause),
    hint: 'XDG_CONFIG_HOME names the directory above it',
    exit: EXIT.badConfig,
    cause,
  });

const heldError = (path: string, next: string): CliError =>
  new CliError(`${path} is not changed: another command is changing it`, {
    why: `${next} is there, and was for ${CONTEXTS_FILE_LIMITS.waitMs.value / 1000} s`,
    hint: `once more in a moment; where no other command runs, one was killed: rm ${next}`,
    exit: EXIT.conflict,
  });

/** One of them. Throws a `CliError` (exit 64) that names what asked for it, such as `--context`. */
export function contextOf({ contexts }: Contexts, name: string, origin: string, path: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found) return found;
  const names = Object.keys(contexts);
  throw new CliError(`there is no context ${name}${didYouMean(name, names)}`, {
    why: `${origin} names it, and ${path} has ${names.length > 0 ? names.join(', ') : 'none'}`,
    hint: 'outrider contexts list; outrider contexts add NAME --collector URL makes one',
    exit: EXIT.usage,
  });
}

/** Throws a `CliError` (exit 64) for what can be no name. */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new CliError(`${JSON.stringify(name)} can be no name of a context`, {
    why: 'it is of up to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
    hint: 'outrider contexts add production --collector https://…',
    exit: EXIT.usage,
  });
}

/** Undefined where there is no file. */
function textOf(path: string): string | undefined {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, cause);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new CliError(`the contexts in ${path} are not used`, {
      why: 'other users of this machine may read or change the file: it says whom commands trust, and may hold tokens',
      hint: `chmod 600 ${path}`,
      exit: EXIT.badConfig,
    });
  const { value: most } = CONTEXTS_FILE_LIMITS.bytes;
  if (found.size > most) throw unreadable(path, new Error(`it has ${found.size} bytes, more than ${most}`));
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const unreadable = (path: string, cause: unknown): CliError =>
  new CliError(`the contexts in ${path} cannot be read`, {
    why: cause instanceof Error ? cause.message : String(cause),
    hint: '--collector URL needs none of them',
    exit: EXIT.badConfig,
    cause,
  });

/** A token, whole or in part, that was written in place of something else. */
const TOKENS = /ot_[voaecs]_[\w-]{8,}/g;

/** Lines are named and not quoted: a token may stand there. */
const unusable = (path: string, diagnostics: readonly Diagnostic[]): CliError =>
  new CliError(`the contexts in ${path} cannot be used`, {
    why: diagnostics
      .map(({ column, line, message }) => `${path}:${line}:${column}: ${message.replaceAll(TOKENS, 'ot_…')}`)
      .join('\n'),
    hint: 'mend the file, or delete it and make them again with outrider contexts add; --collector URL needs none of them',
    exit: EXIT.badConfig,
  });
