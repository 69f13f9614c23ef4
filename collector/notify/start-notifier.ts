/**
 * Tells people and programs of incidents. Of several collectors the one that detects also tells: it compares incidents with what the
 * store says has been told, writes what is to be told next, and sends what is written. So nothing is lost with it, and what is
 * sent twice has the same key.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Incident } from '../detect/incident.ts';
import { IncidentTable } from '../incidents/incident-table.ts';
import type { LiveDetection } from '../incidents/start-detection.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Delivery } from './delivery.ts';
import { Dispatcher, type ReceiverCounts } from './dispatcher.ts';
import { stepLane } from './lane.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Match } from './matchers.ts';
import { type Announcement, announcementNotice, type Notice, noticeOf } from './notice.ts';
import { NotificationTable } from './notification-table.ts';
import { Outbox } from './outbox.ts';
import {
  type AppliedRoutes,
  type Lane,
  laneLeft,
  type NotifyPlan,
  planOf,
  quietsAt,
  type WebhookReceiver,
} from './plan.ts';
import { RoutesFileError } from './routes-file.ts';
import { RoutesWatch } from './routes-watch.ts';
import type { Environment } from './secret-ref.ts';
import { sightsOf, unroutedOf, wantedBy } from './see.ts';
import { type Receiver, senderOf } from './senders/index.ts';
import { msOf, type NotifySettings } from './settings.ts';
import { type Silence, SilenceTable } from './silence-table.ts';
import { Subjects } from './subjects.ts';
import type { Ack, Sight } from './thread.ts';
import { leadOf } from './thread-steps.ts';

/** Whose turn it is to tell. */
export type NotifyTurn = Pick<RunningMembership, 'lease' | 'leaseRefused' | 'storeOffsetMs'>;

export interface NotifierOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly registry: Pick<Registry, 'agents' | 'targets'>;
  readonly detection: Pick<LiveDetection, 'incidents' | 'subscribe'>;
  readonly turn: NotifyTurn;
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly settings?: NotifySettings;
  /** The file that the settings are from: read again when it changes. */
  readonly routesFile?: string;
  /** Routes and windows that people applied; another object after each change. */
  readonly applied?: () => AppliedRoutes;
  readonly webhooks?: readonly WebhookReceiver[];
  /** Where secrets are looked up; that of the process when absent. */
  readonly env?: Environment;
  /** Interval of the looks; 0 for none, when a test calls `tick` itself. */
  readonly tickMs?: number;
  /** As long as an attempt may take; the limit when absent. */
  readonly attemptMs?: number;
}

export interface NotifyCounters {
  /** 1 while this collector tells, 0 while another does. */
  readonly telling: number;
  readonly ticks: number;
  readonly ticks_failed: number;
  /** Incidents that came to be gathered in the conversation of a storm. */
  readonly grouped: number;
  /** Ends and re-openings that were not told because of flapping. */
  readonly damped: number;
  /** Incidents that a silence or a maintenance window kept quiet when they came. */
  readonly silenced: number;
  /** Looks at which a full queue kept something back. */
  readonly deferred: number;
  /** Looks at which a conversation that is full kept an incident out. */
  readonly crowded: number;
  /** Alarms about the model that were not queued, because too many were; messages whose receiver the file has no more. */
  readonly dropped: number;
  /** Open incidents that no route takes: nobody is told of them. */
  readonly unrouted: number;
  /** 1 while the file of routes cannot be used as it is now: what it said before is in force. */
  readonly routes_stale: number;
}

export interface ReceiverState extends Readonly<ReceiverCounts> {
  readonly receiver: string;
  readonly type: Receiver['type'];
  readonly waiting: number;
  /** Of what waits; 0 for nothing. */
  readonly oldestMs: number;
}

export interface Told {
  readonly deliveries: readonly Delivery[];
  /** By route and receiver, why it is not told there; known at the collector that tells alone. */
  readonly held: readonly { readonly lane: string; readonly by: string }[];
}

export interface LiveNotifier {
  readonly counters: NotifyCounters;
  readonly silences: SilenceTable;
  readonly windows: readonly MaintenanceWindow[];
  /** The clock by which silences begin and end: that of the store, whole milliseconds. */
  nowMs(): number;
  receivers(): readonly ReceiverState[];
  /** What was told of an incident, the newest first. Rejects with a `StoreError`. */
  told(incident: string): Promise<Told>;
  /** How many of the incidents that are open would be kept quiet by this. */
  meant(match: Match): number;
  /** Tells of an alarm that is no incident; only at the collector that has the turn. */
  announce(one: Announcement): void;
  /** What a person has said is to be read again now. */
  refresh(): void;
  /** One look. Never rejects: an error is logged, counted, and made good by the next one. */
  tick(): Promise<void>;
  /** Resolves when nothing is being sent. */
  idle(): Promise<void>;
  /** Stops looking, gives what is under way a moment, writes how it ended. Idempotent. */
  close(): Promise<void>;
}

export function startNotifier(options: NotifierOptions): LiveNotifier {
  const notifier = new Notifier(options);
  notifier.start(options.tickMs ?? NOTIFY_LIMITS.tickMs.value);
  return notifier;
}

/** While it is our turn. */
interface Stretch {
  readonly lease: string;
  readonly outbox: Outbox;
  /** All of the file, and those of before of which conversations are left. */
  readonly lanes: readonly Lane[];
  readonly subjects: Subjects;
  /** By lane and incident, why it is not told. */
  held: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What people have said, as of the last look. */
interface Said {
  readonly atMs: number;
  readonly silences: readonly Silence[];
  readonly acks: ReadonlyMap<string, Ack>;
}

class Notifier implements LiveNotifier {
  readonly silences: SilenceTable;
  readonly #options: NotifierOptions;
  /** What the file says. */
  #settings: NotifySettings | undefined;
  #applied: AppliedRoutes | undefined;
  #plan: NotifyPlan;
  readonly #watch: RoutesWatch | undefined;
  #rereadMs = Number.NEGATIVE_INFINITY;
  readonly #table: NotificationTable;
  #dispatchers: ReadonlyMap<string, Dispatcher> = new Map();
  readonly #unsubscribe: () => void;
  #stretch: Stretch | undefined;
  #announced: Announcement[] = [];
  #said: Said | undefined;
  /** Incidents that were counted as silenced. */
  #silenced = new Set<string>();
  #counts = {
    ticks: 0,
    ticks_failed: 0,
    grouped: 0,
    damped: 0,
    silenced: 0,
    deferred: 0,
    crowded: 0,
    dropped: 0,
    unrouted: 0,
    routes_stale: 0,
  };
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #closed = false;

  constructor(options: NotifierOptions) {
    const { detection, env = process.env, routesFile, settings, store, webhooks = [] } = options;
    const nowMs = () => this.nowMs();
    this.#options = options;
    this.#settings = settings;
    this.#applied = options.applied?.();
    this.#plan = planOf(settings, webhooks, this.#applied);
    this.#table = new NotificationTable(store, nowMs);
    this.silences = new SilenceTable(store, nowMs);
    this.#dispatchers = this.#dispatchersFor(this.#plan);
    this.#watch = routesFile === undefined ? undefined : new RoutesWatch(routesFile, env, settings);
    this.#unsubscribe = detection.subscribe(() => {
      if (options.tickMs !== 0) void this.tick();
    });
  }

  /** A receiver that stays as it was keeps its own, with what that has counted. */
  #dispatchersFor(plan: NotifyPlan): ReadonlyMap<string, Dispatcher> {
    const { attemptMs, env = process.env, log, random } = this.#options;
    const nowMs = () => this.nowMs();
    const deps = { log, random, nowMs, ...(attemptMs === undefined ? {} : { attemptMs }) };
    const before = new Map(this.#plan.receivers.map((one) => [one.name, JSON.stringify(one)]));
    return new Map(
      plan.receivers.map((one) => {
        const known = before.get(one.name) === JSON.stringify(one) && this.#dispatchers.get(one.name);
        return [one.name, known || new Dispatcher(one.name, senderOf(one, env), deps)];
      }),
    );
  }

  /** Takes what the file of routes says now, and what was applied. */
  async #reread(): Promise<void> {
    const applied = this.#options.applied?.();
    const wasApplied = applied !== this.#applied;
    this.#applied = applied;
    const { log, webhooks = [] } = this.#options;
    if (!this.#rereadFile() && !wasApplied) return;
    const plan = planOf(this.#settings, webhooks, applied);
    if (JSON.stringify(plan) === JSON.stringify(this.#plan)) return;
    await this.idle();
    const unwritten = this.#stretch;
    this.#stretch = undefined;
    this.#dispatchers = this.#dispatchersFor(plan);
    this.#plan = plan;
    log.info({ routes: plan.routes.length, receivers: plan.receivers.length }, 'the routes have changed');
    // What was told stands in the store: it is taken up from there as by another collector.
    if (unwritten) await this.#write(unwritten);
  }

  /** True when the file of routes says something else now. What cannot be used changes nothing, and is said. */
  #rereadFile(): boolean {
    const { log } = this.#options;
    if (!this.#watch || Math.abs(this.nowMs() - this.#rereadMs) < NOTIFY_LIMITS.rereadMs.value) return false;
    this.#rereadMs = this.nowMs();
    let settings: ReturnType<RoutesWatch['look']>;
    try {
      settings = this.#watch.look();
    } catch (error) {
      if (!(error instanceof RoutesFileError)) throw error;
      this.#counts.routes_stale = 1;
      log.error(
        { why: error.message },
        'the routes cannot be used as they are now; those of before stay in force',
      );
      return false;
    }
    if (settings === undefined) return false;
    this.#counts.routes_stale = 0;
    if (settings === 'same') return false;
    this.#settings = settings;
    return true;
  }

  get windows(): readonly MaintenanceWindow[] {
    return this.#plan.windows;
  }

  get counters(): NotifyCounters {
    return { telling: this.#stretch ? 1 : 0, ...this.#counts };
  }

  receivers(): readonly ReceiverState[] {
    const nowMs = this.nowMs();
    return this.#plan.receivers.map(({ name, type }) => {
      const waiting = this.#stretch?.outbox.waitingFor(name) ?? [];
      const oldest = Math.min(...waiting.map(({ createdMs }) => createdMs), nowMs);
      const counts = (this.#dispatchers.get(name) as Dispatcher).counts;
      return {
        receiver: name,
        type,
        ...counts,
        waiting: waiting.length,
        oldestMs: Math.max(0, nowMs - oldest),
      };
    });
  }

  async told(incident: string): Promise<Told> {
    const held = [...(this.#stretch?.held ?? [])].flatMap(([lane, reasons]) => {
      const by = reasons.get(incident);
      return by === undefined ? [] : [{ lane, by }];
    });
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
    this.#said = undefined;
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

  async idle(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((one) => one.idle()));
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

  nowMs(): number {
    return Math.floor(this.#options.clock.wallMs() + this.#options.turn.storeOffsetMs);
  }

  /** What the one before us has written is all there is: under its lease nothing is written any more. */
  async #takeUp(lease: string): Promise<Stretch> {
    const { threads, waiting } = await this.#table.load();
    const { log, store } = this.#options;
    const outbox = new Outbox({ threads, waiting });
    const nowMs = this.nowMs();
    for (const delivery of waiting) {
      if (this.#dispatchers.has(delivery.notice.receiver)) continue;
      this.#counts.dropped += 1;
      outbox.put({
        ...delivery,
        status: 'failed',
        error: 'the routes have no such receiver any more',
        doneMs: nowMs,
      });
    }
    const lanes = this.#plan.routes.flatMap((route) => route.lanes);
    for (const name of outbox.lanes()) {
      if (lanes.some((one) => one.name === name)) continue;
      const left = laneLeft(this.#plan, name);
      if (left) lanes.push(left);
    }
    log.info({ threads: threads.length, waiting: waiting.length }, 'notifications go on here');
    const subjects = new Subjects(new IncidentTable(store, () => this.nowMs()));
    return { lease, outbox, lanes, subjects, held: new Map() };
  }

  #layDown(): void {
    if (!this.#stretch) return;
    this.#stretch = undefined;
    this.#announced = [];
    for (const one of this.#dispatchers.values()) one.cut();
    this.#options.log.info('notifications are with another collector now');
  }

  async #look(stretch: Stretch): Promise<void> {
    const { detection, registry } = this.#options;
    const seen = await stretch.subjects.of(detection.incidents(), stretch.outbox.incidents());
    const { acks, silences } = await this.#listen(seen);
    const quiets = seen.length === 0 ? [] : quietsAt(silences, this.#plan.windows, this.nowMs());
    const around = { acks, quiets, agents: registry.agents(), targets: registry.targets() };
    const sights = sightsOf(seen, around);
    this.#step(stretch, sights);
    this.#takeAnnouncements(stretch.outbox);
    if (await this.#write(stretch)) this.#dispatch(stretch, sights);
  }

  /** What people have said, where anything depends on it. Rejects with a `StoreError`. */
  async #listen(seen: readonly Incident[]): Promise<Said> {
    const atMs = this.nowMs();
    // By its amount: a clock that was set back must not keep us from listening.
    const isFresh = this.#said && Math.abs(atMs - this.#said.atMs) < NOTIFY_LIMITS.refreshMs.value;
    if (this.#said && (isFresh || seen.length === 0)) return this.#said;
    const [silences, acks] = await Promise.all([
      this.silences.list(),
      this.silences.acks(seen.map(({ id }) => id)),
    ]);
    this.#said = { atMs, silences, acks };
    return this.#said;
  }

  #step(stretch: Stretch, sights: ReadonlyMap<string, Sight>): void {
    const wanted = wantedBy(this.#plan, sights);
    for (const ids of wanted.values())
      for (const id of ids) if (sights.get(id)?.quiet) this.#countSilenced(id);
    this.#counts.unrouted = unroutedOf(wanted, sights);
    const held = new Map<string, ReadonlyMap<string, string>>();
    const missed = stretch.outbox.takeMissed();
    for (const lane of stretch.lanes) {
      const { outbox } = stretch;
      const nowMs = this.nowMs();
      const room = NOTIFY_LIMITS.queue.value - outbox.waitingFor(lane.receiver).length;
      if (room <= 0) this.#counts.deferred += 1;
      const look = { sights, wanted: wanted.get(lane.route) ?? new Set<string>(), nowMs, room, missed };
      const step = stepLane(lane.name, outbox.threads(lane.name), look, lane.policy);
      outbox.keep(lane.name, step.threads, step.changed);
      const place = { ...lane, dashboard: this.#plan.dashboard, nowMs };
      for (const draft of step.drafts) this.#queue(outbox, noticeOf(draft, place));
      this.#counts.grouped += step.grouped;
      this.#counts.damped += step.damped;
      if ([...step.held.values()].includes('members')) this.#counts.crowded += 1;
      held.set(lane.name, step.held);
    }
    stretch.held = held;
  }

  #countSilenced(id: string): void {
    if (this.#silenced.has(id)) return;
    // Ids are for ever new: what is forgotten here is counted once more at worst.
    if (this.#silenced.size >= 10 * NOTIFY_LIMITS.silences.value) this.#silenced.clear();
    this.#silenced.add(id);
    this.#counts.silenced += 1;
  }

  #queue(outbox: Outbox, notice: Notice): void {
    const dispatcher = this.#dispatchers.get(notice.receiver);
    if (dispatcher) dispatcher.counts.superseded += outbox.queue(notice, dispatcher.underWay, this.nowMs());
  }

  #takeAnnouncements(outbox: Outbox): void {
    const place = { dashboard: this.#plan.dashboard, nowMs: this.nowMs() };
    const lanes = this.#plan.routes.filter(({ modelAlarms }) => modelAlarms).flatMap((route) => route.lanes);
    for (const one of this.#announced.splice(0))
      for (const lane of lanes) {
        const isFull = outbox.waitingFor(lane.receiver).length >= NOTIFY_LIMITS.queue.value;
        if (isFull) this.#counts.dropped += 1;
        else this.#queue(outbox, announcementNotice(one, { ...lane, ...place }));
      }
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
        dispatcher.resend(msOf(receiver.resend), () => this.#standing(stretch, receiver.name, sights));
    }
  }

  /** What a receiver that forgets is to know: every conversation that is not over for it. */
  #standing({ lanes, outbox }: Stretch, receiver: string, sights: ReadonlyMap<string, Sight>): Notice[] {
    const place = { dashboard: this.#plan.dashboard, nowMs: this.nowMs() };
    const own = lanes.filter((one) => one.receiver === receiver);
    return own.flatMap((lane) =>
      [...outbox.threads(lane.name).values()].flatMap((thread) => {
        const { lead, others } = leadOf(thread, sights);
        if (thread.phase === 'closed' || thread.seq === 0 || !lead) return [];
        const draft = { thread, kind: 'updated' as const, reasons: [], lead, others, labelsBefore: null };
        return [noticeOf(draft, { ...place, ...lane })];
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#ticking;
    const graceMs = NOTIFY_LIMITS.closeMs.value;
    await Promise.all([...this.#dispatchers.values()].map((one) => one.close(graceMs)));
    if (this.#stretch)
      await this.#write(this.#stretch).catch((error) => {
        this.#options.log.warn({ err: error }, 'what was told could not be written before closing');
      });
  }
}
