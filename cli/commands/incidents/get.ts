import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { type ConfirmationJson, confirmationTables } from '../../support/confirmation-table.ts';
import { formatTable } from '../../support/output.ts';
import { segment } from '../../support/paths.ts';

export default class IncidentsGet extends BaseCommand {
  static override summary = 'Show one incident with its evidence.';
  static override examples = [
    '<%= config.bin %> incidents get ID',
    '<%= config.bin %> incidents get ID -o json',
  ];
  static override args = {
    id: Args.string({ description: 'Id of the incident, as `incidents list` shows it.', required: true }),
  };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsGet);
    const incident = await this.client(flags.collector).get<Record<string, unknown>>(
      `/api/v1/incidents/${segment(args.id)}`,
    );
    if (flags.output === 'json') return this.data(JSON.stringify(incident, null, 2));
    const { evidence, runs, ...rest } = incident;
    const { confirmations, ...other } = evidence as { confirmations?: readonly ConfirmationJson[] };
    this.data(formatTable(['field', 'value'], Object.entries(rest)));
    if (confirmations) this.data(`\nLOOKED AT AGAIN\n${confirmationTables(confirmations)}`);
    this.data(`\nEVIDENCE\n${JSON.stringify(other, null, 2)}`);
    if (Array.isArray(runs) && runs.length > 0) this.data(`\nFAILED RUNS\n${runsText(runs)}`);
  }
}

const COLUMNS = [
  'scheduled_at',
  'agent',
  'target',
  'trigger',
  'layer',
  'code',
  'run_id',
  'has_evidence',
] as const;

/** Of each: `results get RUN_ID` shows what it saw. */
function runsText(runs: readonly Record<string, unknown>[]): string {
  return formatTable(
    COLUMNS,
    runs.map((run) => COLUMNS.map((column) => run[column])),
  );
}
