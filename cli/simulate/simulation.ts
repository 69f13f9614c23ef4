/** One simulation from its probes to its summary. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../agent/time.ts';
import type { ApiClient } from '../support/api-client.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { version } from '../support/version.ts';
import { readCollectorUse } from './collector-use.ts';
import { SimFleet } from './fleet.ts';
import { type FleetKeys, fleetKeys } from './fleet-keys.ts';
import { SIMULATE_LIMITS } from './limits.ts';
import type { SimulationPlan } from './options.ts';
import { ProgressLine } from './progress.ts';
import { type SimulateSummary, summarise } from './summary.ts';
import type { Tally } from './tally.ts';
import { applyWorkload, checkAlone, removeWorkload } from './workload.ts';

export interface SimulationOptions {
  readonly client: ApiClient;
  readonly plan: SimulationPlan;
  /** The token of the client, and an invitation for the agents, where the collector asks. */
  readonly token?: string | undefined;
  readonly enrolFile?: string | undefined;
  /** Leave the probes at the collector. */
  readonly keep: boolean;
  /** Aborts when the user wants it to end. */
  readonly signal: AbortSignal;
  /** How long all may take to connect after the ramp; that of the limits when absent. */
  readonly connectMs?: number;
  progress(text: string): void;
  /** The agents are made and none dials yet. */
  onFleet?(fleet: SimFleet): void;
}

const PROGRESS_MS = 2000;
const REASONS_SHOWN = 3;

/**
 * Runs until the time of the plan is over or `signal` aborts; then every agent says goodbye and the collector is asked what it
 * holds. Rejects with a `CliError` when the fleet could not connect, or the collector cannot be reached.
 */
export async function simulate(options: SimulationOptions): Promise<SimulateSummary> {
  const { client, plan } = options;
  const { agents, name } = plan;
  await checkAlone(client, name);
  const keys = await fleetKeys({ client, agents, secret: options.token, enrolFile: options.enrolFile });
  try {
    await applyWorkload(client, plan);
    return await runFleet(options, keys);
  } finally {
    if (!options.keep) await removeWorkload(client, name).catch(() => {});
    await keys?.close().catch(() => {});
  }
}

async function runFleet(options: SimulationOptions, keys: FleetKeys | undefined): Promise<SimulateSummary> {
  const { client, plan, signal, progress, connectMs = SIMULATE_LIMITS.connectMs.value } = options;
  const useBefore = await readCollectorUse(client);
  const startedMs = Date.now();
  const fleet = new SimFleet({
    ...{ plan, keys },
    clock: systemClock,
    software: `outrider/${version} simulate`,
    sinceMs: startedMs,
    random: Math.random,
  });
  options.onFleet?.(fleet);
  const { tally } = fleet;
  const line = new ProgressLine(tally, plan.agents, performance.now());
  let zeroMs = startedMs;
  const ticker = setInterval(
    () => progress(line.next((Date.now() - zeroMs) / 1000, performance.now())),
    PROGRESS_MS,
  );
  let stopped = false;
  try {
    fleet.connect();
    const rampMs = (plan.agents / plan.rampPerS) * 1000;
    const all = await fleet.untilWelcomed(rampMs + connectMs, signal);
    if (!all && !signal.aborted) throw notConnected(fleet.welcomed, plan.agents, tally);
    const readyMs = Date.now();
    zeroMs = readyMs;
    const ackedAtReady = tally.acked;
    if (all) progress(`all ${plan.agents} agents are connected after ${(readyMs - startedMs) / 1000} s`);
    fleet.begin(readyMs);
    await sleep(plan.forMs ?? 2 ** 31 - 1, undefined, { signal }).catch(() => {});
    const [endedMs, ackedAtEnd] = [Date.now(), tally.acked];
    progress('stopping: agents deliver what they hold and say goodbye');
    const useAfter = await readCollectorUse(client);
    const connected = fleet.welcomed;
    await fleet.stop();
    stopped = true;
    clearInterval(ticker);
    const times = { startedMs, readyMs, endedMs, ackedAtReady, ackedAtEnd };
    return await summarise(client, { plan, tally, connected, ...times, useBefore, useAfter });
  } finally {
    clearInterval(ticker);
    if (!stopped) await fleet.stop();
  }
}

function notConnected(welcomed: number, agents: number, tally: Tally): CliError {
  const reasons = tally
    .ends()
    .slice(0, REASONS_SHOWN)
    .map(([reason, count]) => `${count} sessions ended with: ${reason}`);
  return new CliError(`${welcomed} of ${agents} agents could connect`, {
    why: reasons.length > 0 ? reasons.join('\n') : 'the collector has not answered the others yet',
    hint: 'see the log of the collector; agents that are enrolled with other keys need another --name; it needs as many open files (ulimit -n); fewer --agents or a slower --ramp helps a small one',
    exit: EXIT.unreachable,
  });
}
