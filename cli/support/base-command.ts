/** What all commands share: the collector's address, the output format, and how errors end. */
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import { complaintText } from '../../collector/api/complaints.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import { ApiClient } from './api-client.ts';
import { CliError, explain } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { messageColumns } from './note.ts';
import { LIST_FORMATS } from './output.ts';
import { clearProgress } from './progress.ts';
import { trustAuthorities } from './trust.ts';
import { usageError } from './usage.ts';
import { chooseCollector, chooseWay, DEFAULT_COLLECTOR, type Way, type WayFlags } from './way.ts';

export const collectorFlag = Flags.string({
  description: 'Address of the collector; it wins over every context.',
  env: 'OUTRIDER_COLLECTOR',
  default: DEFAULT_COLLECTOR,
  helpValue: 'URL',
});

export const outputFlag = Flags.string({
  char: 'o',
  description: 'Format of the data on stdout.',
  options: ['table', 'json'],
  default: 'table',
});

const tokenFileFlag = Flags.string({
  description: 'File of the token to show to the collector; or the token itself in OUTRIDER_TOKEN.',
  env: 'OUTRIDER_TOKEN_FILE',
  helpValue: 'FILE',
});

const contextFlag = Flags.string({
  description:
    'Use this one of `contexts list`, with its token. What is written here wins over variables, OUTRIDER_COLLECTOR over OUTRIDER_CONTEXT, both over `contexts use`.',
  env: 'OUTRIDER_CONTEXT',
  helpValue: 'NAME',
});

/** For lists that other programs go on with. */
export const listOutputFlag = Flags.option({
  char: 'o',
  description: 'Format of the data on stdout.',
  options: LIST_FORMATS,
  default: 'table' as const,
})();

export abstract class BaseCommand extends Command {
  /** Of what speaks to a collector; commands that do not have none. */
  static override baseFlags: Interfaces.FlagInput = {
    context: contextFlag,
    'token-file': tokenFileFlag,
  };

  /** What stands on the command line itself, and is not out of a variable or a default. */
  #written: WayFlags = {};

  /** Where a command goes that was parsed. Throws a `CliError`. */
  protected way(): Way {
    return chooseWay(this.#written, process.env);
  }

  /** Flags that name the collector as they were written, for commands that are to be copied. */
  protected wayWritten(): readonly string[] {
    const { collector, context } = this.#written;
    if (collector !== undefined) return ['--collector', collector];
    return context === undefined ? [] : ['--context', context];
  }

  /** The address alone: a bad token throws when it is needed. */
  protected collector(): string {
    return chooseCollector(this.#written, process.env);
  }

  /** The client for the collector that was named; a value that is no URL is a usage error. */
  protected client(): ApiClient {
    const way = this.way();
    for (const { file, origin } of way.authorities) trustAuthorities(origin, file);
    return new ApiClient(way.collector, undefined, way);
  }

  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    splitLists(parsed.flags, options?.flags ?? this.ctor.flags ?? {});
    const written = (name: string): string | undefined =>
      parsed.raw.find((one) => one.type === 'flag' && one.flag === name)?.input;
    const [collector, context] = [written('collector'), written('context')];
    this.#written = { collector, context, tokenFile: written('token-file') };
    if (collector !== undefined && context !== undefined)
      this.message(`--collector is asked, and nothing of the context ${context} is used`);
    return parsed;
  }

  /** What the collector says of parameters, in the names of the flags that they came from. */
  protected override catch(error: Error): Promise<unknown> {
    if (!(error instanceof CliError) || error.code !== 'bad_request' || error.issues.length === 0)
      return super.catch(error);
    const flags = Object.keys(this.ctor.flags ?? {});
    const nameOf = (parameter: string): string => (flags.includes(parameter) ? `--${parameter}` : parameter);
    throw new CliError(error.issues.map((issue) => complaintText(issue, nameOf)).join('\n'), {
      hint: error.hint ?? 'add --help to see what the command takes',
      exit: error.exit,
      code: error.code,
      cause: error,
    });
  }

  /** Unix milliseconds at which a `--for` ends; never when it was not given. */
  protected deadline(text: string | undefined): number {
    if (text === undefined) return Number.POSITIVE_INFINITY;
    const ms = parseDurationMs(text);
    if (ms === undefined) {
      throw new CliError(`--for ${text} is not a duration`, {
        hint: '--for 30s, --for 5m',
        exit: EXIT.usage,
      });
    }
    return Date.now() + ms;
  }

  /** Data, on stdout. */
  protected data(text: string): void {
    clearProgress();
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Messages, on stderr. */
  protected message(text: string): void {
    clearProgress();
    process.stderr.write(`${text}\n`);
  }
}

/** What a variable says of a flag that may be given several times comes from oclif as one text: it is a list all the same. */
function splitLists(values: Record<string, unknown>, flags: Interfaces.FlagInput): void {
  for (const [name, flag] of Object.entries(flags)) {
    const value = values[name];
    if (flag.type !== 'option' || !flag.multiple || typeof value !== 'string') continue;
    values[name] = value.split(/[\s,]+/).filter((text) => text !== '');
  }
}

/** Prints an error for people and gives the exit code for scripts. */
export function report(error: unknown, commands: readonly string[] = []): number {
  if (error instanceof CliError) {
    process.stderr.write(`${explain(error, messageColumns())}\n`);
    return error.exit;
  }
  if (error instanceof Errors.ExitError) return error.oclif.exit ?? EXIT.failed;
  if (error instanceof Errors.CLIError) {
    return report(usageError(error, commands), commands);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `Error: this is a bug in Outrider\n  Why: ${text}\n  Try: report it with the command that you ran\n`,
  );
  return EXIT.failed;
}
