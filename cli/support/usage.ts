/** Mistakes on the command line in our words, with the word that was probably meant. */
import type { Errors } from '@oclif/core';
import { suggest } from '../../probes/suggest.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

const HELP = 'add --help to see what the command takes';

/** A mistake that the command line's parser found, as an error with exit code 64. `commands` are ids such as `probes:list`. */
export function usageError(error: Errors.CLIError, commands: readonly string[]): CliError {
  const unknown = /^command (\S+) not found/.exec(error.message)?.[1];
  if (unknown !== undefined) return unknownCommand(unknown, commands);
  const flags = 'flags' in error && Array.isArray(error.flags) ? error.flags.map(String) : [];
  const [flag] = flags;
  const known = knownFlags(error);
  if (flag !== undefined && known.length > 0) {
    const meant = suggest(flag.replace(/^-+/, ''), known);
    return new CliError(`there is no flag ${flag}`, {
      hint: meant ? `did you mean --${meant}?` : HELP,
      exit: EXIT.usage,
    });
  }
  const what = error.message
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*See more help with --help\s*$/, '')
    .replaceAll(/:?\s*\n\s*/g, ': ');
  return new CliError(what, { hint: HELP, exit: EXIT.usage });
}

function unknownCommand(id: string, commands: readonly string[]): CliError {
  const words = id.replaceAll(':', ' ');
  const meant = suggest(id, commands);
  const hint = meant
    ? `did you mean outrider ${meant.replaceAll(':', ' ')}?`
    : 'outrider --help lists the commands';
  return new CliError(`there is no command ${words}`, { hint, exit: EXIT.usage });
}

/** Names of the flags of the command that was parsed. */
function knownFlags(error: Errors.CLIError): string[] {
  if (!('parse' in error)) return [];
  const { parse } = error as { parse?: { input?: { flags?: object } } };
  return Object.keys(parse?.input?.flags ?? {});
}
