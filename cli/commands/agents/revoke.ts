import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class AgentsRevoke extends BaseCommand {
  static override summary =
    'Let an agent in no more: its key is revoked, and its session ends within two seconds.';
  static override description =
    'What it has sent stays. It may come back with a new invitation, by `agents invite`.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> agents revoke ams-1'];
  static override args = { id: Args.string({ description: 'Id of the agent.', required: true }) };
  static override flags = { collector: collectorFlag };

  async run(): Promise<void> {
    const { args } = await this.parse(AgentsRevoke);
    await this.client().post(`/api/v1/keys/${segment(args.id)}/revoke`);
    this.message(`the key of ${args.id} is revoked`);
  }
}
