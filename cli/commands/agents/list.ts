import type { AgentJson } from '../../../collector/api/answers/fleet.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, formatTable, type Pagination } from '../../support/output.ts';
import { agoText } from '../../support/time-text.ts';

export default class AgentsList extends BaseCommand {
  static override summary = 'List the agents: where they are, whether they are heard, what they hold.';
  static override description =
    'A silent agent has not been heard for three health intervals and did not say goodbye.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> agents list', '<%= config.bin %> agents list -o json'];
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentsList);
    const { data, pagination } = await this.client().get<{
      data: AgentJson[];
      pagination: Pagination;
    }>('/api/v1/agents');
    if (flags.output === 'json') return this.data(formatJson(data, pagination));
    const rows = data.map((agent) => [
      agent.id,
      agent.region,
      agent.state,
      agent.browser === '' ? 'light' : agent.browser,
      agent.assignments,
      agent.health?.pending,
      agent.health ? `${(agent.health.rss_bytes / 1e6).toFixed(0)} MB` : null,
      agoText(agent.last_seen_at),
    ]);
    this.data(
      formatTable(
        [
          ...['agent', 'region', 'state', { text: 'browser', spare: 2 }, 'checks'],
          ...[{ text: 'pending', spare: 1 }, { text: 'memory', spare: 3 }, 'last heard'],
        ],
        rows,
      ),
    );
    if (data.length === 0) this.message('no agent has been here yet; outrider agent start --help');
  }
}
