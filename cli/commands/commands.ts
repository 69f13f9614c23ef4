import { flagsOf } from '../completion/place.ts';
import { BaseCommand, listOutputFlag } from '../support/base-command.ts';
import type { FactualCommand } from '../support/command-facts.ts';
import { formatList } from '../support/output.ts';

export default class Commands extends BaseCommand {
  static override summary =
    'List every command with what it takes, and whether it reads, writes or destroys.';
  static override description =
    'For programs that decide what they may run unasked: with -o json also arguments, flags, their values and examples. An idempotent command may be repeated after an error. A destructive one names what it destroys, and without a terminal it needs --yes.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> commands',
    `<%= config.bin %> commands -o json | jq -r '.data[] | select(.effect == "read") | .command'`,
  ];
  static override baseFlags = {};
  static override flags = { output: listOutputFlag };

  async run(): Promise<void> {
    const { COMMANDS } = await import('../commands.ts');
    const { flags } = await this.parse(Commands);
    const shown = Object.entries<FactualCommand>(COMMANDS).filter(([, command]) => !command.hidden);
    const data = shown.map(([id, command]) => this.#describe(id.replaceAll(':', ' '), command));
    const rows = data.map(({ command, effect, idempotent, summary }) => [
      ...[command, effect, idempotent ? 'yes' : 'no', summary],
    ]);
    const headers = ['command', 'effect', 'idempotent', 'what it does'];
    this.data(
      formatList(flags.output, { data, pagination: { limit: data.length, next: null }, headers, rows }),
    );
  }

  #describe(name: string, command: FactualCommand) {
    const { args, description, effect, examples, idempotent, summary } = command;
    const { bin } = this.config;
    return {
      ...{ command: name, effect, idempotent, summary, description },
      arguments: Object.entries(args).map(([argument, one]) => ({
        ...{ name: argument, description: one.description, required: one.required === true },
        ...(one.options ? { options: one.options } : {}),
      })),
      flags: Object.entries(flagsOf(command))
        .filter(([, { hidden }]) => !hidden)
        .map(([flag, one]) => ({
          ...{ name: flag, char: one.char, description: one.description, env: one.env },
          ...{ required: one.required === true, takes_value: one.type === 'option' },
          ...(one.type === 'option' ? { multiple: one.multiple === true, options: one.options } : {}),
        })),
      examples: (examples ?? []).map((one) => String(one).replaceAll('<%= config.bin %>', bin)),
    };
  }
}
