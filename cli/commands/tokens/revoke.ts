import { Args } from '@oclif/core';
import type { TokenJson } from '../../support/api-types.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class TokensRevoke extends BaseCommand {
  static override summary =
    'End a token, and the dashboards that are signed in with it, at every collector within two seconds.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> tokens revoke 3f0a12bc9d01'];
  static override args = {
    id: Args.string({ description: 'Id of the token, as `tokens list` shows it.', required: true }),
  };
  static override flags = { collector: collectorFlag };

  async run(): Promise<void> {
    const { args } = await this.parse(TokensRevoke);
    const { name, role } = await this.client().post<TokenJson>(`/api/v1/tokens/${segment(args.id)}/revoke`);
    this.message(`${args.id} is revoked: ${name}, ${role}`);
  }
}
