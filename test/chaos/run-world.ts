/** One chaos run of one engine: start, plan, settle, books. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { readAccount } from './account.ts';
import type { DiskKind } from './agent-disk.ts';
import { type AgentBalance, balanceAgent } from './balance.ts';
import { type Ask, type RollupBooks, readBooks } from './books.ts';
import { agentNames, collectorNames, type FaultKind, faultText, type Shape } from './fault.ts';
import { carryOut } from './inject.ts';
import { planChaos } from './plan.ts';
import { settle } from './settle.ts';
import { World } from './world.ts';

export interface WorldRun {
  readonly seed: number;
  readonly shape: Shape;
  readonly durationMs: number;
  readonly folder: string;
  readonly disk: DiskKind | undefined;
  /** For people: the plan, and how far it is. */
  message(text: string): void;
}

export interface WorldResult {
  readonly engine: Shape['engine'];
  readonly collectors: number;
  readonly disk: DiskKind;
  /** By part: `agent`, `collector`, `clickhouse`. */
  readonly killsOf: Readonly<Record<string, number>>;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** What the frame proxies did: a plan says only for how long they were at it. */
  readonly frames: { readonly duplicated: number; readonly reordered: number };
  readonly agents: readonly AgentBalance[];
  readonly rollups: readonly RollupBooks[];
  /** Everything that is wrong, in words; empty when the books balance. */
  readonly problems: readonly string[];
}

/** Seeds the dice of the proxies, so that they do not follow those of the plan. */
const PROXY_SEED = 0x5eed;

/** Resolves also when the books do not balance; rejects when the world could not be started or asked. */
export async function runWorld(run: WorldRun): Promise<WorldResult> {
  const { seed, shape, durationMs, folder, disk, message } = run;
  mkdirSync(folder, { recursive: true });
  const note = (text: string) =>
    appendFileSync(join(folder, 'chaos.log'), `${new Date().toISOString()} ${text}\n`);
  const dice = new Random(seed ^ PROXY_SEED);
  const world = new World({ shape, folder, disk, random: () => dice.next(), note });
  const abandon = () => world.abandon();
  process.once('exit', abandon);
  let balanced = false;
  try {
    await world.start();
    const plan = planChaos(seed, shape, durationMs);
    message(`${shape.engine}: ${plan.length} faults in ${Math.round(durationMs / 1000)} s`);
    for (const fault of plan) message(faultText(fault));
    await carryOut(world, plan, note);
    message(`${shape.engine}: the chaos is over, agents deliver and say goodbye`);
    const { late } = await settle(world, note);
    const result = await audit(world, countKinds(plan.map(({ kind }) => kind)), late);
    balanced = result.problems.length === 0;
    return result;
  } finally {
    process.removeListener('exit', abandon);
    await world.close(!balanced);
  }
}

async function audit(
  world: World,
  faults: WorldResult['faults'],
  late: readonly string[],
): Promise<WorldResult> {
  const { shape } = world;
  const books = await readBooks(askOf(world));
  const agents = agentNames(shape).map((name) =>
    balanceAgent(name, readAccount(world.dataDirOf(name)), books),
  );
  const killsOf: Record<string, number> = {};
  for (const part of world.parts.values()) {
    const kind = part.name.replace(/-\d+$/, '');
    const died = kind === 'clickhouse' ? part.ownEnds.filter(({ wasReady }) => wasReady).length : 0;
    killsOf[kind] = (killsOf[kind] ?? 0) + part.kills + died;
  }
  const touched = [...world.links.values()].flatMap((links) =>
    [...links.values()].map((link) => link.touched),
  );
  return {
    engine: shape.engine,
    collectors: shape.collectors,
    disk: [...world.disks.values()][0]?.kind ?? 'pages',
    killsOf,
    faults,
    frames: {
      duplicated: touched.reduce((sum, { duplicated }) => sum + duplicated, 0),
      reordered: touched.reduce((sum, { reordered }) => sum + reordered, 0),
    },
    agents,
    rollups: books.rollups,
    problems: [
      ...late,
      ...world.crashes(),
      ...agents.flatMap(({ agent, faults: wrong }) => wrong.map((fault) => `${agent}: ${fault}`)),
      ...rollupProblems(books.rollups, agents),
    ],
  };
}

function rollupProblems(rollups: readonly RollupBooks[], agents: readonly AgentBalance[]): readonly string[] {
  const regions = new Set(rollups.map(({ region }) => region));
  const wrong = rollups.filter(({ lost, duplicates, wrongCells }) => lost + duplicates + wrongCells > 0);
  return [
    ...wrong.map(
      ({ table, region, expected, lost, duplicates, wrongCells }) =>
        `${table} of ${region}: of ${expected} values ${lost} are lost and ${duplicates} doubled; ${wrongCells} cells have wrong sums`,
    ),
    ...(regions.size < agents.length ? [`rollups know ${regions.size} regions of ${agents.length}`] : []),
  ];
}

/** Asks the first collector, as a person would. */
function askOf(world: World): Ask {
  const collector = collectorNames(world.shape)[0] ?? '';
  return async <T>(sql: string): Promise<readonly T[]> => {
    const { columns, rows, truncated } = await world.api(collector).post<{
      readonly columns: readonly { readonly name: string }[];
      readonly rows: readonly (readonly unknown[])[];
      readonly truncated: boolean;
    }>('/api/v1/query', { sql, limit: 10_000 });
    if (truncated) throw new Error(`the answer was cut: ${sql.slice(0, 200)}`);
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])) as T);
  };
}

function countKinds(kinds: readonly FaultKind[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
