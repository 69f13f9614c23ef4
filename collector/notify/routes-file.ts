/** A file of routes: every mistake at once, each with its line. */
import { readFileSync } from 'node:fs';
import { type Diagnostic, fromIssues, readYaml } from '../../probes/yaml-source.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { type Environment, readSecret, readSecretUrl, type SecretRef } from './secret-ref.ts';
import { type NotifySettings, notifySchema } from './settings.ts';

/** The file cannot be used; the message has a line for each mistake. */
export class RoutesFileError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'RoutesFileError';
  }
}

/** Reads a file in YAML or JSON, which is YAML, too. Throws `RoutesFileError`. */
export function readRoutesFile(path: string, env: Environment): NotifySettings {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RoutesFileError([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (bytes.length > NOTIFY_LIMITS.fileBytes.value)
    throw new RoutesFileError([`${path} is larger than ${NOTIFY_LIMITS.fileBytes.value} bytes`]);
  return parseRoutes(bytes.toString('utf8'), path, env);
}

export function parseRoutes(text: string, path: string, env: Environment): NotifySettings {
  const source = readYaml(text, NOTIFY_LIMITS.aliases.value);
  if ('diagnostics' in source) throw new RoutesFileError(placed(path, source.diagnostics));
  const parsed = notifySchema.safeParse(source.raw);
  if (!parsed.success)
    throw new RoutesFileError(placed(path, fromIssues(parsed.error.issues, notifySchema, [], source.locate)));
  const lacking = referenceProblems(parsed.data, env);
  if (lacking.length > 0)
    throw new RoutesFileError(
      lacking.map(({ i, key, problem }) => {
        const { line, column } = source.locate(['receivers', i, key]);
        return `${path}:${line}:${column}: receivers[${i}].${key}: ${problem}`;
      }),
    );
  return parsed.data;
}

/** They are read at each use: only whether that will do. */
function readAuthorities(path: string): void {
  if (!/-----BEGIN CERTIFICATE-----/.test(readFileSync(path, 'utf8')))
    throw new Error(`the file ${path} holds no certificate in PEM`);
}

/** Each mistake by its place, without the line itself: a secret that stands in it, by mistake, must not come into a log. */
const placed = (path: string, diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`);

interface Problem {
  readonly i: number;
  readonly key: string;
  readonly problem: string;
}

/** References that lead nowhere: better said at the start than when somebody should have been called. */
function referenceProblems({ receivers }: NotifySettings, env: Environment): Problem[] {
  const problems: Problem[] = [];
  for (const [i, receiver] of receivers.entries()) {
    for (const [key, value] of Object.entries(receiver)) {
      if (key === 'labels' || !(key === 'ca_file' || isReference(value))) continue;
      try {
        if (key === 'ca_file') readAuthorities(String(value));
        else if (key === 'url') readSecretUrl(value as SecretRef, env);
        else readSecret(value as SecretRef, env);
      } catch (error) {
        problems.push({ i, key, problem: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return problems;
}

const isReference = (value: unknown): value is SecretRef =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && ('file' in value || 'env' in value);
