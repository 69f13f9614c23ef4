/**
 * URLs and secrets of receivers stand in files or in the environment, and routes name those: a URL of a webhook is a password. They
 * are read at each use, so that one that was renewed is taken without a restart.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { NOTIFY_LIMITS } from './limits.ts';

const BY_REFERENCE = 'expected {file: PATH} or {env: NAME}: what is secret does not stand in this file';

export const secretRefSchema = z.union(
  [
    z.strictObject({ file: z.string().min(1).max(1000).describe('A file that holds it, and nothing else.') }),
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected the name of a variable')
        .describe('A variable of the environment of the collector.'),
    }),
  ],
  { error: BY_REFERENCE },
);

/** The URL of a place where nothing in it is secret stands in the file itself. */
export const openUrlSchema = z.union(
  [
    ...secretRefSchema.options,
    z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).password === '')
      .transform((value) => ({ value })),
  ],
  { error: 'expected a http or https URL without a password, {file: PATH} or {env: NAME}' },
);

/** `value`: given by a person who decided that it is no secret. */
export type SecretRef = z.infer<typeof secretRefSchema> | { readonly value: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text; throws an `Error` that names file or variable, and never what is in it. */
export function readSecret(ref: SecretRef, env: Environment): string {
  if ('value' in ref) return ref.value;
  if ('env' in ref) {
    const value = env[ref.env]?.trim();
    if (!value) throw new Error(`the variable ${ref.env} is not set`);
    return value;
  }
  let text: string;
  try {
    const stat = statSync(ref.file);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > NOTIFY_LIMITS.refBytes.value) throw new Error('it is too large');
    text = readFileSync(ref.file, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `the file ${ref.file} cannot be read: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
  if (text === '') throw new Error(`the file ${ref.file} is empty`);
  return text;
}

/** The same as an http or https URL. */
export function readSecretUrl(ref: SecretRef, env: Environment): URL {
  const text = readSecret(ref, env);
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  const where =
    'file' in ref ? `the file ${ref.file}` : 'env' in ref ? `the variable ${ref.env}` : 'the option';
  throw new Error(`${where} holds no http or https URL`);
}

/** A message without any of these texts in it. */
export function without(message: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '…'), message);
}
