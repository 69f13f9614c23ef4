import { Args } from '@oclif/core';
import type { KeyJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { confirmDestruction, yesFlag } from '../../support/confirm.ts';
import { segment } from '../../support/paths.ts';

export default class AgentsRevoke extends BaseCommand {
  static override summary =
    'Let an agent in no more: its key is revoked, and its session ends within two seconds.';
  static override description =
    'What it has sent stays. It may come back with a new invitation, by `agents invite`.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> agents revoke ams-1',
    '<%= config.bin %> agents revoke ams-1 --yes',
  ];
  static override args = { id: Args.string({ description: 'Id of the agent.', required: true }) };
  static override flags = { yes: yesFlag, collector: collectorFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentsRevoke);
    const client = this.client();
    if (!flags.yes) {
      const { data } = await client.get<{ data: KeyJson[] }>('/api/v1/keys', { limit: 1000 });
      const found = data.find(({ agent }) => agent === args.id);
      // Whether there is such an agent is for the collector to say.
      if (found) await confirmDestruction({ done: 'revoked', what: [wordsFor(found)] });
    }
    await client.post(`/api/v1/keys/${segment(args.id)}/revoke`);
    this.message(`the key of ${args.id} is revoked`);
  }
}

const wordsFor = ({ agent, enrolled_at, enrolled_with }: KeyJson): string =>
  `the key of the agent ${agent}, enrolled ${enrolled_at} with ${enrolled_with}; it needs a new invitation then`;
