import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import type { LatencyJson } from '../../collector/api/answers/checks.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import { BaseCommand, collectorFlag, listOutputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { flatRows } from '../support/flat-rows.ts';
import { latencyCells, latencyText } from '../support/latency-text.ts';
import { formatList, type ListFormat } from '../support/output.ts';
import { readInstant } from '../support/read-instant.ts';
import { terminalOf } from '../support/terminal.ts';

const CLEAR = '\u001b[H\u001b[2J';

export default class Latency extends BaseCommand {
  static override summary = 'Regional latency: quantiles, counts and success by the dimensions you name.';
  static override description =
    `Dimensions: region, country, isp, target, pop, probe, hour, minute. Quantiles are over successful runs only; failures are counted beside them, never as 0. Runs that an agent disturbed itself are counted as such, and in nothing else.

--vs holds each row against another time or place. The verdict is noise unless the difference exceeds what sections of the time differ by among themselves, and what the sketches may be off by; of all that a table calls worse or better one in twenty at most is noise. few: too few runs, or less than five minutes, to tell. What a whole day has in common it cannot know: hold weekdays against weekdays.

A time of more than six hours begins at its whole hour. Colours show how far a row is from the middle one of its metric.`;
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> latency --by region,target --since 5m',
    '<%= config.bin %> latency --by region --metric video_startup_ms --since 1h -o json',
    '<%= config.bin %> latency --since 2h --vs 7d',
    '<%= config.bin %> latency --by region,isp --metric ttfb_ms --vs region=us-east',
    '<%= config.bin %> latency --since "yesterday 14:00 Asia/Singapore" --until "yesterday 15:00 Asia/Singapore"',
    '<%= config.bin %> latency --quantiles p50,p999 --region eu-west --watch',
  ];
  static override flags = {
    by: Flags.string({
      description: 'Dimensions, separated by commas.',
      default: 'region',
      helpValue: 'DIM[,DIM]',
    }),
    metric: Flags.string({
      description:
        'Metrics of the dictionary, separated by commas, or all; one of each kind of probe when absent.',
      helpValue: 'NAME[,NAME]',
    }),
    quantiles: Flags.string({
      description: 'Such as p50,p95,p999; with --vs p50,p95 when absent.',
      helpValue: 'Q[,Q]',
    }),
    since: Flags.string({
      description: 'From when: 5m, 2h, 7d, an ISO time, or words such as "yesterday 14:00 Asia/Singapore".',
      default: '1h',
      helpValue: 'TIME',
    }),
    until: Flags.string({
      description: 'Until when, in the same words; now when absent.',
      helpValue: 'TIME',
    }),
    vs: Flags.string({
      description:
        'Hold it against the same so much before (7d), from a time on, or of another place (region=us-east).',
      helpValue: '7d|TIME|DIM=VALUE',
    }),
    region: Flags.string({ description: 'Only this region.' }),
    country: Flags.string({ description: 'Only this country.' }),
    isp: Flags.string({ description: 'Only this network.' }),
    target: Flags.string({ description: 'Only this target.' }),
    pop: Flags.string({ description: 'Only this edge.' }),
    probe: Flags.string({ description: 'Only this probe.' }),
    spark: Flags.boolean({
      description: 'The course of the first quantile beside each row; on a terminal unless --no-spark.',
      allowNo: true,
    }),
    limit: Flags.integer({ description: 'So many rows at most.', default: 1000, min: 1, max: 1000 }),
    watch: Flags.boolean({ char: 'w', description: 'Ask again and again, until Ctrl-C.' }),
    every: Flags.string({ description: 'How often with --watch.', default: '5s', helpValue: 'DURATION' }),
    for: Flags.string({ description: 'End --watch by itself after this long.', helpValue: 'DURATION' }),
    collector: collectorFlag,
    output: listOutputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Latency);
    const everyMs = parseDurationMs(flags.every);
    if (everyMs === undefined || everyMs < 1000)
      throw new CliError(`--every ${flags.every} is not a duration of a second or more`, {
        hint: '--every 5s',
        exit: EXIT.usage,
      });
    const endMs = this.deadline(flags.for);
    if (!flags.watch) return this.#show(flags);
    let hasShown = false;
    do {
      try {
        await this.#show(flags);
        hasShown = true;
      } catch (error) {
        // A collector that is restarted comes back: who watches goes on watching.
        if (!hasShown || !(error instanceof CliError) || error.exit !== EXIT.unreachable) throw error;
        this.message(error.message);
      }
      await sleep(Math.max(0, Math.min(everyMs, endMs - Date.now())));
    } while (Date.now() < endMs);
  }

  async #show(flags: Asked): Promise<void> {
    const terminal = terminalOf();
    const quantiles = flags.quantiles ?? (flags.vs === undefined ? 'p50,p95,p99' : 'p50,p95');
    const isTable = flags.output === 'table';
    const answer = await this.client().get<LatencyJson>('/api/v1/latency', {
      ...queryOf(flags, Date.now()),
      quantiles,
      spark: String(flags.spark ?? (isTable && terminal.isScreen && flags.vs === undefined)),
    });
    const look = {
      by: words(flags.by).filter((name) => name !== 'metric'),
      quantiles: words(quantiles).map(quantileName),
      vs: flags.vs === undefined ? undefined : `vs ${flags.vs.replace(/^[a-z]+=/, '')}`,
    };
    if (isTable) {
      const { leftOut, text } = latencyText(answer.data, { ...look, ...terminal });
      const isLive = flags.watch && terminal.isScreen;
      this.data(isLive ? `${CLEAR}${text}` : text);
      for (const line of timeLines(answer)) this.message(line);
      if (leftOut.length > 0) this.message(`no room for ${leftOut.join(', ')}: -o csv has them`);
    } else this.data(this.#format(flags.output, answer, look));
    if (answer.data.length === 0)
      this.message('no results in that time; outrider agents list shows whether agents are heard');
    else if (flags.vs !== undefined && answer.data.every(({ vs }) => !vs))
      this.message(`nothing to hold it against: there are no results of --vs ${flags.vs}`);
    if (answer.pagination.next !== null)
      this.message(`there are more rows than ${flags.limit}: name fewer dimensions, or one region or target`);
  }

  #format(
    format: ListFormat,
    { data, pagination }: LatencyJson,
    look: Parameters<typeof latencyCells>[1],
  ): string {
    const nested = data as readonly Readonly<Record<string, unknown>>[];
    const rows = format === 'csv' ? flatRows(nested) : nested;
    return formatList(format, { data: rows, pagination, ...latencyCells(data, look) });
  }
}

type Optional =
  | 'metric'
  | 'quantiles'
  | 'until'
  | 'vs'
  | 'region'
  | 'country'
  | 'isp'
  | 'target'
  | 'pop'
  | 'probe';

/** The flags, read. */
interface Asked extends Readonly<Partial<Record<Optional, string | undefined>>> {
  readonly by: string;
  readonly since: string;
  readonly limit: number;
  readonly spark?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly collector: string;
  readonly output: ListFormat;
}

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** As the collector names it: `0.5` is `p50`. */
function quantileName(text: string): string {
  const [, digits] = /^0?\.(\d+)$/.exec(text) ?? [];
  return digits === undefined ? text.toLowerCase() : `p${Number(digits.replace(/0+$/, '').padEnd(2, '0'))}`;
}

/** Times in people's words become instants here: the zone that they mean is that of this machine. */
function queryOf(flags: Asked, nowMs: number): Record<string, string | number | undefined> {
  const { by, country, isp, limit, metric, pop, probe, region, since, target, until, vs } = flags;
  const at = (flag: string, text: string): string =>
    parseDurationMs(text) === undefined
      ? new Date(readInstant(text, { flag, nowMs })).toISOString()
      : text.trim();
  return {
    ...{ by, metric, limit, region, country, isp, target, pop, probe },
    since: at('--since', since),
    until: until === undefined ? undefined : at('--until', until),
    vs: vs === undefined || /^[a-z]+=./.test(vs) ? vs : at('--vs', vs),
  };
}

/** `2026-11-21 11:00 to 12:00 UTC`. */
function spanText(since: string, until: string): string {
  const [from, to] = [since, until].map((iso) => iso.slice(0, 16).replace('T', ' ')) as [string, string];
  return `${from} to ${to.startsWith(from.slice(0, 10)) ? to.slice(11) : to} UTC`;
}

function timeLines({ reference, since, until }: LatencyJson): string[] {
  const isOther = reference !== undefined && reference.since !== since;
  return [
    spanText(since, until),
    ...(isOther ? [`held against ${spanText(reference.since, reference.until)}`] : []),
  ];
}
