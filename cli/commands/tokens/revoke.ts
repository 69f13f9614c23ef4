import { Args } from '@oclif/core';
import type { TokenJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { confirmDestruction, yesFlag } from '../../support/confirm.ts';
import { segment } from '../../support/paths.ts';

export default class TokensRevoke extends BaseCommand {
  static override summary =
    'End a token, and the dashboards that are signed in with it, at every collector within two seconds.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> tokens revoke 3f0a12bc9d01',
    '<%= config.bin %> tokens revoke 3f0a12bc9d01 --yes',
  ];
  static override args = {
    id: Args.string({ description: 'Id of the token, as `tokens list` shows it.', required: true }),
  };
  static override flags = { yes: yesFlag, collector: collectorFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensRevoke);
    const client = this.client();
    if (!flags.yes) {
      const { data } = await client.get<{ data: TokenJson[] }>('/api/v1/tokens', {
        all: 'true',
        limit: 1000,
      });
      const found = data.find(({ id }) => id === args.id);
      // Whether there is such a token is for the collector to say.
      if (found?.state === 'good') await confirmDestruction({ done: 'revoked', what: [wordsFor(found)] });
    }
    const { name, role } = await client.post<TokenJson>(`/api/v1/tokens/${segment(args.id)}/revoke`);
    this.message(`${args.id} is revoked: ${name}, ${role}`);
  }
}

function wordsFor({ expires_at, id, last_used_at, name, role }: TokenJson): string {
  const used = last_used_at === null ? 'never used' : `last used ${last_used_at}`;
  return `the token ${id}: ${name}, ${role} until ${expires_at}, ${used}`;
}
