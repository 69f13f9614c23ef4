import { Flags } from '@oclif/core';
import type { DriftAlarmJson } from '../../../collector/api/answers/promises.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

export default class CalibrationAlarms extends BaseCommand {
  static override summary =
    'Alarms about the browserless model: since when it does not predict the browser as it did.';
  static override description =
    'They are no incidents: nothing is wrong with a target. `recovered` is back where it was, `rebased` has stayed where it went, `unpaired` is not run any more.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> calibration alarms',
    '<%= config.bin %> calibration alarms --status open -o json',
  ];
  static override flags = {
    status: Flags.string({ description: 'Only those in this state.', options: ['open', 'resolved'] }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CalibrationAlarms);
    const { data, pagination } = await this.client().get<{
      data: (DriftAlarmJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/calibration/alarms', { status: flags.status });
    const headers = ['id', 'status', 'region', 'target', 'since', 'resolved', 'summary'];
    const rows = data.map((alarm) => [
      alarm.id,
      alarm.resolution ?? alarm.status,
      alarm.region,
      alarm.target,
      alarm.started_at,
      alarm.resolved_at,
      alarm.summary,
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0) this.message('no alarms');
  }
}
