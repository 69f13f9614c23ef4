import { Flags } from '@oclif/core';
import { SERIES_MIN_EFFECT } from '../../../collector/detect/change-settings.ts';
import { BaseCommand, listOutputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { formatList } from '../../support/output.ts';
import { replaySeries } from '../../support/replay-series.ts';

export default class DetectReplay extends BaseCommand {
  static override summary = 'Judge the past by the detector that runs live.';
  static override description =
    'With --series: the changes of level of one series, up or down. The order of the rows is the time; an empty cell, NaN, 0 or less is a timeout. index is the row at which the alarm is raised and onset the row where the change began, the first row after the header being 0. No collector is needed.';
  static override examples = [
    '<%= config.bin %> detect replay --series trace.csv.gz',
    '<%= config.bin %> detect replay --series trace.csv --column first_frame_ms --min-effect 150 --min-effect-ratio 0.1 -o json',
  ];
  static override flags = {
    series: Flags.string({
      description: 'A CSV file, plain or gzipped, with one row a probe.',
      helpValue: 'FILE',
    }),
    column: Flags.string({ description: 'The column with the values.', default: 'rtt_ms' }),
    time: Flags.string({
      description:
        'A column with times: once they span three weeks, values are judged by what is usual at the hour of the week.',
      helpValue: 'COLUMN',
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
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DetectReplay);
    if (flags.series === undefined) {
      throw new CliError('nothing says what to replay', {
        hint: 'detect replay --series FILE.csv',
        exit: EXIT.usage,
      });
    }
    const { changes, rows, timeouts } = await replaySeries(flags.series, flags.column, {
      ...(flags.time === undefined ? {} : { time: flags.time }),
      minEffect: {
        abs: this.#number('min-effect', flags['min-effect']),
        rel: this.#number('min-effect-ratio', flags['min-effect-ratio']),
      },
    });
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

  /** A number that is not below zero; anything else is a usage error. */
  #number(flag: string, text: string): number {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
    throw new CliError(`--${flag} ${text} is no number of 0 or more`, { exit: EXIT.usage });
  }
}

/** A level as a median of values; while every probe failed there is none. */
const levelText = (value: number | undefined): string =>
  value === undefined ? 'timeouts' : String(Number(value.toPrecision(6)));
