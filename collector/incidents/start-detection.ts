/**
 * Live detection: every two seconds it reads new results from the store, lets the detector judge them, writes what happened
 * to incidents and tells whoever listens. All other state is in memory and is rebuilt from history after a restart.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import { Detector, type DetectorCounters } from '../detect/detector.ts';
import type { Incident, IncidentEvent } from '../detect/incident.ts';
import { Playback } from '../detect/replay.ts';
import type { DetectSettings } from '../detect/settings.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { IncidentList, type IncidentListener } from './incident-list.ts';
import { IncidentTable } from './incident-table.ts';
import { INCIDENT_LIMITS } from './limits.ts';
import { ResultReader } from './result-reader.ts';
import { type WebhookCounters, type WebhookReceiver, Webhooks } from './webhook.ts';

export interface DetectionOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly registry: Pick<Registry, 'agents'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings?: Partial<DetectSettings>;
  readonly webhooks?: readonly WebhookReceiver[];
  /** Uniform in [0, 1); default `Math.random`. */
  readonly random?: () => number;
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
  readonly webhooks: Readonly<WebhookCounters>;
  readonly ticks: number;
  /** Ticks that ended in an error of the store; the next one does their work. */
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
  /** Stops ticking, writes what waits, gives webhooks a moment. Idempotent. */
  close(): Promise<void>;
}

/** Loads incidents and plays the last hours again, then ticks. Rejects with a `StoreError` when the store cannot be read. */
export async function startDetection(options: DetectionOptions): Promise<LiveDetection> {
  const detection = new Detection(options);
  await detection.rebuild();
  detection.start(options.tickMs ?? INCIDENT_LIMITS.tickMs.value);
  return detection;
}

class Detection implements LiveDetection {
  readonly #options: DetectionOptions;
  readonly #detector: Detector;
  readonly #playback: Playback;
  readonly #table: IncidentTable;
  readonly #list: IncidentList;
  readonly #webhooks: Webhooks;
  #reader: ResultReader | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #ticks = 0;
  #ticksFailed = 0;
  #closed = false;

  constructor(options: DetectionOptions) {
    const { store, clock, log, settings } = options;
    this.#options = options;
    this.#detector = new Detector({
      judged: (type) => probeOf(type)?.judged,
      ...(settings ? { settings } : {}),
    });
    this.#playback = new Playback(this.#detector);
    this.#table = new IncidentTable(store, () => clock.wallMs());
    this.#list = new IncidentList(log);
    this.#webhooks = new Webhooks(options.webhooks ?? [], {
      log,
      random: options.random ?? Math.random,
      monotonicMs: () => clock.monotonicMs(),
    });
  }

  get counters(): DetectionCounters {
    return {
      detector: this.#detector.counters,
      incidents: this.#detector.incidentCounters,
      webhooks: this.#webhooks.counters,
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

  /** Judges the last hours again. What was known stays as it is; only what changed meanwhile is news. */
  async rebuild(): Promise<void> {
    const { store, clock, log } = this.#options;
    const nowMs = clock.wallMs();
    const known = await this.#table.load();
    this.#list.load(known);
    this.#detector.know(known);
    this.#reader = new ResultReader(store, await ResultReader.historyFrom(store, nowMs));
    let rows = 0;
    for await (const page of this.#reader.read()) {
      rows += page.length;
      for (const run of page) this.#playback.take(run);
    }
    const events = this.#playback.until(nowMs);
    for (const event of this.#news(events, known)) this.#apply(event);
    await this.#table.flush();
    log.info({ rows, open: this.#detector.open().length }, 'detection is up to date');
  }

  /** Of what happened while history was played: ends of incidents that were open, and new ones that still are. */
  #news(events: readonly IncidentEvent[], known: readonly Incident[]): IncidentEvent[] {
    const status = new Map(known.map((incident) => [incident.id, incident.status]));
    const ended = events.filter(
      ({ kind, incident }) => kind === 'resolved' && status.get(incident.id) === 'open',
    );
    const begun = this.#detector
      .open()
      .filter((incident) => !status.has(incident.id))
      .map((incident): IncidentEvent => ({ kind: 'opened', incident }));
    return [...ended, ...begun];
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
      await this.#look();
      await this.#table.flush();
    } catch (error) {
      this.#ticksFailed += 1;
      this.#options.log.warn({ err: error }, 'detection could not use the store; it tries again');
    }
  }

  async #look(): Promise<void> {
    for await (const page of this.#reader?.read() ?? []) for (const run of page) this.#playback.take(run);
    const nowMs = this.#options.clock.wallMs();
    const agents = this.#options.registry.agents();
    this.#detector.observeFleet(
      nowMs,
      agents.map(({ id, labels, state }) => ({ id, region: labels.region, state })),
    );
    for (const event of this.#playback.until(nowMs)) this.#apply(event);
  }

  #apply(event: IncidentEvent): void {
    const { id, summary, severity } = event.incident;
    this.#options.log.info({ incident: id, severity }, `incident ${event.kind}: ${summary}`);
    this.#table.put(event.incident);
    this.#list.apply(event);
    this.#webhooks.send(event);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#ticking;
    await this.#table.flush().catch((error) => {
      this.#options.log.warn({ err: error }, 'incidents could not be written before closing');
    });
    await this.#webhooks.close();
  }
}
