/** What all commands share: the collector's address, the output format, and how errors end. */
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import { parseDurationMs } from '../../probes/spec.ts';
import { ApiClient } from './api-client.ts';
import { CliError, explain } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { LIST_FORMATS } from './output.ts';
import { tokenFrom } from './token.ts';
import { trustAuthorities } from './trust.ts';
import { usageError } from './usage.ts';

export const DEFAULT_COLLECTOR = 'http://127.0.0.1:7077';

export const collectorFlag = Flags.string({
  description: 'Address of the collector.',
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

/** For lists that other programs go on with. */
export const listOutputFlag = Flags.option({
  char: 'o',
  description: 'Format of the data on stdout.',
  options: LIST_FORMATS,
  default: 'table' as const,
})();

export abstract class BaseCommand extends Command {
  /** Of what speaks to a collector; commands that do not have none. */
  static override baseFlags: Interfaces.FlagInput = { 'token-file': tokenFileFlag };

  #tokenFile: string | undefined;

  /** The client for a `--collector` value; a value that is no URL is a usage error. */
  protected client(collector: string): ApiClient {
    if (!/^https?:\/\//.test(collector) || !URL.canParse(collector)) {
      throw new CliError(`--collector ${collector} is not an http or https URL`, {
        hint: `--collector ${DEFAULT_COLLECTOR}`,
        exit: EXIT.usage,
      });
    }
    if (process.env.OUTRIDER_CA) trustAuthorities('OUTRIDER_CA', process.env.OUTRIDER_CA);
    return new ApiClient(collector, undefined, tokenFrom({ env: process.env, file: this.#tokenFile }));
  }

  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    this.#tokenFile = (parsed.flags as { readonly 'token-file'?: string })['token-file'];
    return parsed;
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
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Messages, on stderr. */
  protected message(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** Prints an error for people and gives the exit code for scripts. */
export function report(error: unknown, commands: readonly string[] = []): number {
  if (error instanceof CliError) {
    process.stderr.write(`${explain(error)}\n`);
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
