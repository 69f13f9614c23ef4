import { Args } from '@oclif/core';
import { BaseCommand } from '../../support/base-command.ts';
import { changeContexts, contextOf, contextsPath } from '../../support/contexts-file.ts';

export default class ContextsUse extends BaseCommand {
  static override summary = 'Make a context the one of commands that name none.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> contexts use production',
    '<%= config.bin %> incidents list --context staging',
  ];
  static override baseFlags = {};
  static override args = {
    name: Args.string({ description: 'As `contexts list` shows it.', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ContextsUse);
    const path = contextsPath(process.env);
    let collector = '';
    changeContexts(path, (contexts) => {
      collector = contextOf(contexts, args.name, 'the command', path).collector;
      return { ...contexts, current: args.name };
    });
    this.message(`${args.name} is current: commands ask ${collector}`);
    for (const name of ['OUTRIDER_COLLECTOR', 'OUTRIDER_CONTEXT'])
      if (process.env[name]) this.message(`${name} is set in this shell and wins over it: unset ${name}`);
  }
}
