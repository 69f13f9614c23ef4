/**
 * Credentials of the services that are probed. They stand at the agent and nowhere else: probe files, which the collector
 * stores and shows, only name them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_NAME, secretVariable } from '../probes/secret-name.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The secret of this name: from variable `OUTRIDER_SECRET_<NAME>` (upper case, `_` for `-`), else from file NAME in
 * `$CREDENTIALS_DIRECTORY`, where systemd puts those of `LoadCredential=`; undefined when neither is there. Read at each
 * use, so that one that was renewed is taken without a restart. Throws where the file is there and cannot be read: that is
 * no reason to set the variable.
 */
export function secretFrom(environment: Environment, name: string): string | undefined {
  if (!SECRET_NAME.test(name)) return undefined;
  const variable = environment[secretVariable(name)];
  if (variable !== undefined) return variable;
  const directory = environment.CREDENTIALS_DIRECTORY;
  if (directory === undefined) return undefined;
  try {
    // Files end in a line feed that is no part of the secret.
    return readFileSync(join(directory, name), 'utf8').trimEnd();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`the secret ${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
