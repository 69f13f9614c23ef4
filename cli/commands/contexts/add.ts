import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { ApiClient } from '../../support/api-client.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import {
  type Context,
  type Contexts,
  changeContexts,
  checkName,
  contextsPath,
  readContexts,
} from '../../support/contexts-file.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { textOfStdin } from '../../support/stdin.ts';
import { readToken } from '../../support/token.ts';
import { trustAuthorities } from '../../support/trust.ts';
import { checkAddress } from '../../support/way.ts';

export default class ContextsAdd extends BaseCommand {
  static override summary = 'Give a collector a name, with the token that it is to be shown.';
  static override description =
    'It stands in $XDG_CONFIG_HOME/outrider/contexts.yaml (~/.config when that is not set), a file with mode 0600. A token stays in its file, or comes by --token-stdin and is kept there; it is never taken from an argument, which other users can see. The collector is not asked.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> contexts add production --collector https://outrider.example:7077 --token-file ~/.outrider-token --use',
    'pass outrider/staging | <%= config.bin %> contexts add staging --collector https://outrider.staging.example:7077 --token-stdin --ca ca.pem',
    '<%= config.bin %> contexts add staging --collector https://outrider2.staging.example:7077 --replace',
  ];
  static override baseFlags = {};
  static override args = { name: Args.string({ description: 'What to call it.', required: true }) };
  static override flags = {
    collector: Flags.string({ description: 'Address of the collector.', required: true, helpValue: 'URL' }),
    'token-file': Flags.string({
      description: 'File of the token to show; it stays where it is.',
      exclusive: ['token-stdin'],
      helpValue: 'FILE',
    }),
    'token-stdin': Flags.boolean({ description: 'Read the token from stdin and keep it with the context.' }),
    ca: Flags.string({
      description: 'PEM file of authorities by which the collector is trusted, beside the usual ones.',
      helpValue: 'FILE',
    }),
    use: Flags.boolean({ description: 'Make it the current one, as `contexts use` does.' }),
    replace: Flags.boolean({ description: 'Take the place of one of this name.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ContextsAdd);
    const path = contextsPath(process.env);
    checkName(args.name);
    const checkFree = ({ contexts }: Contexts): void => {
      if (!Object.hasOwn(contexts, args.name) || flags.replace) return;
      throw new CliError(`there is a context ${args.name} already`, {
        hint: '--replace puts this one in its place; or choose another name',
        exit: EXIT.conflict,
      });
    };
    // Before the token is asked for, and again when it is written: another command may have added one.
    checkFree(readContexts(path));
    checkAddress(flags.collector, '--collector');
    if (flags.ca !== undefined) trustAuthorities('--ca', flags.ca);
    const token = await tokenOf(flags);
    // Refuses one that would travel in the clear, now and not at the first use.
    new ApiClient(flags.collector, undefined, { origin: '--collector', token: token.shown });
    const context: Context = {
      collector: flags.collector,
      ...token.kept,
      ...(flags.ca !== undefined && { ca: resolve(flags.ca) }),
    };
    let current: string | undefined;
    changeContexts(path, (contexts) => {
      checkFree(contexts);
      current = flags.use ? args.name : contexts.current;
      return {
        ...contexts,
        ...(current !== undefined && { current }),
        contexts: { ...contexts.contexts, [args.name]: context },
      };
    });
    this.message(
      current === args.name
        ? `${args.name} is kept and current: commands ask ${flags.collector}`
        : `${args.name} is kept: --context ${args.name} asks it, outrider contexts use ${args.name} makes it current`,
    );
  }
}

type Kept = Pick<Context, 'token' | 'token_file'>;

async function tokenOf(flags: {
  readonly 'token-file'?: string | undefined;
  readonly 'token-stdin': boolean;
}): Promise<{ readonly kept: Kept; readonly shown: { text: string; origin: string } | undefined }> {
  const { 'token-file': file, 'token-stdin': fromStdin } = flags;
  if (file !== undefined) {
    const text = readToken({ origin: '--token-file', file });
    return { kept: { token_file: resolve(file) }, shown: { text, origin: '--token-file' } };
  }
  if (!fromStdin) return { kept: {}, shown: undefined };
  const text = readToken({ origin: 'stdin', text: await textOfStdin('--token-stdin') });
  return { kept: { token: text }, shown: { text, origin: 'stdin' } };
}
