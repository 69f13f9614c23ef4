import { Flags } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../support/base-command.ts';
import { metricText } from '../support/metric-text.ts';
import { formatJson, formatTable, type Pagination } from '../support/output.ts';

type Row = Readonly<Record<string, string | number | null>>;

const MEASURES = [
  'count',
  'ok',
  'fail',
  'missed',
  'disturbed',
  'success_ratio',
  'p50',
  'p95',
  'p99',
] as const;

/** Quantiles in the unit of the metric, ratios as percent, counts as they are. */
function show(row: Row, name: string): unknown {
  const value = row[name];
  if (typeof value !== 'number') return value;
  if (name === 'success_ratio') return `${(value * 100).toFixed(1)} %`;
  return /^p\d/.test(name) ? metricText(String(row.metric), value) : value;
}

export default class Latency extends BaseCommand {
  static override summary = 'Regional latency: quantiles, counts and success by the dimensions you name.';
  static override description =
    'Dimensions: region, country, isp, target, pop, probe, minute. Quantiles are over successful runs only; failures are counted beside them, never as 0. Runs that an agent disturbed itself are counted as such, and in nothing else.';
  static override examples = [
    '<%= config.bin %> latency --by region,target --since 5m',
    '<%= config.bin %> latency --by region --metric video_startup_ms --since 1h -o json',
  ];
  static override flags = {
    by: Flags.string({
      description: 'Dimensions, separated by commas.',
      default: 'region',
      helpValue: 'DIM[,DIM]',
    }),
    metric: Flags.string({
      description: 'One metric of the dictionary; all judged ones when absent.',
      helpValue: 'NAME',
    }),
    since: Flags.string({ description: 'How far back: 5m, 2h, 7d, or an ISO time.', default: '1h' }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Latency);
    const query = { by: flags.by, metric: flags.metric, since: flags.since };
    const { data, pagination } = await this.client(flags.collector).get<{
      data: Row[];
      pagination: Pagination;
    }>('/api/v1/latency', query);
    if (flags.output === 'json') return this.data(formatJson(data, pagination));
    const columns = [...flags.by.split(',').map((dimension) => dimension.trim()), 'metric', ...MEASURES];
    this.data(
      formatTable(
        columns,
        data.map((row) => columns.map((column) => show(row, column))),
      ),
    );
    if (data.length === 0)
      this.message('no results in that time; outrider agents list shows whether agents are heard');
  }
}
