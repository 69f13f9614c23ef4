import { Flags } from '@oclif/core';
import type { CalibrationJson } from '../../../collector/api/answers/promises.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

const ms = (value: number | null): string | null => (value === null ? null : value.toFixed(1));

export default class CalibrationList extends BaseCommand {
  static override summary =
    'How far the browserless `playback` is from what the browser of `video-start` sees, target by target.';
  static override description =
    'The error is how much later the browser shows its first frame than was predicted, by the medians of the last window. It is learning while there is nothing to compare with; off when the prediction never stood for this player; drifted while an alarm is open.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> calibration list',
    '<%= config.bin %> calibration list --region eu-west -o csv',
  ];
  static override flags = {
    region: Flags.string({ description: 'Only of this region.' }),
    target: Flags.string({ description: 'Only of this target.' }),
    probe: Flags.string({ description: 'Only with this probe, on either side.' }),
    since: Flags.string({
      description: 'How far back windows count: 6h, 7d, or an ISO time.',
      default: '24h',
    }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CalibrationList);
    const { region, target, probe, since, output } = flags;
    const { data, pagination } = await this.client().get<{
      data: (CalibrationJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/calibration', { region, target, probe, since, limit: 1000 });
    const headers = [
      ...['state', 'region', 'target', 'player', 'twin', 'browser', 'error (ms)', '+/- (ms)', 'usual (ms)'],
      ...['tolerance (ms)', 'p50 |error| (ms)', 'p95 |error| (ms)', 'windows', 'until (UTC)'],
    ];
    const rows = data.map((pair) => [
      pair.state,
      pair.region,
      pair.target,
      pair.player,
      pair.twin_probe,
      pair.browser_probe,
      ms(pair.error_ms),
      ms(pair.uncertainty_ms),
      ms(pair.reference_ms),
      ms(pair.tolerance_ms),
      ms(pair.abs_error_p50_ms),
      ms(pair.abs_error_p95_ms),
      pair.windows,
      pair.window_end,
    ]);
    this.data(formatList(output, { data, pagination, headers, rows }));
    if (data.length === 0)
      this.message(
        'no windows in that time: it takes a `playback` and a `video-start` probe on one target in one region',
      );
  }
}
