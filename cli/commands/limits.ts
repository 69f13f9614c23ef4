import { Args, Flags } from '@oclif/core';
import { suggest } from '../../probes/suggest.ts';
import { BaseCommand } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { formatJson, formatMarkdown, formatTable } from '../support/output.ts';

export default class Limits extends BaseCommand {
  static override summary = 'Show every limit there is: its value, what happens past it, and why it is that.';
  static override description = 'Of all parts, or of one. No collector is needed.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> limits agent',
    '<%= config.bin %> limits -o md',
    '<%= config.bin %> limits ingest -o json',
  ];
  static override args = {
    part: Args.string({ description: 'Only the limits of this part, such as agent, link or ingest.' }),
  };
  static override baseFlags = {};
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'Format of the data on stdout.',
      options: ['table', 'json', 'md'],
      default: 'table',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Limits);
    // Brings in something of every part: no other command should wait for that.
    const { LIMIT_PARTS, limitRows, valueText } = await import('../support/limit-table.ts');
    const rows = limitRows(args.part);
    if (rows.length === 0)
      throw noSuchPart(args.part ?? '', [...new Set(LIMIT_PARTS.map(({ part }) => part))]);
    if (flags.output === 'json') return this.data(formatJson(rows));
    const format = flags.output === 'md' ? formatMarkdown : formatTable;
    const cells = rows.map((row) => [row.part, row.name, valueText(row), row.past, row.reason]);
    this.data(format(['part', 'limit', 'value', 'past it', 'reason'], cells));
  }
}

function noSuchPart(part: string, parts: readonly string[]): CliError {
  const nearest = suggest(part, parts);
  return new CliError(`there is no part ${JSON.stringify(part)}`, {
    why: `the parts are ${parts.join(', ')}`,
    hint: nearest === undefined ? 'outrider limits' : `outrider limits ${nearest}`,
    exit: EXIT.usage,
  });
}
