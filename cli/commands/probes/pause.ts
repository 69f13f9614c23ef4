import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class ProbesPause extends BaseCommand {
  static override summary = 'Stop running a probe; its definition and history stay.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes pause play-light'];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { collector: collectorFlag };

  async run(): Promise<void> {
    const { args } = await this.parse(ProbesPause);
    await this.client().post(`/api/v1/probes/${segment(args.name)}/pause`);
    this.message(`${args.name} paused`);
  }
}
