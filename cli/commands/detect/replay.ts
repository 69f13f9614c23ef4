import { Flags } from '@oclif/core';
import { SERIES_MIN_EFFECT } from '../../../collector/detect/change-settings.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import type { Replayed } from '../../support/history-replay.ts';
import { formatList, type ListFormat } from '../../support/output.ts';
import { withProgress } from '../../support/progress.ts';
import { replayResults } from '../../support/replay-results.ts';
import { replaySeries } from '../../support/replay-series.ts';
import { replaySince, sinceMs } from '../../support/replay-since.ts';
import { replayedJson } from '../../support/replayed-json.ts';

export default class DetectReplay extends BaseCommand {
  static override summary = 'Judge the past by the detector that runs live.';
  static override description =
    'With --series: the changes of level of one series, up or down. The order of the rows is the time; an empty cell or NaN is a timeout, and so is 0 or less in a column of times (which every column is whose name says nothing else: throughput_bps, error_ratio). index is the row at which the alarm is raised and onset the row where the change began, the first row after the header being 0. With --results: the incidents in the results of a fleet, a row a metric of a run, with the columns ts, probe, target, agent, region, isp, metric, value and outcome (ok, fail or missed, or a word for one of them: success, error, timeout, skipped, …) and any other as a label; broken rows are left out and counted. With a file no collector is needed. With --since: what is in the store, judged again.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> detect replay --series trace.csv.gz',
    '<%= config.bin %> detect replay --series trace.csv --column first_frame_ms --min-effect 150 --min-effect-ratio 0.1 -o json',
    '<%= config.bin %> detect replay --results results.csv.gz -o json',
    '<%= config.bin %> detect replay --since 7d',
  ];
  static override flags = {
    series: Flags.string({
      description: 'A CSV file, plain or gzipped, with one row a probe.',
      helpValue: 'FILE',
    }),
    results: Flags.string({
      description: 'A CSV file, plain or gzipped, with the results of a fleet in the order of ts.',
      helpValue: 'FILE',
      exclusive: ['series', 'since'],
    }),
    since: Flags.string({
      description: 'What is in the store: how far back, as 6h or 7d, or an ISO time.',
      exclusive: ['series'],
    }),
    column: Flags.string({ description: 'The column with the values.', default: 'rtt_ms' }),
    time: Flags.string({
      description:
        'A column with times: once they span three weeks, values are judged by what is usual at the hour of the week.',
      helpValue: 'COLUMN',
    }),
    slow: Flags.boolean({
      description: 'Look for what creeps over hundreds of rows, in place of what jumps.',
    }),
    'min-effect': Flags.string({
      description: 'The smallest change worth telling, in the unit of the column.',
      default: String(SERIES_MIN_EFFECT.abs),
      helpValue: 'VALUE',
    }),
    'min-effect-ratio': Flags.string({
      description: 'The same as a share of the usual value; the larger counts.',
      default: String(SERIES_MIN_EFFECT.rel),
      helpValue: 'RATIO',
    }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags, metadata } = await this.parse(DetectReplay);
    if (flags.results !== undefined) {
      const given = (flag: 'min-effect' | 'min-effect-ratio') =>
        metadata.flags[flag]?.setFromDefault ? undefined : this.#number(flag, flags[flag]);
      const [abs, rel] = [given('min-effect'), given('min-effect-ratio')];
      const effect = { ...(abs !== undefined && { abs }), ...(rel !== undefined && { rel }) };
      const { results } = flags;
      return this.#show(await replaying(results, () => replayResults(results, effect)), flags.output);
    }
    if (flags.since !== undefined) {
      const nowMs = Date.now();
      const client = this.client();
      const { since } = flags;
      const replayed = await replaying('what is in the store', () =>
        replaySince(client, sinceMs(since, nowMs), nowMs),
      );
      return this.#show(replayed, flags.output);
    }
    if (flags.series === undefined) {
      throw new CliError('nothing says what to replay', {
        hint: 'detect replay --series FILE.csv, --results FILE.csv or --since 7d',
        exit: EXIT.usage,
      });
    }
    const { column, series, slow, time } = flags;
    const minEffect = {
      abs: this.#number('min-effect', flags['min-effect']),
      rel: this.#number('min-effect-ratio', flags['min-effect-ratio']),
    };
    const { changes, rows, timeouts } = await replaying(series, () =>
      replaySeries(series, column, { slow, ...(time === undefined ? {} : { time }), minEffect }),
    );
    const data = changes.map(({ direction, evidence, index, onset }) => ({
      index,
      onset,
      direction,
      evidence,
    }));
    this.data(
      formatList(flags.output, {
        data,
        pagination: { limit: data.length, next: null },
        headers: ['index', 'onset', 'direction', 'before', 'after', 'evidence'],
        rows: changes.map((one) => [
          one.index,
          one.onset,
          one.direction,
          levelText(one.before),
          levelText(one.after),
          Math.round(one.evidence),
        ]),
      }),
    );
    this.message(`${rows} rows, ${timeouts} of them timeouts: ${changes.length} changes`);
  }

  #show({ incidents, notes, tsOf }: Replayed, output: ListFormat): void {
    const data = incidents.map((one) => replayedJson(one, tsOf));
    this.data(
      formatList(output, {
        data: data.map((one) => ({ ...one })),
        pagination: { limit: data.length, next: null },
        headers: ['severity', 'scope', 'metric', 'since', 'found', 'ended', 'summary'],
        rows: data.map((one) => [
          one.severity,
          one.scope,
          one.metric,
          one.started_at,
          one.detected_at,
          one.ended_at,
          one.summary,
        ]),
      }),
    );
    this.message(`${notes.join('; ')}: ${data.length} incidents`);
  }

  /** A number that is not below zero; anything else is a usage error. */
  #number(flag: string, text: string): number {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
    throw new CliError(`--${flag} ${text} is no number of 0 or more`, { exit: EXIT.usage });
  }
}

const replaying = <T>(what: string, work: () => Promise<T>): Promise<T> =>
  withProgress((seconds) => `replaying ${what}: ${seconds} s`, work);

/** A level as a median of values; while every probe failed there is none. */
const levelText = (value: number | undefined): string =>
  value === undefined ? 'timeouts' : String(Number(value.toPrecision(6)));
