import { Flags } from '@oclif/core';
import type { ChangeJson } from '../../../collector/api/answers/incidents.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';
import { timeText } from '../../support/time-text.ts';

export default class ChangesList extends BaseCommand {
  static override summary =
    'What was changed: deploys and moves that somebody told of, edits of targets, upgrades of agents.';
  static override description =
    'Incidents that begin soon after a change, where it was made, name it as a suspect.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> changes list',
    '<%= config.bin %> changes list --since 2h -o json',
  ];
  static override flags = {
    since: Flags.string({ description: 'Since when: 2h, 7d, or a time.', default: '7d' }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ChangesList);
    const { data, pagination } = await this.client().get<{
      data: (ChangeJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/changes', { since: flags.since });
    const headers = ['at', 'kind', 'name', 'where', 'text'];
    const rows = data.map(({ at, kind, name, where, text }) => [
      timeText(at),
      kind,
      name,
      whereText(where),
      text,
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('no changes');
  }
}

const whereText = (where: ChangeJson['where']): string =>
  Object.entries(where)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ') || 'everywhere';
