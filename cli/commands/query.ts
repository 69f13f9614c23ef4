import { Args, Flags } from '@oclif/core';
import type { QueryJson } from '../../collector/api/answers/checks.ts';
import type { ViewsJson } from '../../collector/api/answers/views.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { formatList, type ListFormat } from '../support/output.ts';

export default class Query extends BaseCommand {
  static override summary = 'Run a read-only SQL query on the store.';
  static override description =
    `The views are made for people: region_latency has a row a minute, region, target, pop, probe and metric, with quantiles in the unit that the name of the metric says; --columns lists the views, --columns VIEW their columns, --examples ten questions with their SQL.

A query cannot write, nor reach files, URLs or other servers. One that passes a limit says so: rows (--limit), bytes of the answer, time and memory; outrider limits api and outrider limits store have them.`;
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> query "SELECT * FROM region_latency LIMIT 5"',
    '<%= config.bin %> query --columns region_latency',
    '<%= config.bin %> query --examples',
    '<%= config.bin %> query "SELECT region, count() FROM runs WHERE outcome = \'fail\' GROUP BY region" -o csv',
  ];
  static override args = { sql: Args.string({ description: 'One SELECT statement.' }) };
  static override flags = {
    columns: Flags.string({
      description: 'Describe a view column by column; all lists the views.',
      helpValue: 'VIEW',
    }),
    examples: Flags.boolean({ description: 'Show ten questions that the views answer, with their SQL.' }),
    limit: Flags.integer({ description: 'So many rows at most.', default: 1000, min: 1, max: 10_000 }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Query);
    const asked = [args.sql?.trim() || undefined, flags.columns, flags.examples || undefined].filter(
      (one) => one !== undefined,
    );
    if (asked.length !== 1)
      throw new CliError(
        asked.length === 0 ? 'there is no query' : 'a query, --columns and --examples exclude each other',
        {
          hint: 'outrider query "SELECT * FROM region_latency LIMIT 5", or outrider query --examples',
          exit: EXIT.usage,
        },
      );
    const client = this.client();
    if (args.sql === undefined) {
      const { data, questions } = await client.get<ViewsJson>('/api/v1/views');
      if (flags.examples && flags.output === 'table')
        return this.data(questions.map(({ question, sql }) => `-- ${question}\n${sql};`).join('\n\n'));
      const list = flags.examples
        ? questions.map((one) => ({ ...one }))
        : describe(data, flags.columns ?? 'all');
      return this.#list(list, flags.output);
    }
    const answer = await client.post<QueryJson>('/api/v1/query', { sql: args.sql, limit: flags.limit });
    const headers = answer.columns.map((column) => column.name);
    const data = answer.rows.map((row) =>
      Object.fromEntries(headers.map((name, i) => [name, row[i] ?? null])),
    );
    const pagination = { limit: flags.limit, next: null };
    this.data(formatList(flags.output, { data, pagination, headers, rows: answer.rows }));
    if (answer.truncated) this.message(cutText(answer, flags.limit));
  }

  #list(data: readonly Record<string, unknown>[], output: ListFormat): void {
    const headers = Object.keys(data[0] ?? {});
    const rows = data.map((row) => headers.map((name) => row[name]));
    const pagination = { limit: data.length, next: null };
    this.data(formatList(output, { data, pagination, headers, rows }));
  }
}

function cutText({ cut_by, rows }: QueryJson, limit: number): string {
  return cut_by === 'bytes'
    ? `only the first ${rows.length} rows: the answer is larger than an answer may be; name fewer columns, or aggregate`
    : `only the first ${rows.length} rows: there are more than --limit ${limit}`;
}

function describe(views: ViewsJson['data'], name: string): Record<string, unknown>[] {
  if (name === 'all') return views.map((view) => ({ view: view.name, about: view.summary }));
  const view = views.find((one) => one.name === name);
  if (view) return view.columns.map((column) => ({ ...column }));
  throw new CliError(`there is no view ${name}`, {
    why: `the views are ${views.map((one) => one.name).join(', ')}`,
    hint: 'outrider query "SHOW TABLES" has the tables, too',
    exit: EXIT.usage,
  });
}
