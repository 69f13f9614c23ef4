import { existsSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { sealingKey } from '../../../agent/sealing-key.ts';
import { publicKeyText } from '../../../protocol/sealed-secret.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

export default class SecretsKey extends BaseCommand {
  static override summary = 'Print the key that secrets are sealed to for the agent of a data directory.';
  static override description =
    'Run it at the machine of the agent, as its user: the private half is in its data directory and stays there. It is made when the agent has none yet; the directory has to be there. Fetch it by a way that you trust: whoever can exchange it can read what is sealed to it.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> secrets key --data-dir /var/lib/outrider'];
  static override baseFlags = {};
  static override flags = {
    'data-dir': Flags.string({
      description: 'The data directory of the agent.',
      env: 'OUTRIDER_DATA_DIR',
      required: true,
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SecretsKey);
    // A key that is made where no agent looks for it would open nothing.
    if (!existsSync(flags['data-dir']))
      throw new CliError(`there is no directory ${flags['data-dir']}`, {
        why: 'the key is in the data directory of the agent, and would be made for no agent here',
        hint: 'name the directory that the agent is started with; before its first start, make it as its user',
        exit: EXIT.badConfig,
      });
    try {
      this.data(publicKeyText(sealingKey(flags['data-dir'])));
    } catch (cause) {
      throw new CliError('the key of the agent cannot be read or made', {
        why: cause instanceof Error ? cause.message : String(cause),
        hint: 'run it as the user of the agent, with its data directory',
        exit: EXIT.badConfig,
        cause,
      });
    }
  }
}
