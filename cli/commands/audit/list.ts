import { Flags } from '@oclif/core';
import type { AuditJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

export default class AuditList extends BaseCommand {
  static override summary = 'Who changed what, the newest first.';
  static override description =
    'Everything that was changed through a collector, and what somebody known was not allowed to change (403). Secrets are taken out.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> audit list --since 7d',
    '<%= config.bin %> audit list --actor ci -o ndjson',
  ];
  static override flags = {
    since: Flags.string({
      description: 'From when on: 2h, 7d, or a time.',
      default: '24h',
      helpValue: 'TIME',
    }),
    actor: Flags.string({ description: 'Name or id of a token.', helpValue: 'NAME' }),
    limit: Flags.integer({ description: 'At most so many.', default: 200, min: 1, max: 1000 }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditList);
    const { data, pagination } = await this.client().get<{
      data: (AuditJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/audit', { since: flags.since, actor: flags.actor, limit: flags.limit });
    const headers = ['at', 'who', 'role', 'did', 'answer', 'from', 'detail'];
    const rows = data.map((one) => {
      const [method] = one.action.split(' ');
      return [one.at, one.actor, one.role, `${method} ${one.path}`, one.status, one.remote, one.detail];
    });
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('nothing was changed');
  }
}
