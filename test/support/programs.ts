/** Programs of the machine that some tests run: what is not installed is said in the name of the skipped test. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these names that is in the PATH; undefined for none. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Why a test that needs the program cannot run, or undefined when it can. */
export function programMissing(...names: readonly string[]): string | undefined {
  return findProgram(...names) ? undefined : `${names.join(' or ')} is not installed`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
