/** The token that the CLI shows to the collector: out of a variable or a file, never out of an argument, which `ps` shows to everybody. */
import { readFileSync, statSync } from 'node:fs';
import { TOKEN_PATTERN } from '../../collector/access/token-text.ts';
import { isLoopback } from '../../collector/listen.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export interface TokenSources {
  /** `--token-file`, or what a context says. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Undefined where none is given. Throws a `CliError`, which never has the token in it. */
export function tokenFrom({ env, file = env.OUTRIDER_TOKEN_FILE }: TokenSources): string | undefined {
  // A file that was named for this command wins over the variable of a whole shell.
  const [origin, text] = file ? [file, readToken(file)] : ['OUTRIDER_TOKEN', env.OUTRIDER_TOKEN ?? ''];
  const token = text.trim();
  if (token === '') {
    if (!file) return undefined;
    throw new CliError(`the token file ${file} is empty`, { exit: EXIT.auth });
  }
  if (TOKEN_PATTERN.exec(token)?.[0] === token) return token;
  throw new CliError(`what ${origin} has is no token`, {
    why: 'a token begins with ot_ and a letter, and is one word of 54 characters',
    hint: 'copy it again, or have an admin make one: outrider tokens add NAME --role viewer',
    exit: EXIT.auth,
  });
}

/** Throws a `CliError` where a token would travel in the clear beyond this machine. */
export function checkWay(collector: URL): void {
  if (collector.protocol === 'https:' || isLoopback(collector.hostname.replace(/^\[|\]$/g, ''))) return;
  throw new CliError(`the token is not sent to ${collector.origin} in the clear`, {
    why: 'whoever listens on the way could use it',
    hint: `--collector https://${collector.host}, or a tunnel to a port of this machine`,
    exit: EXIT.auth,
  });
}

function readToken(file: string): string {
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      process.stderr.write(`warning: others may read ${file}: chmod 600 ${file}\n`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError(`the token file ${file} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'give a file that this user may read',
      exit: EXIT.auth,
      cause,
    });
  }
}
