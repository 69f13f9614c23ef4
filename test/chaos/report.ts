/** What a chaos run found: tables for people, one line of JSON for programs. */
import { formatTable } from '../../cli/support/output.ts';
import type { WorldResult } from './run-world.ts';

interface Totals {
  readonly kills: number;
  readonly faults: number;
  readonly expected: number;
  readonly stored: number;
  readonly pending: number;
  readonly missed: number;
  readonly dropped: number;
  readonly lost: number;
  readonly duplicates: number;
}

export interface ChaosReport extends Totals {
  readonly seed: number;
  /** True when nothing is lost or doubled, every equation holds, and nothing crashed. */
  readonly ok: boolean;
  readonly engines: readonly object[];
  readonly problems: readonly string[];
  /** Where logs and data were kept; absent when all is well. */
  readonly folder?: string;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const valuesOf = (record: Readonly<Record<string, number>>): number => sum(Object.values(record));

const ROLLUP_TABLES = ['latency_1m', 'latency_1h', 'latency_region_1m', 'latency_region_1h'] as const;

const ofEach = (figure: (table: string) => number) =>
  Object.fromEntries(ROLLUP_TABLES.map((table) => [table, figure(table)]));

/** Of all rollups of one table. */
function rollupOf({ rollups }: WorldResult, table: string): { lost: number; duplicates: number } {
  const rows = rollups.filter((row) => row.table === table);
  return {
    lost: sum(rows.map(({ lost }) => lost)),
    duplicates: sum(rows.map(({ duplicates }) => duplicates)),
  };
}

function totalsOf(result: WorldResult): Totals {
  const { agents, rollups } = result;
  return {
    kills: valuesOf(result.killsOf),
    faults: valuesOf(result.faults),
    expected: sum(agents.map(({ expected }) => expected)),
    stored: sum(agents.map(({ stored }) => stored)),
    pending: sum(agents.map(({ pending }) => pending)),
    missed: sum(agents.map(({ missedByReason }) => valuesOf(missedByReason))),
    dropped: sum(agents.map(({ dropped }) => dropped)),
    lost: sum(agents.map(({ lost }) => lost)) + sum(rollups.map(({ lost }) => lost)),
    duplicates:
      sum(agents.map(({ duplicates }) => duplicates)) + sum(rollups.map(({ duplicates }) => duplicates)),
  };
}

function merged(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const record of records)
    for (const [key, value] of Object.entries(record)) total[key] = (total[key] ?? 0) + value;
  return total;
}

export function makeReport(seed: number, results: readonly WorldResult[], folder: string): ChaosReport {
  const totals = results.map(totalsOf);
  const total = (key: keyof Totals): number => sum(totals.map((one) => one[key]));
  const problems = results.flatMap((result) =>
    result.problems.map((problem) => `${result.engine}: ${problem}`),
  );
  return {
    seed,
    kills: total('kills'),
    faults: total('faults'),
    expected: total('expected'),
    stored: total('stored'),
    pending: total('pending'),
    missed: total('missed'),
    dropped: total('dropped'),
    lost: total('lost'),
    duplicates: total('duplicates'),
    ok: problems.length === 0,
    engines: results.map((result) => engineJson(result)),
    problems,
    ...(problems.length > 0 && { folder }),
  };
}

function engineJson(result: WorldResult): object {
  const { engine, collectors, disk, killsOf, faults, frames, agents } = result;
  return {
    engine,
    collectors,
    ...totalsOf(result),
    kills_of: killsOf,
    faults_of: faults,
    frames,
    disk_full_by: disk,
    missed_by_reason: merged(agents.map(({ missedByReason }) => missedByReason)),
    dropped_by_reason: merged(agents.map(({ droppedByReason }) => droppedByReason)),
    lost_in: {
      results: sum(agents.map(({ lost }) => lost)),
      ...ofEach((table) => rollupOf(result, table).lost),
    },
    duplicates_in: {
      results: sum(agents.map(({ duplicates }) => duplicates)),
      ...ofEach((table) => rollupOf(result, table).duplicates),
    },
    agents: agents.map((agent) => ({
      agent: agent.agent,
      boots: agent.boots,
      expected: agent.expected,
      stored: agent.stored,
      pending: agent.pending,
      missed_by_reason: agent.missedByReason,
      dropped: agent.dropped,
      dropped_by_reason: agent.droppedByReason,
      extra: agent.extra,
      lost: agent.lost,
      duplicates: agent.duplicates,
    })),
  };
}

const reasons = (record: Readonly<Record<string, number>>): string =>
  Object.entries(record)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');

/** A table a line of which is an engine, one with a line for each agent, the faults by kind, and what is wrong. */
export function formatReport(report: ChaosReport, results: readonly WorldResult[]): string {
  const engines = results.map((result) => {
    const totals = totalsOf(result);
    const [minute, hour] = [rollupOf(result, 'latency_1m'), rollupOf(result, 'latency_1h')];
    return [
      ...[result.engine, result.collectors, totals.kills, totals.faults, totals.expected, totals.stored],
      ...[totals.pending, totals.missed, totals.dropped],
      ...[sum(result.agents.map(({ lost }) => lost)), minute.lost, hour.lost],
      ...[sum(result.agents.map(({ duplicates }) => duplicates)), minute.duplicates, hour.duplicates],
    ];
  });
  const agents = results.flatMap((result) =>
    result.agents.map((agent) => [
      ...[result.engine, agent.agent, agent.boots, agent.expected, agent.stored, agent.pending],
      ...[
        reasons(agent.missedByReason),
        reasons(agent.droppedByReason),
        agent.extra,
        agent.lost,
        agent.duplicates,
      ],
    ]),
  );
  const kinds = results.map(
    (result) =>
      `${result.engine}: killed ${reasons(result.killsOf)}; ${reasons(result.faults)}; frames repeated ${result.frames.duplicated}, swapped ${result.frames.reordered}; full disks by ${result.disk === 'tmpfs' ? 'a small file system' : 'a limit of pages'}`,
  );
  const columns = [
    'engine',
    'collectors',
    'kills',
    'faults',
    'expected',
    'stored',
    'pending',
    'missed',
    'dropped',
  ];
  return [
    formatTable(
      [...columns, 'lost', 'lost 1m', 'lost 1h', 'duplicates', 'duplicates 1m', 'duplicates 1h'],
      engines,
    ),
    formatTable(
      [
        ...['engine', 'agent', 'boots', 'expected', 'stored', 'pending', 'missed', 'dropped', 'extra'],
        ...['lost', 'duplicates'],
      ],
      agents,
    ),
    kinds.join('\n'),
    report.ok
      ? `seed ${report.seed}: expected = stored + pending + missed + dropped for every agent; rollups equal results`
      : [
          `seed ${report.seed}: the books do NOT balance`,
          ...report.problems.map((problem) => `  ${problem}`),
          `logs and data: ${report.folder}`,
        ].join('\n'),
  ].join('\n\n');
}
