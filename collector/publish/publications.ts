/**
 * Has agents of other regions watch for what one agent has published, and tells that agent what they saw. Whoever watches
 * leaves a row in `results`; who was not there, died or did not report in time has one that says so. The uploader is answered
 * before its order ends, whatever happens. A collector that ends answers `lost` for who has not reported yet, and writes no
 * row: they go on, and their own rows come by the collector that they find.
 */
import type { Logger } from 'pino';
import type { MissedReason } from '../../probes/outcome.ts';
import type { Clock } from '../../probes/probe.ts';
import { SPEC_LIMITS } from '../../probes/spec.ts';
import type { WatchReport } from '../../probes/watch-order.ts';
import type { WatchRequest } from '../../protocol/frame.ts';
import type { AgentView, Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { chooseWatchers, type Place, regionOf } from './choose-watchers.ts';
import { GivenUpRows } from './given-up.ts';
import { PUBLICATION_LIMITS } from './limits.ts';
import { readWatchRows, type WatchRow } from './watch-rows.ts';

export interface PublicationsOptions {
  readonly store: Pick<Store, 'insertResults' | 'life' | 'query' | 'shards'>;
  readonly registry: Pick<Registry, 'agents' | 'agent' | 'probe' | 'watch'>;
  /** Of this collector, and of this run of it. */
  readonly name: string;
  readonly incarnation: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface PublicationCounters {
  readonly orders: number;
  /** Of these, those over a limit, too late, or of a run that is watched for already. */
  readonly refused: number;
  readonly reported: number;
  readonly given_up: number;
  /** Of these, those without a row. */
  readonly rows_lost: number;
  /** Looks at the store that failed; the next one is made all the same. */
  readonly looks_failed: number;
}

const DOWN: MissedReason = 'agent_down';

/** A watcher that was asked. */
interface Asked {
  readonly agent: AgentView;
  readonly boot: string;
  readonly region: string;
  /** Since when it is known that the process that was asked is not there any more. */
  lostMs: number | undefined;
}

/** A place that nobody reports from. */
interface Missing {
  /** Among the reports. */
  readonly at: number;
  readonly region: string;
  readonly agent?: AgentView;
  readonly reason: MissedReason;
}

/** A publication that is watched for. */
interface Order {
  readonly request: WatchRequest;
  readonly uploader: string;
  readonly askedMs: number;
  readonly untilMs: number;
  /** Who has not reported yet, by its place among the reports. */
  readonly open: Map<number, Asked>;
  readonly reports: WatchReport[];
  settle(): void;
}

export class Publications {
  readonly #options: PublicationsOptions;
  readonly #rows: GivenUpRows;
  readonly #orders = new Map<string, Order>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #counts = { orders: 0, refused: 0, reported: 0, given_up: 0, looks_failed: 0 };

  constructor(options: PublicationsOptions) {
    const { store, name, incarnation, log } = options;
    this.#options = options;
    this.#rows = new GivenUpRows({ store, name, run: `${incarnation}:publish`, log });
  }

  get counters(): PublicationCounters {
    return { ...this.#counts, rows_lost: this.#rows.lost };
  }

  /** Publications that are watched for. */
  get size(): number {
    return this.#orders.size;
  }

  /** A report for each of `request.from`, in their order, before the order ends. Never rejects. */
  async watch(uploader: string, request: WatchRequest): Promise<readonly WatchReport[]> {
    this.#counts.orders += 1;
    const askedMs = this.#options.clock.wallMs();
    const latestMs = Math.min(request.watch.untilWallMs, askedMs + SPEC_LIMITS.timeoutMaxMs.value);
    const order: Order = {
      ...{ request, uploader, askedMs, reports: [], open: new Map() },
      untilMs: latestMs - PUBLICATION_LIMITS.answerMs.value,
      settle: () => undefined,
    };
    const settled = new Promise<void>((resolve) => Object.assign(order, { settle: resolve }));
    const reason = this.#refusal(order);
    if (reason) {
      this.#counts.refused += 1;
      const missing = request.from.map((selector, at) => ({ at, reason, region: regionOf(selector) }));
      // Those of a run that is watched for already leave the rows of that.
      if (this.#orders.has(request.run)) return missing.map(({ region }) => unseen(order, region, reason));
      this.#giveUp(order, missing);
      return order.reports;
    }
    this.#orders.set(request.run, order);
    // However long the store takes to say what is there.
    const deadline = setTimeout(() => this.#judge(order, new Map(), order.untilMs), order.untilMs - askedMs);
    await this.#ask(order, this.#choose(order));
    if (order.open.size > 0) {
      this.#lookLater();
      await settled;
    }
    clearTimeout(deadline);
    this.#orders.delete(request.run);
    return order.reports;
  }

  /** Answers whoever waits, and writes what is to be written; what is asked for later is refused, and has no row. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const order of this.#orders.values()) {
      for (const [at, { agent }] of order.open) order.reports[at] = unseen(order, agent, 'lost');
      order.open.clear();
      order.settle();
    }
    await this.#rows.close();
  }

  #refusal({ request, uploader, untilMs, askedMs }: Order): MissedReason | undefined {
    const orders = [...this.#orders.values()];
    const own = orders.filter((order) => order.uploader === uploader).length;
    if (this.#closed || this.#orders.has(request.run)) return 'shed';
    if (orders.length >= PUBLICATION_LIMITS.orders.value || own >= PUBLICATION_LIMITS.ordersPerUploader.value)
      return 'shed';
    return untilMs - PUBLICATION_LIMITS.reportMs.value <= askedMs ? 'overrun' : undefined;
  }

  #choose({ request, uploader }: Order): readonly Place[] {
    const { registry, random } = this.#options;
    const probe = registry.probe(request.probe)?.spec;
    if (!probe) return request.from.map((selector) => ({ region: regionOf(selector), refused: 'shed' }));
    const busy = new Map<string, number>();
    for (const { open } of this.#orders.values())
      for (const { agent } of open.values()) busy.set(agent.id, (busy.get(agent.id) ?? 0) + 1);
    const busyWith = (agent: string) => busy.get(agent) ?? 0;
    return chooseWatchers(request.from, { agents: registry.agents(), probe, uploader, busyWith, random });
  }

  /** Tells the chosen; who cannot be told is given up at once, as is a place without an agent. */
  async #ask(order: Order, places: readonly Place[]): Promise<void> {
    const { registry, log } = this.#options;
    const { run, probe, target, watch } = order.request;
    const missing = places.flatMap((place, at) => {
      if ('refused' in place) return [{ at, reason: place.refused, region: place.region }];
      const { agent } = place;
      order.open.set(at, { agent, boot: agent.boot, region: place.region, lostMs: undefined });
      return [];
    });
    this.#giveUp(order, missing);
    const agents = [...order.open.values()].map(({ agent }) => agent.id);
    const untilWallMs = order.untilMs - PUBLICATION_LIMITS.reportMs.value;
    const task = { run, probe, target, agents, watch: { ...watch, untilWallMs } };
    const told =
      agents.length === 0
        ? agents
        : await registry.watch(task).catch((error: unknown) => {
            log.warn({ err: error, probe, target }, 'nobody could be asked to watch for what was published');
            return [];
          });
    const deaf = [...order.open].filter(([, { agent }]) => !told.includes(agent.id));
    this.#giveUp(
      order,
      deaf.map(([at, asked]) => ({ ...asked, at, reason: DOWN })),
    );
  }

  #giveUp(order: Order, those: readonly Missing[]): void {
    const { run, probe, target } = order.request;
    for (const { at, agent, region, reason } of those) {
      order.open.delete(at);
      order.reports[at] = unseen(order, agent ?? region, reason);
    }
    this.#counts.given_up += those.length;
    this.#rows.add(
      those.map(({ agent, region, reason }) => ({
        ...{ run, probe, target, reason, region, askedMs: order.askedMs, type: 'publish' },
        ...(agent && { watcher: { id: agent.id, labels: agent.labels } }),
      })),
    );
  }

  #lookLater(): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look().then(() => {
        if (this.#orders.size > 0) this.#lookLater();
      });
    }, PUBLICATION_LIMITS.pollMs.value);
  }

  async #look(): Promise<void> {
    const { store, clock, log } = this.#options;
    const orders = [...this.#orders.values()].filter(({ open }) => open.size > 0);
    if (orders.length === 0) return;
    const nowMs = clock.wallMs();
    // Who is gone before the look has left whatever it will leave soon.
    for (const order of orders) this.#noteLost(order, nowMs);
    const runs = orders.map(({ request }) => request.run);
    const rows = await readWatchRows(store, runs, Math.min(...orders.map(({ askedMs }) => askedMs))).catch(
      (error: unknown) => {
        this.#counts.looks_failed += 1;
        if (!this.#closed)
          log.warn({ err: error }, 'what watchers reported could not be read; it is tried again');
        return [];
      },
    );
    const byWatcher = new Map(rows.map((row) => [watcherKey(row.run, row.agent), row]));
    for (const order of orders) this.#judge(order, byWatcher, nowMs);
  }

  #noteLost({ open }: Order, nowMs: number): void {
    for (const asked of open.values()) {
      const agent = this.#options.registry.agent(asked.agent.id);
      if (agent?.boot !== asked.boot || agent.stoppedAtMs !== undefined) asked.lostMs ??= nowMs;
    }
  }

  /** Takes what is there, and gives up who has had its time; answers when nobody is left. */
  #judge(order: Order, rows: ReadonlyMap<string, WatchRow>, nowMs: number): void {
    const { request, open, reports } = order;
    for (const [at, { agent, region }] of open) {
      const row = rows.get(watcherKey(request.run, agent.id));
      if (!row) continue;
      const { visibleMs, missed, pollMs = request.watch.pollMs } = row;
      const watcher = { agent: agent.id, region, pollMs };
      reports[at] = visibleMs === undefined ? { ...watcher, missed } : { ...watcher, visibleMs };
      open.delete(at);
      this.#counts.reported += 1;
    }
    const late = [...open].filter(
      ([, { lostMs = nowMs }]) =>
        nowMs >= order.untilMs || nowMs - lostMs >= PUBLICATION_LIMITS.reportMs.value,
    );
    this.#giveUp(
      order,
      late.map(([at, asked]) => ({ ...asked, at, reason: DOWN })),
    );
    if (open.size === 0) order.settle();
  }
}

function watcherKey(run: string, agent: string): string {
  return `${run}\n${agent}`;
}

function unseen({ request }: Order, where: AgentView | string, missed: string): WatchReport {
  const { pollMs } = request.watch;
  return typeof where === 'string'
    ? { agent: '', region: where, pollMs, missed }
    : { agent: where.id, region: where.labels.region, pollMs, missed };
}
