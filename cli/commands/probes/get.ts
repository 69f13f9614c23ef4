import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatTable } from '../../support/output.ts';
import { segment } from '../../support/paths.ts';

export default class ProbesGet extends BaseCommand {
  static override summary = 'Show one probe with its parameters and the agents that run it.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes get play-light'];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesGet);
    const probe = await this.client().get<Record<string, unknown>>(`/api/v1/probes/${segment(args.name)}`);
    if (flags.output === 'json') return this.data(JSON.stringify(probe, null, 2));
    this.data(formatTable(['field', 'value'], Object.entries(probe)));
  }
}
