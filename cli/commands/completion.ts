import { Args } from '@oclif/core';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { BaseCommand } from '../support/base-command.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print the script by which a shell completes commands, flags, values and names.';
  static override description =
    'Names of probes, targets, agents, regions and incidents come from the collector that the line names; where it does not answer within a second, nothing is completed (OUTRIDER_COMPLETION_WAIT=3s waits longer). `outrider` has to be on the PATH.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    'eval "$(<%= config.bin %> completion bash)"',
    'eval "$(<%= config.bin %> completion zsh)"',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/outrider.fish',
  ];
  static override args = {
    shell: Args.string({ description: 'Which shell.', options: [...SHELLS], required: true }),
  };
  static override baseFlags = {};

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    this.data(SCRIPTS[args.shell as Shell]);
  }
}
