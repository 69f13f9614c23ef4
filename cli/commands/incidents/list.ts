import { Flags } from '@oclif/core';
import type { IncidentJson } from '../../../collector/api/answers/incidents.ts';
import { incidentList } from '../../incident/incident-list.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, type Pagination } from '../../support/output.ts';

export default class IncidentsList extends BaseCommand {
  static override summary =
    'List incidents: where it is worse, since when, whose fault it looks like, who sees to it.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> incidents list',
    '<%= config.bin %> incidents list --status open -o json',
  ];
  static override flags = {
    status: Flags.string({ description: 'Only those in this state.', options: ['open', 'resolved'] }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(IncidentsList);
    const { data, pagination } = await this.client().get<{
      data: IncidentJson[];
      pagination: Pagination;
    }>('/api/v1/incidents', { status: flags.status });
    if (flags.output === 'json') return this.data(formatJson(data, pagination));
    if (data.length > 0) this.data(incidentList(data));
    else this.message(flags.status === 'open' ? 'no open incidents' : 'no incidents');
  }
}
