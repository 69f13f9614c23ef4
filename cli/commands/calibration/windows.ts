import { Flags } from '@oclif/core';
import type { ModelWindowJson } from '../../../collector/api/answers/promises.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

const ms = (value: number): string => value.toFixed(1);

export default class CalibrationWindows extends BaseCommand {
  static override summary = 'The error of the browserless model as a series, newest window first.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> calibration windows --target clip-mp4',
    '<%= config.bin %> calibration windows --since 7d --limit 1000 -o ndjson',
  ];
  static override flags = {
    region: Flags.string({ description: 'Only of this region.' }),
    target: Flags.string({ description: 'Only of this target.' }),
    probe: Flags.string({ description: 'Only with this probe, on either side.' }),
    since: Flags.string({ description: 'How far back: 6h, 7d, or an ISO time.', default: '24h' }),
    limit: Flags.integer({ description: 'So many windows at most.', default: 100, min: 1, max: 1000 }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CalibrationWindows);
    const { region, target, probe, since, limit, output } = flags;
    const { data, pagination } = await this.client().get<{
      data: (ModelWindowJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/calibration/windows', { region, target, probe, since, limit });
    const headers = [
      ...[
        'window (UTC)',
        'until (UTC)',
        'region',
        'target',
        'player',
        'twin',
        'browser',
        'runs',
        'predicted (ms)',
      ],
      ...['seen (ms)', 'error (ms)', '+/- (ms)', 'state'],
    ];
    const rows = data.map((window) => [
      window.window_start,
      window.window_end,
      window.region,
      window.target,
      window.player,
      window.twin_probe,
      window.browser_probe,
      `${window.twin_count}/${window.browser_count}`,
      ms(window.twin_ms),
      ms(window.browser_ms),
      ms(window.error_ms),
      ms(window.uncertainty_ms),
      window.state,
    ]);
    this.data(formatList(output, { data, pagination, headers, rows }));
    if (data.length === 0)
      this.message(
        'no windows in that time: it takes a `playback` and a `video-start` probe on one target in one region',
      );
    if (pagination.next !== null) this.message('there are more windows: --limit');
  }
}
