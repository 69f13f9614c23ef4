/** The token that the CLI shows to the collector: out of a variable or a file, never out of an argument, which `ps` shows to everybody. */
import { readFileSync, statSync } from 'node:fs';
import { TOKEN_PATTERN } from '../../collector/access/token-text.ts';
import { isLoopback } from '../../collector/listen.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** A token, or the file of one, with who named it: `--token-file`, `OUTRIDER_TOKEN` … */
export type TokenSource =
  | { readonly origin: string; readonly file: string }
  | { readonly origin: string; readonly text: string };

/** Throws a `CliError` (exit 77), which never has the token in it. */
export function readToken(source: TokenSource): string {
  const where = 'file' in source ? `${source.file} (${source.origin})` : source.origin;
  const token = ('file' in source ? textOf(source.file, where) : source.text).trim();
  if (TOKEN_PATTERN.exec(token)?.[0] === token) return token;
  if (token === '') throw new CliError(`the token file ${where} is empty`, { exit: EXIT.auth });
  throw new CliError(`what ${where} has is no token`, {
    why: 'a token begins with ot_ and a letter, and is one word of 54 characters',
    hint: 'copy it again, or have an admin make one: outrider tokens add NAME --role viewer',
    exit: EXIT.auth,
  });
}

/** Throws a `CliError` where a token would travel in the clear beyond this machine. `origin`: who named the collector. */
export function checkWay(collector: URL, origin = ''): void {
  if (collector.protocol === 'https:' || isLoopback(collector.hostname.replace(/^\[|\]$/g, ''))) return;
  throw new CliError(`the token is not sent to ${collector.origin} in the clear`, {
    why: `whoever listens on the way could use it${origin ? `; the address is of ${origin}` : ''}`,
    hint: `--collector https://${collector.host}, or a tunnel to a port of this machine`,
    exit: EXIT.auth,
  });
}

function textOf(file: string, where: string): string {
  try {
    const found = statSync(file);
    if (found.isFile() && (found.mode & 0o077) !== 0)
      process.stderr.write(`warning: others may read ${file}: chmod 600 ${file}\n`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError(`the token file ${where} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'give a file that this user may read',
      exit: EXIT.auth,
      cause,
    });
  }
}
