import { readFileSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { SealError, seal } from '../../../protocol/sealed-secret.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { checkPipe } from '../../support/stdin.ts';

export default class SecretsSeal extends BaseCommand {
  static override summary = 'Seal a secret to the keys of agents, so that only they can read it.';
  static override description =
    'Reads the secret from standard input or a file, never from the command line, where others could see it; a last line feed is no part of it. Prints a line for each key, to go under `secrets` of a probe. The collector keeps and passes on what it cannot read.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> secrets seal api-key --to outrider-key:1:… < token.txt',
    '<%= config.bin %> secrets seal api-key --to "$(cat ams-1.key)" --to "$(cat fra-1.key)" --file token.txt',
  ];
  static override args = {
    name: Args.string({ description: 'Name by which probes mean the secret.', required: true }),
  };
  static override baseFlags = {};
  static override flags = {
    to: Flags.string({
      description: 'Key of an agent, as `secrets key` prints it there.',
      multiple: true,
      required: true,
      helpValue: 'KEY',
    }),
    file: Flags.string({ description: 'File of the secret; standard input when absent.', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SecretsSeal);
    const secret = this.read(flags.file);
    try {
      for (const key of flags.to) this.data(seal(args.name, secret, key));
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      throw new CliError(`the secret ${args.name} cannot be sealed`, {
        why: cause.message,
        hint: 'outrider secrets key, at the machine of the agent, prints its key',
        exit: EXIT.usage,
        cause,
      });
    }
  }

  private read(file: string | undefined): string {
    if (file === undefined) checkPipe('secrets seal without --file');
    try {
      return readFileSync(file ?? process.stdin.fd, 'utf8').replace(/\r?\n$/, '');
    } catch (cause) {
      throw new CliError('the secret cannot be read', {
        why: cause instanceof Error ? cause.message : String(cause),
        hint: 'give --file FILE, or the secret on standard input',
        exit: EXIT.usage,
        cause,
      });
    }
  }
}
