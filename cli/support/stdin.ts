/** What is piped into a command. */
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** All of it, up to the size of a token by far. A terminal is not waited for: throws a `CliError` (exit 64). `option`: what asks for it. */
export async function textOfStdin(option: string): Promise<string> {
  checkPipe(option);
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MOST_CHARS) break;
  }
  return text;
}

/** For what reads to the end at once, which at a terminal would look like a hang that Ctrl-C does not end: throws a `CliError` (exit 64). */
export function checkPipe(option: string): void {
  if (!process.stdin.isTTY) return;
  throw new CliError(`${option} reads a pipe, and stdin is a terminal`, {
    hint: `${option} < FILE, or what prints it before a |`,
    exit: EXIT.usage,
  });
}

/** What is longer is something else, and is refused for that by whoever reads it. */
const MOST_CHARS = 1000;
