import { Flags } from '@oclif/core';
import type { IncidentJson } from '../../support/api-types.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, formatTable, type Pagination } from '../../support/output.ts';

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
    const rows = data.map((incident) => [
      incident.id,
      incident.status,
      incident.severity,
      incident.scope,
      incident.blame,
      attentionOf(incident),
      incident.started_at,
      incident.resolved_at,
      incident.summary,
    ]);
    this.data(
      formatTable(
        ['id', 'status', 'severity', 'scope', 'blame', 'seen to', 'since', 'resolved', 'summary'],
        rows,
      ),
    );
    if (data.length === 0) this.message('no incidents');
  }
}

/** Who sees to it, or what keeps it quiet. */
function attentionOf({ acknowledged, merged_into, silenced }: IncidentJson): string {
  const words = [
    ...(acknowledged ? [`acknowledged by ${acknowledged.by}`] : []),
    ...(silenced
      ? [silenced.kind === 'silence' ? `silenced by ${silenced.id}` : `maintenance ${silenced.id}`]
      : []),
    ...(merged_into ? [`part of ${merged_into}`] : []),
  ];
  return words.join(', ');
}
