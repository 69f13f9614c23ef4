/** Writes a secret into a file that nobody else can read. */
import { writeFileSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Throws a `CliError` when the file is there already, or cannot be written. */
export function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CliError(`the token cannot be written to ${file}`, {
      why: exists ? 'there is a file already' : cause instanceof Error ? cause.message : String(cause),
      hint: 'name another file with --out; the token that was made is lost: revoke it (tokens list)',
      exit: exists ? EXIT.conflict : EXIT.badConfig,
      cause,
    });
  }
}
