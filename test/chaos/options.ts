/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util';
import type { DiskKind } from './agent-disk.ts';
import type { Shape } from './fault.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Of chaos in all; with two engines each gets half. */
  readonly minutes: number;
  readonly engines: readonly Shape['engine'][];
  readonly agents: number;
  /** On a server; the embedded engine has one. */
  readonly collectors: number;
  readonly json: boolean;
  readonly disk: DiskKind | undefined;
}

/** What the command line says is not possible. */
export class UsageError extends Error {}

export const USAGE = `npm run chaos -- [--seed S] [--minutes M] [--engine embedded|server|both] [-o json]

  --seed S       which plan of faults; the same seed is the same plan (what the operating system makes of it is not)
  --minutes M    of chaos in all, fractions too; with both engines each gets half (default 2)
  --engine E     embedded, server or both, one after the other (default both)
  --agents N     in each world, 1 to 16 (default 4)
  --collectors N on the server, 1 to 4 (default 2)
  --disk D       tmpfs or pages: how a disk gets full (default: tmpfs where it can be mounted)
  -o json        the last line of stdout is JSON: { seed, kills, faults, expected, stored, pending, missed, dropped, lost, duplicates, … }

Exit code 0 when the books balance, 1 when not: then logs and data are kept, and their folder is named.`;

/** Throws `UsageError`. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const values = parse(args);
  return {
    seed: number('--seed', values.seed, 0, 2 ** 32 - 1, true),
    minutes: number('--minutes', values.minutes, 0.05, 24 * 60, false),
    engines: enginesOf(values.engine),
    agents: number('--agents', values.agents, 1, 16, true),
    collectors: number('--collectors', values.collectors, 1, 4, true),
    json: oneOf('-o', values.output, ['table', 'json']) === 'json',
    disk: values.disk === undefined ? undefined : oneOf('--disk', values.disk, ['tmpfs', 'pages']),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        minutes: { type: 'string', default: '2' },
        engine: { type: 'string', default: 'both' },
        agents: { type: 'string', default: '4' },
        collectors: { type: 'string', default: '2' },
        disk: { type: 'string' },
        output: { type: 'string', short: 'o', default: 'table' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function enginesOf(text: string): readonly Shape['engine'][] {
  const chosen = oneOf('--engine', text, ['embedded', 'server', 'both']);
  return chosen === 'both' ? ['embedded', 'server'] : [chosen];
}

function number(flag: string, text: string, least: number, most: number, whole: boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value)))
    return value;
  throw new UsageError(
    `${flag} ${text}: expected ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`,
  );
}

function oneOf<const T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new UsageError(`${flag} ${text}: expected ${choices.join(', ')}`);
}
