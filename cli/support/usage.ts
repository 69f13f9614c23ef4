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
  const missing = missingArgs(error);
  if (missing) return new CliError(missing.what, { why: missing.why, hint: HELP, exit: EXIT.usage });
  const what = error.message
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*See more help with --help\s*$/, '')
    .replaceAll(/Missing required flag (\S+)/g, '--$1 is missing')
    .replaceAll(/:?\s*\n\s*/g, ': ');
  return new CliError(what, { hint: HELP, exit: EXIT.usage });
}

interface Arg {
  readonly name: string;
  readonly description?: string;
  readonly options?: readonly string[];
}

/** Arguments that were not given, each with what it is; undefined for another mistake. */
function missingArgs(error: Errors.CLIError): { readonly what: string; readonly why: string } | undefined {
  if (!/^Missing \d+ required arg/.test(error.message)) return undefined;
  const { args = [] } = error as { args?: readonly Arg[] };
  const names = args.map(({ name }) => name.toUpperCase());
  const meanings = args.map(
    ({ description = '', options }) => `${description}${options ? ` One of ${options.join(', ')}.` : ''}`,
  );
  return names.length === 1
    ? { what: `${names[0]} is missing`, why: `it is this: ${meanings[0]}` }
    : {
        what: `${names.join(' and ')} are missing`,
        why: names.map((name, i) => `${name}: ${meanings[i]}`).join('\n'),
      };
}

function unknownCommand(id: string, commands: readonly string[]): CliError {
  const words = id.replaceAll(':', ' ');
  if (words.startsWith('-'))
    return new CliError(`there is no flag ${words}`, {
      hint: 'outrider --help lists the commands, and each has its own --help',
      exit: EXIT.usage,
    });
  const known = commands.find((one) => id.startsWith(`${one}:`));
  if (known !== undefined) {
    const command = known.replaceAll(':', ' ');
    return new CliError(`outrider ${command} takes no ${JSON.stringify(words.slice(known.length + 1))}`, {
      hint: `outrider ${command} --help shows what it takes`,
      exit: EXIT.usage,
    });
  }
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
