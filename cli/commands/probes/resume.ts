import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class ProbesResume extends BaseCommand {
  static override summary = 'Run a paused probe again.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes resume play-light'];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { collector: collectorFlag };

  async run(): Promise<void> {
    const { args } = await this.parse(ProbesResume);
    await this.client().post(`/api/v1/probes/${segment(args.name)}/resume`);
    this.message(`${args.name} resumed`);
  }
}
