import { Args } from '@oclif/core';
import { BaseCommand } from '../../support/base-command.ts';
import { confirmDestruction, yesFlag } from '../../support/confirm.ts';
import { changeContexts, contextOf, contextsPath, readContexts } from '../../support/contexts-file.ts';

export default class ContextsRemove extends BaseCommand {
  static override summary = 'Forget a context, and the token that is kept with it.';
  static override description =
    'A file of a token stays, and the token is good until somebody revokes it: `tokens revoke`.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> contexts remove staging',
    '<%= config.bin %> contexts remove staging --yes',
  ];
  static override baseFlags = {};
  static override args = {
    name: Args.string({ description: 'As `contexts list` shows it.', required: true }),
  };
  static override flags = { yes: yesFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ContextsRemove);
    const path = contextsPath(process.env);
    const { contexts, current, version } = readContexts(path);
    const { collector, token } = contextOf({ contexts, version }, args.name, 'the command', path);
    const what = `${args.name}: ${collector}${token ? ', with its token' : ''}`;
    if (!flags.yes) await confirmDestruction({ done: 'forgotten', what: [`the context ${what}`] });
    changeContexts(path, ({ contexts: { [args.name]: _, ...contexts }, current: now }) => {
      const stays = now !== undefined && now !== args.name;
      return { version, ...(stays && { current: now }), contexts };
    });
    this.message(`forgotten: ${what}`);
    if (current === args.name)
      this.message('it was the current one: commands that name none ask http://127.0.0.1:7077 now');
  }
}
