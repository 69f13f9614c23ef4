/**
 * Live detection: every two seconds it reads new results from the store, lets the detector judge them, writes what happened
 * to incidents and tells whoever listens. All other state is in memory; what of it takes long to learn is saved every few minutes,
 * and the rest is rebuilt from results after a restart.
 *
 * Of several collectors the one that holds the lease judges; the others show what it has written.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { AgentUpgrades } from '../changes/agent-upgrades.ts';
import { writeChanges } from '../changes/change-table.ts';
import type { Confirmer } from '../confirm/confirmer.ts';
import { Detector, type DetectorCounters } from '../detect/detector.ts';
import type { Incident, IncidentEvent } from '../detect/incident.ts';
import type { DetectSettings } from '../detect/settings.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { addCounts } from './counts.ts';
import { IncidentList, type IncidentListener } from './incident-list.ts';
import { IncidentTable } from './incident-table.ts';
import { INCIDENT_LIMITS } from './limits.ts';
import { readResolutions } from './resolution-table.ts';
import { type Promised, Watch } from './watch.ts';

/** Whose turn it is to judge. */
export type DetectionTurn = Pick<RunningMembership, 'lease' | 'leaseRefused' | 'storeOffsetMs'>;

/** A collector that nobody else can take the turn from. */
const ALWAYS: DetectionTurn = {
  storeOffsetMs: 0,
  lease: (name) => `${name}/always`,
  leaseRefused: () => undefined,
};

export interface DetectionOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly registry: Pick<Registry, 'agents'>;
  /** What is promised for checks, as it is now; nothing when absent. */
  readonly promised?: Promised;
  /** This collector judges while it holds the lease; always when absent. */
  readonly turn?: DetectionTurn;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings?: Partial<DetectSettings>;
  /** Has agents look again on suspicion; nobody does when absent. */
  readonly confirmer?: Pick<Confirmer, 'ask' | 'take'>;
  /** Interval of the ticks; 0 for none, when a test calls `tick` itself. */
  readonly tickMs?: number;
}

export interface DetectionCounters {
  readonly detector: Readonly<DetectorCounters>;
  readonly incidents: {
    readonly opened: number;
    readonly resolved: number;
    readonly incidents_over_limit: number;
  };
  /** 1 while this collector judges, 0 while another does. */
  readonly judging: number;
  readonly ticks: number;
  /** Ticks that ended in an error; a later one does their work. */
  readonly ticks_failed: number;
  /** Incidents that wait to be written to the store. */
  readonly unwritten: number;
}

export interface LiveDetection {
  /** Open ones, and resolved ones of the last days; oldest start first. */
  incidents(): readonly Incident[];
  get(id: string): Incident | undefined;
  /** Calls on every change, until the function that it returns is called. */
  subscribe(listener: IncidentListener): () => void;
  readonly counters: DetectionCounters;
  /** One look at what is new. Never rejects: an error is logged, counted, and made good by the next tick. */
  tick(): Promise<void>;
  /** Stops ticking, writes what waits. Idempotent. */
  close(): Promise<void>;
}

/** Loads incidents and, if it is its turn, takes up what was learned and what came since; then ticks. Rejects with a `StoreError` when the store cannot be read. */
export async function startDetection(options: DetectionOptions): Promise<LiveDetection> {
  const detection = new Detection(options);
  await detection.begin();
  detection.start(options.tickMs ?? INCIDENT_LIMITS.tickMs.value);
  return detection;
}

const NOTHING_JUDGED: Pick<DetectionCounters, 'detector' | 'incidents'> = {
  detector: new Detector().counters,
  incidents: { opened: 0, resolved: 0, incidents_over_limit: 0 },
};

class Detection implements LiveDetection {
  readonly #options: DetectionOptions;
  readonly #turn: DetectionTurn;
  readonly #table: IncidentTable;
  readonly #list: IncidentList;
  readonly #upgrades = new AgentUpgrades();
  /** While it is our turn: under which lease, and what judges. */
  #judging: { readonly lease: string; readonly watch: Watch } | undefined;
  /** Of the stretches that are over. */
  #before: Pick<DetectionCounters, 'detector' | 'incidents'> = NOTHING_JUDGED;
  /** What happened and is not yet in the store: nobody is told before. */
  #untold: IncidentEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #ticks = 0;
  #ticksFailed = 0;
  /** Not taken up before, by the clock that only goes on. */
  #restMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: DetectionOptions) {
    const { store, log } = options;
    this.#options = options;
    this.#turn = options.turn ?? ALWAYS;
    this.#table = new IncidentTable(store, () => this.#nowMs());
    this.#list = new IncidentList(log);
  }

  get counters(): DetectionCounters {
    const watch = this.#judging?.watch;
    return {
      detector: addCounts(this.#before.detector, watch?.detector.counters),
      incidents: addCounts(this.#before.incidents, watch?.detector.incidentCounters),
      judging: watch ? 1 : 0,
      ticks: this.#ticks,
      ticks_failed: this.#ticksFailed,
      unwritten: this.#table.pending,
    };
  }

  incidents(): readonly Incident[] {
    return this.#list.all();
  }

  get(id: string): Incident | undefined {
    return this.#list.get(id);
  }

  subscribe(listener: IncidentListener): () => void {
    return this.#list.subscribe(listener);
  }

  async begin(): Promise<void> {
    this.#list.load(await this.#table.load());
    const lease = this.#turn.lease('detect');
    if (lease !== undefined) await this.#takeUp(lease);
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

  async #tick(): Promise<void> {
    if (this.#closed) return;
    this.#ticks += 1;
    try {
      const lease = this.#turn.lease('detect');
      if (this.#judging && this.#judging.lease !== lease) this.#layDown();
      if (lease === undefined) await this.#follow();
      else if (this.#judging) await this.#look(this.#judging);
      else if (this.#options.clock.monotonicMs() >= this.#restMs) await this.#takeUp(lease);
    } catch (error) {
      this.#ticksFailed += 1;
      if (error instanceof StoreError)
        this.#options.log.warn({ err: error }, 'detection could not use the store; it tries again');
      else this.#startAnew(error);
    }
  }

  /** A bug: what the look found may be lost in it. The store has what it was found from. */
  #startAnew(error: unknown): void {
    this.#layDown();
    this.#restMs = this.#options.clock.monotonicMs() + INCIDENT_LIMITS.restMs.value;
    this.#options.log.error({ err: error }, 'a bug in detection: it is taken up anew from the store');
  }

  /** The clock of the store in whole milliseconds, which stamps results: those of other collectors too. */
  #nowMs(): number {
    return Math.floor(this.#options.clock.wallMs() + this.#turn.storeOffsetMs);
  }

  /** It is our turn now: what was judged and learned so far is known from the store. */
  async #takeUp(lease: string): Promise<void> {
    const { store, log, settings, promised } = this.#options;
    await this.#follow();
    const known = await this.#table.load();
    const options = { store, log, ...(settings && { settings }), ...(promised && { promised }) };
    const beganMs = this.#options.clock.monotonicMs();
    const { watch, news, took } = await Watch.begin(options, known, this.#nowMs());
    if (this.#turn.lease('detect') !== lease) return;
    this.#judging = { lease, watch };
    await this.#settle(lease, news);
    const tookMs = Math.round(this.#options.clock.monotonicMs() - beganMs);
    log.info({ ...took, took_ms: tookMs, open: watch.detector.open().length }, 'detection is up to date');
  }

  async #look({ lease, watch }: { readonly lease: string; readonly watch: Watch }): Promise<void> {
    const { confirmer, registry } = this.#options;
    const agents = registry.agents();
    const fleet = agents.map(({ id, labels, state }) => ({ id, region: labels.region, state }));
    await writeChanges(this.#options.store, this.#upgrades.look(agents, this.#nowMs()));
    for (const round of confirmer?.take() ?? []) watch.detector.confirm(round);
    await this.#endByHand(watch);
    const nowMs = this.#nowMs();
    const events = await watch.look(nowMs, fleet);
    // Before anything is written: a suspicion is worth most while it is young.
    confirmer?.ask(watch.detector.takeSuspicions());
    await this.#settle(lease, events);
    // After it: what is saved as judged was written, or is found again.
    if (this.#judging?.lease === lease) watch.save(nowMs, lease);
  }

  /** Ends what people said is over. Where it still is bad, it alarms anew, as another incident. */
  async #endByHand({ detector }: Watch): Promise<void> {
    const open = detector.open().map(({ id }) => id);
    for (const { by, comment, incident } of await readResolutions(this.#options.store, open))
      detector.resolve(incident, `by ${by}${comment ? `: ${comment}` : ''}`, this.#nowMs());
  }

  /** Stops judging: whoever takes it up finds in the store all that anybody was told of. */
  #layDown(): void {
    if (!this.#judging) return;
    const { detector, incidents } = this.counters;
    this.#before = { detector, incidents };
    this.#judging = undefined;
    this.#untold = [];
    this.#table.drop();
    this.#options.log.info('detection is laid down');
  }

  /** Shows what the collector that judges has written. */
  async #follow(): Promise<void> {
    for (const incident of await this.#table.changes()) {
      const known = this.#list.get(incident.id)?.status;
      const kind = incident.status === known ? 'updated' : incident.status === 'open' ? 'opened' : 'resolved';
      this.#list.apply({ kind, incident });
    }
  }

  /** Writes what happened, and tells of it once it is written: nobody is told what another collector would tell again. */
  async #settle(lease: string, events: readonly IncidentEvent[]): Promise<void> {
    if (this.#turn.lease('detect') !== lease) return this.#layDown();
    for (const event of events) this.#table.put(event.incident);
    this.#untold.push(...events);
    try {
      await this.#table.flush(lease);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'fenced') throw error;
      this.#turn.leaseRefused(lease);
      return this.#layDown();
    }
    for (const event of this.#untold.splice(0)) this.#tell(event);
  }

  #tell(event: IncidentEvent): void {
    const { id, summary, severity } = event.incident;
    this.#options.log.info({ incident: id, severity }, `incident ${event.kind}: ${summary}`);
    this.#list.apply(event);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#ticking;
    if (!this.#judging) return;
    const { lease, watch } = this.#judging;
    await watch.settled();
    await this.#settle(lease, []).catch((error) => {
      this.#options.log.warn({ err: error }, 'incidents could not be written before closing');
    });
  }
}
