import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../support/base-command.ts';
import { formatJson, formatTable } from '../support/output.ts';

interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

export default class Query extends BaseCommand {
  static override summary = 'Run a read-only SQL query on the store.';
  static override description =
    'The view `region_latency` is made for people: one row per minute, region, target, pop, probe and metric, with quantiles in the unit that the name of the metric says.';
  static override examples = ['<%= config.bin %> query "SELECT * FROM region_latency LIMIT 5"'];
  static override args = { sql: Args.string({ description: 'One SELECT statement.', required: true }) };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Query);
    const answer = await this.client(flags.collector).post<Answer>('/api/v1/query', { sql: args.sql });
    const names = answer.columns.map((column) => column.name);
    const objects = answer.rows.map((row) =>
      Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])),
    );
    this.data(flags.output === 'json' ? formatJson(objects) : formatTable(names, answer.rows));
  }
}
