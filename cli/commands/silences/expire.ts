import { Args } from '@oclif/core';
import { authorFlag } from '../../support/author-flag.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class SilencesExpire extends BaseCommand {
  static override summary = 'End a silence now: what is still bad is told.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> silences expire 3f0a12bc'];
  static override args = {
    id: Args.string({ description: 'Id of the silence, as `silences list` shows it.', required: true }),
  };
  static override flags = { by: authorFlag, collector: collectorFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SilencesExpire);
    await this.client().post(`/api/v1/silences/${segment(args.id)}/expire`, {
      author: flags.by,
    });
    this.message(`${args.id} has ended`);
  }
}
