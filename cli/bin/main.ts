/** Runs one command and ends the process with its exit code. */
import { enableCompileCache } from 'node:module';

enableCompileCache();

/** As in exit-codes.ts, which is not loaded yet. */
const INTERRUPTED = 130;

/** `argv` without the interpreter and the script. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has gone (`… | head`): nothing is left to say to it.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  process.on('SIGINT', () => {
    // Commands that have something to put away see to it themselves.
    if (process.listenerCount('SIGINT') === 1) process.exit(INTERRUPTED);
  });
  const { flush, run } = await import('@oclif/core');
  const { report } = await import('../support/base-command.ts');
  try {
    await run([...argv], import.meta.url);
    await flush();
    // Channels to a parent, keep-alive connections: nothing that is left may keep a finished command.
    process.exit();
  } catch (error) {
    const { COMMANDS } = await import('../commands.ts');
    process.exit(report(error, Object.keys(COMMANDS)));
  }
}
