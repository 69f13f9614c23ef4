/** What every command says of itself, for people who read its help and programs that decide whether they may run it. */
import type { Command } from '@oclif/core';

/**
 * `read` changes nothing anywhere. `write` makes or changes something, and another command can undo it.
 * `destructive` may take away what no command brings back: it names that first, and asks or wants `--yes`.
 */
export type Effect = 'read' | 'write' | 'destructive';

export interface CommandFacts {
  readonly effect: Effect;
  /** Whether the second time changes nothing that the first has not: a program may then repeat it after an error. */
  readonly idempotent: boolean;
}

/** A class of a command that says all of it. */
export type FactualCommand = typeof Command & CommandFacts;

/** The same commands, in whose help it stands as a sentence. */
export function sayFacts<T extends Readonly<Record<string, FactualCommand>>>(commands: T): T {
  for (const command of Object.values(commands))
    command.description = [command.description, factsText(command)].filter(Boolean).join('\n\n');
  return commands;
}

function factsText({ effect, idempotent }: CommandFacts): string {
  if (effect === 'read') return 'Reads; it changes nothing.';
  const again = idempotent ? 'Twice is as good as once.' : 'Done twice, it is there twice.';
  return effect === 'write'
    ? `Writes. ${again}`
    : `Destroys: it names what, and asks on a terminal; elsewhere it needs --yes. ${again}`;
}
