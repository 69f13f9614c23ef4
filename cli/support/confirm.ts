/** Asks before something goes that no command brings back; never where nobody is there to answer. */
import { createInterface } from 'node:readline';
import { Flags } from '@oclif/core';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { clearProgress } from './progress.ts';

/** More names than these make nobody read them. */
const NAMED = 20;

export const yesFlag = Flags.boolean({
  char: 'y',
  description: 'Do not ask. Without a terminal nothing is destroyed unless this is given.',
  default: false,
});

export interface Destruction {
  /** `deleted`, `revoked` */
  readonly done: string;
  /** A line each, by name, with what goes with it. */
  readonly what: readonly string[];
}

/** For where `--yes` was not given: resolves when it may be done. Throws a `CliError`: 64 where there is no terminal to ask on, 1 where the answer is no. */
export async function confirmDestruction({ done, what }: Destruction): Promise<void> {
  if (what.length === 0) return;
  const more = what.length - NAMED;
  const lines = [
    what.length === 1 ? `to be ${done}:` : `to be ${done}, ${what.length} in all:`,
    ...what.slice(0, NAMED).map((line) => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CliError(`nothing was ${done}: there is no terminal to ask on`, {
      why: lines.join('\n'),
      hint: 'add --yes once that is what you want',
      exit: EXIT.usage,
    });
  clearProgress();
  process.stderr.write(`${lines.join('\n')}\nGo on? [y/N] `);
  if (/^\s*y(es)?\s*$/i.test(await answer())) return;
  throw new CliError(`nothing was ${done}`, { why: 'the answer was not yes' });
}

/** `1 agent`, `3 agents` */
export const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A line of the terminal; empty at its end (Ctrl-D). */
function answer(): Promise<string> {
  return new Promise((resolve) => {
    // In the terminal's own line mode, so that Ctrl-C is a signal as ever.
    const lines = createInterface({ input: process.stdin, terminal: false });
    lines.once('line', (line) => {
      resolve(line);
      lines.removeAllListeners('close').close();
    });
    lines.once('close', () => {
      // Behind the question, where no line was ended.
      process.stderr.write('\n');
      resolve('');
    });
  });
}
