import { Flags } from '@oclif/core';
import type { KeyJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

export default class AgentsKeys extends BaseCommand {
  static override summary = 'Which agents are enrolled, since when, by which token.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> agents keys', '<%= config.bin %> agents keys --all -o json'];
  static override flags = {
    all: Flags.boolean({ description: 'Those whose key was revoked, too.' }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentsKeys);
    const { data, pagination } = await this.client().get<{
      data: (KeyJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/keys', { all: flags.all ? 'true' : undefined, limit: 1000 });
    const headers = ['agent', 'state', 'enrolled', 'with', 'public key', 'revoked by'];
    const rows = data.map((one) => [
      ...[one.agent, one.state, one.enrolled_at, one.enrolled_with, one.public_key, one.revoked_by],
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('no agent is enrolled');
  }
}
