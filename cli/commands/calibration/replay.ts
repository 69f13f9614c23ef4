import { Flags } from '@oclif/core';
import type { DriftAlarmJson } from '../../../collector/api/answers/promises.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

interface Event extends Record<string, unknown> {
  readonly event: string;
  readonly alarm: DriftAlarmJson;
}

export default class CalibrationReplay extends BaseCommand {
  static override summary =
    'Judge the windows of the past again: what would have been an alarm, under which threshold.';
  static override description =
    'Nothing is written and nobody is told. The first windows of each pair are learned from.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> calibration replay --since 30d',
    '<%= config.bin %> calibration replay --since 7d --min-effect 15',
  ];
  static override flags = {
    since: Flags.string({ description: 'How far back: 6h, 7d, or an ISO time.', default: '7d' }),
    'min-effect': Flags.string({
      description: 'The threshold in milliseconds, beyond the usual spread; 25 when absent.',
      helpValue: 'MS',
    }),
    'min-effect-ratio': Flags.string({
      description: 'The same as a share of the start-up time; 0.05 when absent. The larger counts.',
      helpValue: 'RATIO',
    }),
    'false-alarm-windows': Flags.string({
      description: 'Mean number of windows between two false alarms; 50000 when absent.',
      helpValue: 'N',
    }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CalibrationReplay);
    const { data, pagination, truncated, windows } = await this.client().get<{
      data: Event[];
      pagination: Pagination;
      windows: number;
      truncated: boolean;
    }>('/api/v1/calibration/replay', {
      since: flags.since,
      min_effect_ms: flags['min-effect'],
      min_effect_ratio: flags['min-effect-ratio'],
      false_alarm_windows: flags['false-alarm-windows'],
    });
    const headers = ['event', 'region', 'target', 'since', 'found', 'summary'];
    const rows = data.map(({ event, alarm }) => [
      event,
      alarm.region,
      alarm.target,
      alarm.started_at,
      alarm.resolved_at ?? alarm.detected_at,
      alarm.summary,
    ]);
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    this.message(`${windows} windows judged${truncated ? ', the newest ones: there are more' : ''}`);
  }
}
