/** Writes what a command made into a file, and over none that is there. */
import { statSync, writeFileSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Throws a `CliError`: 75 when there is a file already and `force` is not set, 1 when it cannot be written. */
export function writeNewFile(file: string, text: string, { force }: { readonly force: boolean }): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isDirectory = code === 'EISDIR' || (code === 'EEXIST' && statSync(file).isDirectory());
    if (isDirectory)
      throw new CliError(`${file} is not written`, {
        why: 'it is a directory',
        hint: 'name a file in it, or - for stdout',
        cause,
      });
    const exists = code === 'EEXIST';
    throw new CliError(`${file} is not written`, {
      why: exists ? 'there is a file already' : cause instanceof Error ? cause.message : String(cause),
      hint: exists ? '--force writes over it; or name another file' : 'name another file, or - for stdout',
      exit: exists ? EXIT.conflict : EXIT.failed,
      cause,
    });
  }
}
