/** Runs that people ask for beside the schedule, at agents connected here and at other collectors. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../probes/probe.ts';
import { type LocationQuery, SPEC_LIMITS } from '../../probes/spec.ts';
import type { AskedTrigger } from '../../protocol/frame.ts';
import { AskedRuns } from './asked-runs.ts';
import { type Check, capable, checksOf, selects } from './checks.ts';
import { RegistryError } from './errors.ts';
import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import type { PeerFleet } from './peer-fleet.ts';
import type { Peers } from './peers.ts';
import type { AskedRun, ConfirmTask, WatchTask } from './registry.ts';
import type { RunOrder, RunReceipt } from './run-order.ts';
import { selectAgents } from './select-agents.ts';
import type { Specs } from './specs.ts';

export interface RunOrdersOptions {
  readonly specs: Specs;
  readonly fleet: Fleet;
  readonly peers: Pick<Peers, 'others' | 'storeOffsetMs'>;
  readonly peerFleet: Pick<PeerFleet, 'runNow'>;
  readonly clock: Clock;
}

/** A watcher ends by itself; this much later it is cut off. */
const WATCH_END_MS = 1000;

export class RunOrders {
  readonly #options: RunOrdersOptions;
  readonly #asked: AskedRuns;

  constructor(options: RunOrdersOptions) {
    this.#options = options;
    this.#asked = new AskedRuns(options.clock);
  }

  /** Rejects with `RegistryError`: `not_found`, or `no_agents` when nobody could be told. */
  async runNow(
    name: string,
    from: LocationQuery,
    trigger: Exclude<AskedTrigger, 'publish'>,
  ): Promise<AskedRun> {
    const { clock, fleet, specs } = this.#options;
    const { spec } = specs.known(name);
    const own = specs.placesOf(spec.from);
    const places = specs.placesOf(from);
    const checks = checksOf(spec, specs.catalogue.targetSpecs());
    const able = fleet
      .all()
      .filter((agent) => agent.connectedSinceMs !== undefined && agent.stoppedAtMs === undefined)
      .filter((agent) => capable(spec, agent) && selects(own, agent));
    const askedMs = clock.wallMs();
    // Who is asked for by place may be any that could run it; otherwise it is those that do.
    const chosen = selectAgents(Object.keys(from).length > 0 ? places : own, able, name);
    const agents = chosen.map(({ id }) => id);
    const run = {
      requestId: randomUUID(),
      probe: name,
      askedMs,
      agents,
      expected: agents.length * checks.length,
    };
    const assignments = checks.map(({ assignment }) => ({ ...assignment, effectiveFromMs: askedMs }));
    const told = checks.length === 0 ? [] : await this.#order(chosen, { run, trigger, assignments });
    if (told.length === 0) {
      throw nobodyToAsk(name, from, able);
    }
    const asked = { ...run, agents: told, expected: told.length * checks.length };
    this.#asked.add(asked);
    return asked;
  }

  /** As `runNow`, for agents that were chosen already. `told`: those that could be. Rejects with `RegistryError('not_found')`. */
  async watch({ run, probe, target, agents, watch }: WatchTask): Promise<readonly string[]> {
    const { clock } = this.#options;
    const check = this.#checkOf(probe, target);
    const askedMs = clock.wallMs();
    const timeoutMs = Math.min(watch.untilWallMs - askedMs + WATCH_END_MS, SPEC_LIMITS.timeoutMaxMs.value);
    return this.#order(this.#members(agents), {
      run: { requestId: run, probe, askedMs, agents: [...agents], expected: agents.length },
      trigger: 'publish',
      assignments: [
        { ...check.assignment, effectiveFromMs: askedMs, timeoutMs: Math.max(1, Math.ceil(timeoutMs)) },
      ],
      watch: { ...watch, playUrls: [...watch.playUrls] },
    });
  }

  /** As `watch`, for a run of the check itself with the trigger `confirm`. */
  async confirm({ run, probe, target, agents }: ConfirmTask): Promise<readonly string[]> {
    const { assignment } = this.#checkOf(probe, target);
    const askedMs = this.#options.clock.wallMs();
    return this.#order(this.#members(agents), {
      run: { requestId: run, probe, askedMs, agents: [...agents], expected: agents.length },
      trigger: 'confirm',
      assignments: [{ ...assignment, effectiveFromMs: askedMs }],
    });
  }

  #checkOf(probe: string, target: string): Check {
    const { specs } = this.#options;
    const checks = checksOf(specs.known(probe).spec, specs.catalogue.targetSpecs());
    const check = checks.find(({ assignment }) => assignment.target.name === target);
    if (!check) throw new RegistryError('not_found', `${probe} has no target ${target}.`);
    return check;
  }

  #members(agents: readonly string[]): Member[] {
    return agents.map((id) => this.#options.fleet.get(id)).filter((one) => one !== undefined);
  }

  askedRun(requestId: string): AskedRun | undefined {
    return this.#asked.get(requestId);
  }

  /** Carries out what another collector orders, which tells times by the clock of the store. */
  carryOut(order: RunOrder): RunReceipt {
    return this.#carryOut(inTimeOf(order, -this.#options.peers.storeOffsetMs));
  }

  /** Tells the agents connected here, and remembers the run whoever asked for it. */
  #carryOut({ run, trigger, assignments, watch, tell }: RunOrder): RunReceipt {
    this.#asked.add(run);
    const agents = tell.filter((id) => {
      const link = this.#options.fleet.get(id)?.link;
      for (const assignment of assignments)
        link?.send({
          type: 'run_now',
          requestId: run.requestId,
          trigger,
          assignment,
          ...(watch && { watch }),
        });
      return link !== undefined;
    });
    return { agents };
  }

  /** Tells agents here, and has the others tell theirs; gives those that were told. */
  async #order(able: readonly Member[], order: Omit<RunOrder, 'tell'>): Promise<readonly string[]> {
    const { peers, peerFleet } = this.#options;
    const idsOf = (agents: readonly Member[]) => agents.map(({ id }) => id);
    const here = this.#carryOut({ ...order, tell: idsOf(able.filter(({ link }) => link)) });
    const elsewhere = able.filter(({ link }) => !link);
    const answers = peers.others().map((collector) => {
      const theirs = elsewhere.filter((agent) => agent.collector === collector.incarnation);
      return peerFleet.runNow(collector, { ...inTimeOf(order, peers.storeOffsetMs), tell: idsOf(theirs) });
    });
    return [...here.agents, ...(await Promise.all(answers)).flat()];
  }
}

/** The order with its times by another clock, which is ahead by this much. */
function inTimeOf<Order extends Omit<RunOrder, 'tell'>>(order: Order, aheadMs: number): Order {
  const { watch } = order;
  if (!watch) return order;
  const [sinceWallMs, untilWallMs] = [watch.sinceWallMs + aheadMs, watch.untilWallMs + aheadMs];
  return { ...order, watch: { ...watch, sinceWallMs, untilWallMs } };
}

/** Regions that are named when nobody is where somebody was asked for. */
const REGIONS_NAMED = 8;

/** Says where those are that could have been asked. */
function nobodyToAsk(
  probe: string,
  from: LocationQuery,
  able: readonly { readonly labels: { readonly region: string } }[],
): RegistryError {
  if (able.length === 0 || Object.keys(from).length === 0)
    return new RegistryError('no_agents', `No connected agent runs ${probe}.`, {
      hint: 'See `outrider agents list`, and `from` of the probe.',
    });
  const regions = [...new Set(able.map(({ labels }) => labels.region))].sort();
  const more = regions.length > REGIONS_NAMED ? ' and others' : '';
  return new RegistryError(
    'no_agents',
    `Of ${able.length} connected agents that can run ${probe} none is where you asked for one.`,
    {
      hint: `They are in ${regions.slice(0, REGIONS_NAMED).join(', ')}${more}; see \`outrider agents list\`.`,
    },
  );
}
