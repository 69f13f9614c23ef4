/**
 * Tells people and programs of incidents. Of several collectors the one that detects also tells: it compares incidents with what the
 * store says has been told, writes what is to be told next, and sends what is written. So nothing is lost with it, and what is
 * sent twice has the same key.
 */
import type { Clock } from '../../probes/probe.ts';
import { IncidentTable } from '../incidents/incident-table.ts';
import type { LiveDetection } from '../incidents/start-detection.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Dispatcher } from './dispatcher.ts';
import { Dispatchers } from './dispatchers.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { LiveNotifier, NotifyCounters, ReceiverState, Told } from './live-notifier.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Match } from './matchers.ts';
import type { Announcement } from './notice.ts';
import { NotificationTable } from './notification-table.ts';
import { type NotifyPlan, quietsAt } from './plan.ts';
import { PlanSource, type PlanSourceOptions } from './plan-source.ts';
import { sightsOf, unroutedOf, wantedBy } from './see.ts';
import { msOf } from './settings.ts';
import { SilenceCache } from './silence-cache.ts';
import { SilenceTable } from './silence-table.ts';
import { Stretch } from './stretch.ts';
import { Subjects } from './subjects.ts';
import type { Sight } from './thread.ts';

/** Whose turn it is to tell. */
export type NotifyTurn = Pick<RunningMembership, 'lease' | 'leaseRefused' | 'storeOffsetMs'>;

export interface NotifierOptions extends PlanSourceOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly registry: Pick<Registry, 'agents' | 'targets'>;
  readonly detection: Pick<LiveDetection, 'incidents' | 'subscribe'>;
  readonly turn: NotifyTurn;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Interval of the looks; 0 for none, when a test calls `tick` itself. */
  readonly tickMs?: number;
  /** As long as an attempt may take; the limit when absent. */
  readonly attemptMs?: number;
}

export function startNotifier(options: NotifierOptions): LiveNotifier {
  const notifier = new Notifier(options);
  notifier.start(options.tickMs ?? NOTIFY_LIMITS.tickMs.value);
  return notifier;
}

class Notifier implements LiveNotifier {
  readonly silences: SilenceTable;
  readonly #options: NotifierOptions;
  readonly #source: PlanSource;
  #plan: NotifyPlan;
  readonly #table: NotificationTable;
  readonly #dispatchers: Dispatchers;
  readonly #said: SilenceCache;
  readonly #unsubscribe: () => void;
  /** While it is our turn. */
  #stretch: Stretch | undefined;
  #announced: Announcement[] = [];
  /** Incidents that were counted as silenced. */
  #silenced = new Set<string>();
  readonly #counts = {
    ticks: 0,
    ticks_failed: 0,
    grouped: 0,
    damped: 0,
    silenced: 0,
    deferred: 0,
    crowded: 0,
    dropped: 0,
    unrouted: 0,
  };
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #closed = false;

  constructor(options: NotifierOptions) {
    const { attemptMs, detection, env = process.env, log, random, store } = options;
    const nowMs = () => this.nowMs();
    this.#options = options;
    this.#source = new PlanSource(options, nowMs);
    this.#plan = this.#source.plan();
    this.#table = new NotificationTable(store, nowMs);
    this.silences = new SilenceTable(store, nowMs);
    this.#said = new SilenceCache(this.silences, nowMs);
    const deps = { log, random, nowMs, ...(attemptMs === undefined ? {} : { attemptMs }) };
    this.#dispatchers = new Dispatchers(env, deps);
    this.#dispatchers.take(this.#plan.receivers);
    this.#unsubscribe = detection.subscribe(() => {
      if (options.tickMs !== 0) void this.tick();
    });
  }

  get windows(): readonly MaintenanceWindow[] {
    return this.#plan.windows;
  }

  get counters(): NotifyCounters {
    const routes_stale = this.#source.isStale ? 1 : 0;
    return { telling: this.#stretch ? 1 : 0, ...this.#counts, routes_stale };
  }

  nowMs(): number {
    return Math.floor(this.#options.clock.wallMs() + this.#options.turn.storeOffsetMs);
  }

  receivers(): readonly ReceiverState[] {
    return this.#dispatchers.states(this.#stretch?.outbox);
  }

  async told(incident: string): Promise<Told> {
    const held = this.#stretch?.heldBack(incident) ?? [];
    return { deliveries: await this.#table.ofIncident(incident), held };
  }

  meant(match: Match): number {
    const { detection, registry } = this.#options;
    const open = detection.incidents().filter(({ status }) => status === 'open');
    const around = { acks: new Map(), agents: [], targets: registry.targets() };
    const sights = sightsOf(open, { ...around, quiets: [{ name: 'meant', match }] });
    return [...sights.values()].filter(({ quiet }) => quiet !== null).length;
  }

  announce(one: Announcement): void {
    if (!this.#plan.routes.some(({ modelAlarms }) => modelAlarms)) return;
    if (this.#announced.length >= NOTIFY_LIMITS.announcements.value) this.#counts.dropped += 1;
    else this.#announced.push(one);
  }

  refresh(): void {
    this.#said.forget();
  }

  start(everyMs: number): void {
    if (everyMs <= 0) return;
    this.#timer = setInterval(() => void this.tick(), everyMs);
    this.#timer.unref();
  }

  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  idle(): Promise<void> {
    return this.#dispatchers.idle();
  }

  async #tick(): Promise<void> {
    if (this.#closed || this.#plan.receivers.length === 0) return;
    this.#counts.ticks += 1;
    try {
      await this.#reread();
      const lease = this.#options.turn.lease('detect');
      if (this.#stretch && this.#stretch.lease !== lease) this.#layDown();
      if (lease === undefined) return;
      this.#stretch ??= await this.#takeUp(lease);
      await this.#look(this.#stretch);
    } catch (error) {
      this.#counts.ticks_failed += 1;
      this.#options.log.warn({ err: error }, 'notifications could not use the store; it is tried again');
    }
  }

  /** Goes on by the file of routes as it is now, and by what was applied. */
  async #reread(): Promise<void> {
    const plan = this.#source.look(this.#plan);
    if (!plan) return;
    await this.idle();
    const unwritten = this.#stretch;
    this.#stretch = undefined;
    this.#dispatchers.take(plan.receivers);
    this.#plan = plan;
    const { receivers, routes } = plan;
    this.#options.log.info({ routes: routes.length, receivers: receivers.length }, 'the routes have changed');
    // What was told stands in the store: it is taken up from there as by another collector.
    if (unwritten) await this.#write(unwritten);
  }

  async #takeUp(lease: string): Promise<Stretch> {
    const left = await this.#table.load();
    const { log, store } = this.#options;
    const nowMs = () => this.nowMs();
    return new Stretch(left, {
      lease,
      plan: this.#plan,
      dispatchers: this.#dispatchers,
      subjects: new Subjects(new IncidentTable(store, nowMs)),
      nowMs,
      log,
      counts: this.#counts,
    });
  }

  #layDown(): void {
    if (!this.#stretch) return;
    this.#stretch = undefined;
    this.#announced = [];
    this.#dispatchers.cut();
    this.#options.log.info('notifications are with another collector now');
  }

  async #look(stretch: Stretch): Promise<void> {
    const { detection, registry } = this.#options;
    const seen = await stretch.subjects(detection.incidents());
    const { acks, silences } = await this.#said.about(seen);
    const quiets = seen.length === 0 ? [] : quietsAt(silences, this.#plan.windows, this.nowMs());
    const around = { acks, quiets, agents: registry.agents(), targets: registry.targets() };
    const sights = sightsOf(seen, around);
    const wanted = wantedBy(this.#plan, sights);
    for (const ids of wanted.values())
      for (const id of ids) if (sights.get(id)?.quiet) this.#countSilenced(id);
    this.#counts.unrouted = unroutedOf(wanted, sights);
    stretch.step(sights, wanted);
    stretch.announce(this.#announced.splice(0));
    if (await this.#write(stretch)) this.#dispatch(stretch, sights);
  }

  #countSilenced(id: string): void {
    if (this.#silenced.has(id)) return;
    // Ids are for ever new: what is forgotten here is counted once more at worst.
    if (this.#silenced.size >= 10 * NOTIFY_LIMITS.silences.value) this.#silenced.clear();
    this.#silenced.add(id);
    this.#counts.silenced += 1;
  }

  /** False when it is not our turn any more. Rejects with a `StoreError`; then all of it waits on. */
  async #write(stretch: Stretch): Promise<boolean> {
    const { turn } = this.#options;
    if (turn.lease('detect') !== stretch.lease) {
      this.#layDown();
      return false;
    }
    try {
      await stretch.outbox.write(this.#table, stretch.lease);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'fenced') throw error;
      turn.leaseRefused(stretch.lease);
      this.#layDown();
      return false;
    }
    return turn.lease('detect') === stretch.lease;
  }

  #dispatch(stretch: Stretch, sights: ReadonlyMap<string, Sight>): void {
    for (const receiver of this.#plan.receivers) {
      const dispatcher = this.#dispatchers.get(receiver.name) as Dispatcher;
      dispatcher.dispatch(stretch.outbox.waitingFor(receiver.name), (delivery) => {
        if (this.#stretch === stretch) stretch.outbox.put(delivery);
      });
      if (receiver.type === 'alertmanager')
        dispatcher.resend(msOf(receiver.resend), () => stretch.standing(receiver.name, sights));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#ticking;
    const graceMs = NOTIFY_LIMITS.closeMs.value;
    await this.#dispatchers.close(graceMs);
    if (this.#stretch)
      await this.#write(this.#stretch).catch((error) => {
        this.#options.log.warn({ err: error }, 'what was told could not be written before closing');
      });
  }
}
