import type { ProbeJson } from '../../../collector/api/answers/checks.ts';
import { formatDuration } from '../../../probes/spec.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, formatTable, type Pagination } from '../../support/output.ts';

export default class ProbesList extends BaseCommand {
  static override summary = 'List the probes, what they do and how often.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes list', '<%= config.bin %> probes list -o json'];
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(ProbesList);
    const { data, pagination } = await this.client().get<{
      data: ProbeJson[];
      pagination: Pagination;
    }>('/api/v1/probes', { limit: 1000 });
    if (flags.output === 'json') return this.data(formatJson(data, pagination));
    const rows = data.map((probe) => [
      probe.name,
      probe.type,
      probe.targets.join(', '),
      probe.every,
      formatDuration(probe.timeout_ms),
      probe.agents.length,
      probe.paused ? 'paused' : 'active',
    ]);
    this.data(formatTable(['name', 'type', 'targets', 'every', 'timeout', 'agents', 'state'], rows));
    if (data.length === 0)
      this.message('no probes yet; probes import URL makes a file of them, probes apply -f FILE applies it');
    if (pagination.next !== null) this.message(`there are more than ${data.length}`);
  }
}
