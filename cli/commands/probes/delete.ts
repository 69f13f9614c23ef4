import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class ProbesDelete extends BaseCommand {
  static override summary = 'Delete a probe. Its results stay until their retention ends.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes delete play-light'];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { collector: collectorFlag };

  async run(): Promise<void> {
    const { args } = await this.parse(ProbesDelete);
    await this.client().delete(`/api/v1/probes/${segment(args.name)}`);
    this.message(`${args.name} deleted; its results stay in the store`);
  }
}
