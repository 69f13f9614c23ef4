/** What is piped into a command. */
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** All of it, up to the size of a token by far. A terminal is not waited for: throws a `CliError` (exit 64). `option`: what asks for it. */
export async function textOfStdin(option: string): Promise<string> {
  if (process.stdin.isTTY)
    throw new CliError(`${option} reads a pipe, and stdin is a terminal`, {
      hint: `${option} < FILE, or the output of a password manager before a |`,
      exit: EXIT.usage,
    });
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MOST_CHARS) break;
  }
  return text;
}

/** What is longer is something else, and is refused for that by whoever reads it. */
const MOST_CHARS = 1000;
