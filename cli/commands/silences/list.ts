import { Flags } from '@oclif/core';
import type { SilenceJson } from '../../../collector/api/answers/incidents.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';
import { timeText } from '../../support/time-text.ts';

export default class SilencesList extends BaseCommand {
  static override summary = 'What is kept quiet, until when, by whom: silences and maintenance windows.';
  static override description =
    'Incidents that a silence meets are found, stored and shown as ever; nobody is told of them. Maintenance windows stand in the file of routes.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> silences list',
    '<%= config.bin %> silences list --ended -o json',
  ];
  static override flags = {
    ended: Flags.boolean({ description: 'Those that have ended, too.' }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SilencesList);
    const { data, pagination } = await this.client().get<{
      data: (SilenceJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/silences', { ended: flags.ended ? 'true' : undefined });
    const headers = [
      ...['id', { text: 'kind', spare: 2 }, 'state', 'what', { text: 'from', spare: 3 }, 'until'],
      ...[{ text: 'by', spare: 1 }, 'comment'],
    ];
    const rows = data.map((one) => [
      ...[one.id, one.kind, one.state, one.match_text, timeText(one.starts_at), timeText(one.ends_at)],
      ...[one.author, one.comment],
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('nothing is kept quiet');
  }
}
