/** The probes of a simulation at its collector: applied by the API as anybody's are, and taken away at the end. */

import type { ProbeJson } from '../../collector/api/answers/checks.ts';
import { probeOf } from '../../probes/registry.ts';
import type { ApiClient } from '../support/api-client.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { segment } from '../support/paths.ts';
import type { SimulationPlan } from './options.ts';

/** What simulated agents say they can run. */
export const PROBE_TYPE = 'http';
/** Short, so that the ledger is settled soon after the end, and longer than any simulated run without a fault. */
const TIMEOUT = '5s';

type Declared = ProbeJson & { readonly from?: Readonly<Record<string, readonly string[]>> };

/** The specification: `probes` probes on a target each, run by the agents that carry the simulation's name as a tag. */
export function workloadSpec({ name, probes, everyMs }: Pick<SimulationPlan, 'name' | 'probes' | 'everyMs'>) {
  const names = Array.from({ length: probes }, (_, index) => `${name}-${index + 1}`);
  return {
    version: 1,
    targets: names.map((target, index) => ({
      name: target,
      url: `https://video.sim.invalid/clips/${index + 1}.mp4`,
      labels: { service: 'simulated' },
    })),
    probes: names.map((probe) => ({
      name: probe,
      type: PROBE_TYPE,
      targets: [probe],
      every: `${everyMs}ms`,
      timeout: TIMEOUT,
      from: { tag: [name] },
    })),
  };
}

/**
 * Refuses a collector whose own probes simulated agents would be given: their made-up results would stand among real ones.
 * Rejects with a `CliError` (exit 75).
 */
export async function checkAlone(client: ApiClient, name: string): Promise<void> {
  const { data } = await client.get<{ data: Declared[] }>('/api/v1/probes');
  const foreign = data.filter((probe) => !isOurs(probe.name, name) && !probe.paused && mayReach(probe, name));
  if (foreign.length === 0) return;
  throw new CliError('the collector has probes that simulated agents would be given', {
    why: `${foreign
      .slice(0, 5)
      .map((probe) => probe.name)
      .join(', ')}: their made-up results would stand among real ones`,
    hint: 'simulate against a collector of its own, or pause them: outrider probes pause NAME',
    exit: EXIT.conflict,
  });
}

/** Applies the probes, and first takes away those that a killed simulation left. */
export async function applyWorkload(client: ApiClient, plan: SimulationPlan): Promise<void> {
  await removeWorkload(client, plan.name);
  await client.post('/api/v1/probes/apply', { spec: workloadSpec(plan), dry_run: false });
}

export async function removeWorkload(client: ApiClient, name: string): Promise<void> {
  const { data } = await client.get<{ data: Declared[] }>('/api/v1/probes');
  for (const probe of data)
    if (isOurs(probe.name, name)) await client.delete(`/api/v1/probes/${segment(probe.name)}`);
}

function isOurs(probe: string, name: string): boolean {
  return probe.startsWith(`${name}-`) && /^\d+$/.test(probe.slice(name.length + 1));
}

/** Whether one of the fleet might run it: agents of a simulation are told apart by id, region and tag. */
function mayReach({ type, from = {} }: Declared, name: string): boolean {
  if (probeOf(type)?.type !== PROBE_TYPE) return false;
  const { agent, region, tag } = from;
  return (
    (agent?.some((id) => id.startsWith(`${name}-`)) ?? true) &&
    (region?.some((id) => /^region-\d+$/.test(id)) ?? true) &&
    (tag?.includes(name) ?? true)
  );
}
