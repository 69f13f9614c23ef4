import type { CollectorJson } from '../../../collector/api/answers/fleet.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, formatTable, type Pagination } from '../../support/output.ts';

export default class CollectorList extends BaseCommand {
  static override summary =
    'List the collectors on the store: where they are, how they are, which one detects.';
  static override description =
    'Any of them can be asked. A silent one has not been heard for ten seconds, and is taken out; a drained one can be stopped.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> collector list', '<%= config.bin %> collector list -o json'];
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(CollectorList);
    const { data, pagination } = await this.client().get<{
      data: CollectorJson[];
      pagination: Pagination;
    }>('/api/v1/collectors');
    if (flags.output === 'json') return this.data(formatJson(data, pagination));
    const rows = data.map((member) => [
      member.here ? `${member.name} *` : member.name,
      member.url,
      member.state,
      member.agents,
      member.detects ? 'yes' : null,
      member.version,
      member.started_at,
      member.seen_at,
    ]);
    this.data(
      formatTable(['collector', 'url', 'state', 'agents', 'detects', 'version', 'started', 'seen'], rows),
    );
  }
}
