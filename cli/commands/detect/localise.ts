import { Flags } from '@oclif/core';
import { localiseLeaves } from '../../../collector/detect/leaves/localise-leaves.ts';
import { LEAF_LIMITS, LEAF_SETTINGS } from '../../../collector/detect/leaves/settings.ts';
import { BaseCommand, listOutputFlag } from '../../support/base-command.ts';
import { readLeaves } from '../../support/leaves-file.ts';
import {
  EXPLANATION_HEADERS,
  explanationRow,
  explanationsJson,
  reportSentences,
} from '../../support/leaves-report.ts';
import { formatList } from '../../support/output.ts';

const TOP_MAX = 40;

export default class DetectLocalise extends BaseCommand {
  static override summary = 'Say where it got worse: the values that explain a rise, of any dimensions.';
  static override description =
    'Reads a CSV file with the columns t, any dimensions, the bad units and total: a row for each minute and combination of values. The latest minutes before --at are the normal. The first explanation is the answer, a list of sets that are bad together; what follows are the next best candidates, marked answer: false. There is none when it is as bad as ever. Broken rows are left out and counted. No collector is needed.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> detect localise --leaves stalls.csv.gz --at 1566397800',
    '<%= config.bin %> detect localise --leaves stalls.csv --at 2019-08-21T14:30:00Z --top 1 -o json',
  ];
  static override baseFlags = {};
  static override flags = {
    leaves: Flags.string({
      description: 'The file, plain or gzipped: t,<dimensions…>,<bad>,total.',
      helpValue: 'FILE',
      required: true,
    }),
    at: Flags.string({
      description: 'The minute to explain, as in the column t, or ISO 8601.',
      helpValue: 'TIME',
      required: true,
    }),
    top: Flags.integer({
      description: 'Explanations in all, the answer included.',
      default: LEAF_SETTINGS.top,
      min: 1,
      max: TOP_MAX,
    }),
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DetectLocalise);
    const { broken, firstBroken, leftOut, minutesBefore, table } = await readLeaves(flags.leaves, flags.at);
    const found = localiseLeaves(table, { ...LEAF_SETTINGS, top: flags.top });
    const data = explanationsJson(table, found);
    const pagination = { limit: data.length, next: null };
    const rows = data.map(explanationRow);
    this.data(formatList(flags.output, { data, pagination, headers: EXPLANATION_HEADERS, rows }));
    this.message(`${table.bad.length} leaves, ${minutesBefore} minutes before`);
    if (minutesBefore === 0) this.message('without a past, leaves are compared with one another');
    if (firstBroken) this.message(`${broken} broken rows left out, the first one: ${firstBroken.message}`);
    if (leftOut > 0)
      this.message(`${leftOut} rows left out: more than ${LEAF_LIMITS.leaves.value} different leaves`);
    for (const sentence of reportSentences(found, data)) this.message(sentence);
  }
}
