import { Flags } from '@oclif/core';
import type { TokenJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

export default class TokensList extends BaseCommand {
  static override summary = 'Who has a token, for what, until when, and when it was last used.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> tokens list', '<%= config.bin %> tokens list --all -o json'];
  static override flags = {
    all: Flags.boolean({ description: 'Those that have expired or were revoked, too.' }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokensList);
    const { data, pagination } = await this.client().get<{
      data: (TokenJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/tokens', { all: flags.all ? 'true' : undefined, limit: 1000 });
    const headers = ['id', 'name', 'role', 'state', 'expires', 'last used', 'made by'];
    const rows = data.map((one) => [
      ...[one.id, one.name, one.role, one.state, one.expires_at, one.last_used_at, one.created_by],
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('there are no tokens');
  }
}
