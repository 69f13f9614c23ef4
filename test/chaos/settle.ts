/** After the chaos: everything is well again, the agents deliver and say goodbye, and the collector comes to know all of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pendingOf } from './account.ts';
import { agentNames, collectorNames } from './fault.ts';
import type { World } from './world.ts';

export interface Settled {
  /** What did not come to its end in time, in words. */
  readonly late: readonly string[];
}

/** What the collector itself makes of the agents, in the end. */
interface LedgerRow {
  readonly agent: string;
  readonly expected: number;
  readonly pending: number;
  readonly unaccounted: number;
  readonly duplicates: number;
}

/** All that follows together; on a quiet machine it takes ten seconds. */
const SETTLE_MS = 180_000;
/** What the collectors were told they know by then: a ledger that does not balance now never will. */
const LEDGER_MS = 20_000;
/** Some of the life afterwards, so that sessions are there and something is under way when the agents stop. */
const CALM_MS = 3000;
const LOOK_MS = 500;

/** Bounded; what did not work out is said and not thrown. */
export async function settle(world: World, note: (text: string) => void): Promise<Settled> {
  let deadlineMs = performance.now() + SETTLE_MS;
  const late: string[] = [];
  const until = async (what: string, reached: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await reached())) {
      if (performance.now() > deadlineMs) {
        late.push(`not so in time: ${what}`);
        return;
      }
      await sleep(LOOK_MS);
    }
    note(`${what}: yes`);
  };
  for (const agent of agentNames(world.shape)) world.setClock(agent, 0);
  await until('every process is ready', () => [...world.parts.values()].every((part) => part.ready));
  await until('every agent has a session', async () => (await connectedAgents(world)) >= world.shape.agents);
  await sleep(CALM_MS);
  await Promise.all(
    agentNames(world.shape).map((agent) =>
      until(`${agent} has delivered everything`, () => stopDelivered(world, agent)),
    ),
  );
  deadlineMs = performance.now() + LEDGER_MS;
  for (const collector of collectorNames(world.shape)) {
    let last: readonly string[] = [];
    await until(`the ledger of ${collector} balances`, async () => {
      last = await imbalances(world, collector);
      return last.length === 0;
    });
    late.push(...last.map((text) => `${collector}: ${text}`));
  }
  return { late };
}

/** Stops the agent; when its spool still holds something it is started again for a while. */
async function stopDelivered(world: World, agent: string): Promise<boolean> {
  const part = world.part(agent);
  await part.stop('SIGTERM');
  if (pendingOf(world.dataDirOf(agent)) === 0) return true;
  part.start();
  await part.untilReady(10_000);
  await sleep(CALM_MS);
  return false;
}

async function connectedAgents(world: World): Promise<number> {
  const lists = await Promise.all(
    collectorNames(world.shape).map((collector) =>
      world
        .api(collector)
        .get<{ data: readonly { readonly id: string }[] }>('/api/v1/agents', { state: 'connected' })
        .then(({ data }) => data.map(({ id }) => id))
        .catch(() => []),
    ),
  );
  return new Set(lists.flat()).size;
}

/** Agents whose equation does not come out even by the collector's own ledger; every agent has said goodbye. */
async function imbalances(world: World, collector: string): Promise<readonly string[]> {
  try {
    const { data } = await world.api(collector).get<{ data: readonly LedgerRow[] }>('/api/v1/ledger');
    return data
      .filter(
        ({ pending, unaccounted, duplicates }) => pending !== 0 || unaccounted !== 0 || duplicates !== 0,
      )
      .map(
        ({ agent, expected, pending, unaccounted, duplicates }) =>
          `the ledger has ${agent} with ${expected} expected, ${pending} pending, ${unaccounted} unaccounted, ${duplicates} duplicates`,
      );
  } catch (error) {
    return [`no ledger: ${error instanceof Error ? error.message : String(error)}`];
  }
}
