/**
 * The allow-list of the agent's owner: which modules and programs may run here, each with the sha256 of its file. It is read once,
 * at the start of the agent; what is on it is checked then, and a file with another content is refused.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { OWN_LIMITS } from '../../probes/own/limits.ts';
import { AgentConfigError } from '../config.ts';
import { SignedFile, SignedFileError } from './signed-file.ts';

/** What the system takes as an argument, a variable or a path. */
const systemText = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .refine((value) => !value.includes('\0'), 'no text of the system has a NUL in it');

const common = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'use 1 to 48 lower-case letters, digits and dashes')
    .describe('Named by probes as `module` or `program`.'),
  file: z
    .string()
    .min(1)
    .describe('Path of the file; a relative one counts from the folder of the allow-list.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected the 64 hexadecimal digits of sha256sum FILE')
    .describe('Of the file, as `sha256sum` prints it.'),
  secrets: z.array(z.string().max(64)).max(16).default([]).describe('Names of the secrets that it is given.'),
};

const allowListSchema = z.strictObject({
  version: z.literal(1),
  modules: z
    .array(
      z.strictObject({
        ...common,
        memoryMiB: z
          .int()
          .min(16)
          .max(OWN_LIMITS.memoryMibMax.value)
          .default(OWN_LIMITS.memoryMib.value)
          .describe('What its worker may take: of heap, and of buffers once more.'),
      }),
    )
    .max(OWN_LIMITS.modules.value)
    .default([]),
  programs: z
    .array(
      z.strictObject({
        ...common,
        args: z
          .array(systemText(1024))
          .max(32)
          .default([])
          .describe('Arguments; probe files cannot add any.'),
        env: z
          .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), systemText(4096))
          .default({})
          .describe('Environment, beside PATH and LANG: nothing of the agent’s own is handed on.'),
        cwd: systemText(4096).min(1).default('/').describe('Folder that it runs in.'),
      }),
    )
    .max(OWN_LIMITS.programs.value)
    .default([]),
});

type Listed = z.infer<typeof allowListSchema>;

/** The source that was hashed is the one that runs. */
export interface OwnModule extends Omit<Listed['modules'][number], 'file' | 'sha256'> {
  readonly source: string;
  /** Has types, which are no part of what Node runs. */
  readonly typescript: boolean;
}

export interface OwnProgram extends Omit<Listed['programs'][number], 'file' | 'sha256'> {
  readonly signed: SignedFile;
}

export interface AllowList {
  readonly modules: ReadonlyMap<string, OwnModule>;
  readonly programs: ReadonlyMap<string, OwnProgram>;
}

/** Reads and checks the list and every file on it; throws `AgentConfigError` with all problems at once. */
export function readAllowList(file: string): AllowList {
  const listed = parseList(file);
  const folder = dirname(resolve(file));
  const problems: string[] = [];
  const checked = <Entry extends { readonly name: string }, Made>(
    kind: string,
    entries: readonly Entry[],
    make: (entry: Entry) => Made,
  ): Map<string, Made> => {
    const made = new Map<string, Made>();
    for (const entry of entries) {
      if (made.has(entry.name)) problems.push(`${file}: the ${kind} ${entry.name} stands twice`);
      try {
        made.set(entry.name, make(entry));
      } catch (error) {
        if (!(error instanceof SignedFileError)) throw error;
        problems.push(`${file}: the ${kind} ${entry.name}: ${error.message}`);
      }
    }
    return made;
  };
  const modules = checked('module', listed.modules, ({ file: path, sha256, ...entry }): OwnModule => {
    const signed = new SignedFile(resolve(folder, path), sha256, OWN_LIMITS.moduleBytes.value);
    return { ...entry, source: signed.read().toString('utf8'), typescript: extname(path) === '.ts' };
  });
  const programs = checked('program', listed.programs, ({ file: path, sha256, ...entry }): OwnProgram => {
    const signed = new SignedFile(resolve(folder, path), sha256, OWN_LIMITS.programBytes.value);
    signed.check();
    return { ...entry, signed };
  });
  if (problems.length > 0) throw new AgentConfigError(problems);
  return { modules, programs };
}

function parseList(file: string): Listed {
  let value: unknown;
  try {
    if (statSync(file).size > OWN_LIMITS.allowListBytes.value)
      throw new Error(`it is larger than ${OWN_LIMITS.allowListBytes.value} bytes`);
    value = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw new AgentConfigError([
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)})`,
    ]);
  }
  const parsed = allowListSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AgentConfigError(
    parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'the whole'}: ${issue.message}`),
  );
}
