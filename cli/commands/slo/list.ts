import { Flags } from '@oclif/core';
import type { SloJson } from '../../../collector/api/answers/promises.ts';
import { formatDuration } from '../../../probes/spec.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { formatList, type Pagination } from '../../support/output.ts';

export default class SloList extends BaseCommand {
  static override summary =
    'What is promised of each check, how much of the error budget is left, and how fast it goes.';
  static override description =
    'A budget that goes too fast is an incident, or is told in the one that explains it. The time left is that of an outage of everything. Rates are of the last hour, six hours and three days: at 1 the budget is used up at the end of its window.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> slo list',
    '<%= config.bin %> slo list --target clip -o json',
  ];
  static override flags = {
    probe: Flags.string({ description: 'Of this probe alone.' }),
    target: Flags.string({ description: 'Of this target alone.' }),
    limit: Flags.integer({ description: 'At most so many.', default: 100, min: 1, max: 1000 }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SloList);
    const { probe, target, limit } = flags;
    const { data, pagination } = await this.client().get<{
      data: (SloJson & Record<string, unknown>)[];
      pagination: Pagination;
    }>('/api/v1/slos', { probe, target, limit: String(limit) });
    const windows = (data[0]?.burn ?? []).map(({ window }, i) => ({ text: `burn ${window}`, spare: 3 + i }));
    const headers = [
      'probe',
      'target',
      'objective',
      { text: 'good', spare: 2 },
      'budget left',
      { text: 'time left', spare: 1 },
      ...windows,
      'state',
      'incident',
    ];
    this.data(formatList(flags.output, { data, pagination, headers, rows: data.map(rowOf) }));
    if (data.length === 0)
      this.message('nothing is promised: a probe says so by `slo: { objective: 99.9% }`');
    if (pagination.next !== null) this.message(`there are more: --limit ${2 * limit}`);
  }
}

/** As exact as was promised: 99.95% of a promise of 99.9%. */
const percent = (ratio: number, digits: number): string => `${Number((ratio * 100).toFixed(digits))}%`;

function rowOf({ probe, target, budget, burn, good_ratio, incident, ...slo }: SloJson): unknown[] {
  const { objective_ratio, window, metric, under_ms } = slo;
  const latency = metric === null || under_ms === null ? '' : `, ${metric} under ${formatDuration(under_ms)}`;
  const { remaining_ratio, remaining_seconds } = budget;
  return [
    probe,
    target,
    `${percent(objective_ratio, 4)} over ${window}${latency}`,
    good_ratio === null ? null : percent(good_ratio, 4),
    remaining_ratio === null ? null : percent(remaining_ratio, 1),
    remaining_seconds === null ? null : timeLeft(remaining_seconds),
    ...burn.map(({ rate }) => `${Number(rate.toPrecision(3))}x`),
    burn.some(({ burning }) => burning) ? 'burning' : 'ok',
    incident,
  ];
}

/** `2h 5m`, `43m 12s`; with a minus what was spent beyond the budget. */
function timeLeft(seconds: number): string {
  const left = Math.round(Math.abs(seconds));
  const parts = [
    Math.floor(left / 86_400),
    Math.floor(left / 3600) % 24,
    Math.floor(left / 60) % 60,
    left % 60,
  ];
  const texts = parts.map((count, i) => [count, 'dhms'[i]] as const);
  const first = texts.findIndex(([count]) => count > 0);
  const shown = (first < 0 ? texts.slice(3) : texts.slice(first, first + 2)).filter(
    ([count], i) => count > 0 || i === 0,
  );
  return `${seconds < 0 ? '-' : ''}${shown.map(([count, unit]) => `${count}${unit}`).join(' ')}`;
}
