/**
 * Export by OTLP: incidents as logs, rollups as metrics. Of several collectors the one that detects sends. What was told is in the
 * store, so that after a restart or a takeover it goes on there: at least once. What was sent and not yet noted comes again, with the
 * same times and attributes: of incidents what one request holds, of minutes one. Who adds deltas up counts that minute twice.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { DetectionTurn, LiveDetection } from '../incidents/start-detection.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { incidentNews, wordsOf } from './incident-logs.ts';
import { OTLP_LIMITS } from './limits.ts';
import { logsRequest, type Metric, metricsRequest, type Sender } from './otlp-json.ts';
import { type OtlpReceiver, type Posted, postOtlp } from './post-otlp.ts';
import { inParts, readRollup, rollupMetrics } from './rollup-metrics.ts';
import { ToldTable } from './told-table.ts';

export interface OtlpOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly detection: Pick<LiveDetection, 'incidents'>;
  readonly turn: DetectionTurn;
  readonly receiver: OtlpReceiver;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** How often it looks; 0 when the test says. */
  readonly tickMs?: number;
}

export interface OtlpCounters {
  /** Log records and data points that the receiver took. */
  logs_sent: number;
  points_sent: number;
  /** What it refused for good, or rejected of what it took. */
  logs_refused: number;
  points_refused: number;
  /** Minutes that were too old when the receiver was back. */
  minutes_skipped: number;
  /** Minutes with more sets of labels than the limit. */
  minutes_cut: number;
  attempts_failed: number;
  /** Log records that the receiver does not have yet. */
  logs_waiting: number;
}

export interface LiveOtlp {
  readonly counters: Readonly<OtlpCounters>;
  /** One look, for tests: resolves when everything that is due was tried. Never rejects. */
  tick(): Promise<void>;
  /** Tries once more to send what waits. Idempotent. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

export function startOtlp(options: OtlpOptions): LiveOtlp {
  const exporter = new OtlpExporter(options);
  exporter.start(options.tickMs ?? OTLP_LIMITS.tickMs.value);
  return exporter;
}

/** While it is our turn to tell. */
interface Stretch {
  readonly lease: string;
  /** What was told last of each incident, by id. */
  readonly words: Map<string, string>;
  /** The minute that is told next, Unix milliseconds; what is left of it once a part was sent. */
  minuteMs: number;
  parts: Metric[][] | undefined;
  /** By the clock that only goes on: before, agents may still bring results of minutes that are over. */
  settledMs: number;
}

class OtlpExporter implements LiveOtlp {
  readonly #options: OtlpOptions;
  readonly #abort = new AbortController();
  readonly #table: ToldTable;
  readonly #counters: OtlpCounters = {
    ...{ logs_sent: 0, points_sent: 0, logs_refused: 0, points_refused: 0 },
    ...{ minutes_skipped: 0, minutes_cut: 0, attempts_failed: 0, logs_waiting: 0 },
  };
  #stretch: Stretch | undefined;
  #failures = 0;
  #resumeMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#table = new ToldTable(options.store, options.receiver.url, () => this.#nowMs());
  }

  get counters(): Readonly<OtlpCounters> {
    return { ...this.#counters };
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    const timer = setTimeout(() => this.#abort.abort(), OTLP_LIMITS.closeMs.value);
    await this.#ticking;
    await this.tick();
    clearTimeout(timer);
    this.#abort.abort();
  }

  /** The clock of the store in whole milliseconds, which stamps results. */
  #nowMs(): number {
    return Math.floor(this.#options.clock.wallMs() + this.#options.turn.storeOffsetMs);
  }

  async #tick(): Promise<void> {
    const { clock, turn } = this.#options;
    if (this.#abort.signal.aborted || clock.monotonicMs() < this.#resumeMs) return;
    const lease = turn.lease('detect');
    try {
      if (this.#stretch?.lease !== lease) await this.#takeUp(lease);
      if (!this.#stretch) return;
      await this.#table.flush(this.#stretch.lease);
      if (await this.#tellIncidents(this.#stretch)) await this.#tellMinutes(this.#stretch);
    } catch (error) {
      this.#give(error, lease);
    }
  }

  /** Another one tells, or we do: from where it stands in the store. */
  async #takeUp(lease: string | undefined): Promise<void> {
    const { clock, detection } = this.#options;
    this.#stretch = undefined;
    this.#table.drop();
    this.#counters.logs_waiting = 0;
    if (lease === undefined) return;
    const incidents = detection.incidents();
    const told = await this.#table.read(incidents.map(({ id }) => id));
    const words = new Map(told.words);
    const nowMs = this.#nowMs();
    // What lies ahead was written by a clock that erred.
    const known = told.minuteMs !== undefined && told.minuteMs <= nowMs ? told.minuteMs : undefined;
    const minuteMs = known ?? wholeMinute(nowMs - OTLP_LIMITS.settleMs.value) - MINUTE_MS;
    if (told.minuteMs === undefined) {
      // Of what was over before the receiver came nobody is told.
      for (const incident of incidents.filter(({ status }) => status === 'resolved')) {
        words.set(incident.id, wordsOf(incident));
        this.#table.noteIncident(incident.id, wordsOf(incident));
      }
    }
    if (known === undefined) this.#table.noteMinute(minuteMs);
    const settledMs = clock.monotonicMs() + OTLP_LIMITS.settleMs.value;
    this.#stretch = { lease, words, minuteMs, parts: undefined, settledMs };
  }

  /** The next look makes it good. */
  #give(error: unknown, lease: string | undefined): void {
    const { clock, log, turn } = this.#options;
    if (error instanceof StoreError && error.code === 'fenced' && lease !== undefined) {
      turn.leaseRefused(lease);
      this.#stretch = undefined;
      return;
    }
    if (this.#stretch) this.#stretch.settledMs = clock.monotonicMs() + OTLP_LIMITS.settleMs.value;
    if (error instanceof StoreError)
      log.warn({ err: error }, 'otlp: the store does not answer; it tries again');
    else log.error({ err: error }, 'otlp: a bug; it tries again');
  }

  /** False when the rest waits. */
  async #tellIncidents({ lease, words }: Stretch): Promise<boolean> {
    const { detection, sender } = this.#options;
    const incidents = detection.incidents();
    const ids = new Set(incidents.map(({ id }) => id));
    for (const id of words.keys()) if (!ids.has(id)) words.delete(id);
    const news = incidentNews(incidents, words, this.#nowMs());
    this.#counters.logs_waiting = news.flatMap(({ records }) => records).length;
    const most = OTLP_LIMITS.incidentsPerRequest.value;
    for (let from = 0; from < news.length; from += most) {
      const some = news.slice(from, from + most);
      const records = some.flatMap((one) => one.records);
      const posted = await this.#post('logs', logsRequest(sender, records));
      if (!posted.ok && posted.retry) return false;
      this.#count('logs', records.length, posted);
      this.#counters.logs_waiting -= records.length;
      for (const one of some) {
        words.set(one.id, one.words);
        this.#table.noteIncident(one.id, one.words);
      }
      await this.#table.flush(lease);
    }
    return true;
  }

  async #tellMinutes(stretch: Stretch): Promise<void> {
    const { clock, turn } = this.#options;
    if (clock.monotonicMs() < stretch.settledMs) return;
    const dueMs = wholeMinute(this.#nowMs() - OTLP_LIMITS.settleMs.value);
    const oldestMs = dueMs - OTLP_LIMITS.backfillMs.value;
    if (stretch.minuteMs < oldestMs) {
      this.#counters.minutes_skipped += (oldestMs - stretch.minuteMs) / MINUTE_MS;
      stretch.minuteMs = oldestMs;
      stretch.parts = undefined;
    }
    while (stretch.minuteMs < dueMs && turn.lease('detect') === stretch.lease) {
      if (!(await this.#tellMinute(stretch))) return;
      stretch.minuteMs += MINUTE_MS;
      stretch.parts = undefined;
      this.#table.noteMinute(stretch.minuteMs);
      await this.#table.flush(stretch.lease);
    }
  }

  /** False when the rest of it is to be sent again. */
  async #tellMinute(stretch: Stretch): Promise<boolean> {
    stretch.parts ??= await this.#partsOf(stretch.minuteMs);
    for (let part = stretch.parts[0]; part; part = stretch.parts[0]) {
      const posted = await this.#post('metrics', metricsRequest(this.#options.sender, part));
      if (!posted.ok && posted.retry) return false;
      const points = part.flatMap(({ gauge, sum }) => (gauge ?? sum)?.dataPoints ?? []);
      this.#count('points', points.length, posted);
      stretch.parts.shift();
    }
    return true;
  }

  async #partsOf(minuteMs: number): Promise<Metric[][]> {
    const most = OTLP_LIMITS.groupsPerMinute.value;
    const rows = await readRollup(this.#options.store, minuteMs, most + 1);
    if (rows.length > most) this.#counters.minutes_cut += 1;
    return inParts(rollupMetrics(rows.slice(0, most), minuteMs), OTLP_LIMITS.pointsPerRequest.value);
  }

  async #post(signal: 'logs' | 'metrics', body: unknown): Promise<Posted> {
    const { clock, log, random, receiver } = this.#options;
    const posted = await postOtlp(receiver, signal, body, this.#abort.signal);
    if (posted.ok) {
      this.#failures = 0;
      const { message: said, rejected } = posted;
      if (said) log.warn({ signal, rejected, said }, 'otlp: the receiver took a part');
      return posted;
    }
    this.#counters.attempts_failed += 1;
    const { pauseMaxMs, pauseMs } = OTLP_LIMITS;
    const longestMs = Math.min(pauseMaxMs.value, pauseMs.value * 2 ** this.#failures);
    if (posted.retry) {
      this.#failures += 1;
      this.#resumeMs = clock.monotonicMs() + (posted.afterMs ?? random() * longestMs);
    }
    log.warn({ signal, reason: posted.reason, retry: posted.retry }, 'otlp: the receiver did not take it');
    return posted;
  }

  #count(what: 'logs' | 'points', sent: number, posted: Posted): void {
    const refused = posted.ok ? Math.min(sent, posted.rejected) : sent;
    this.#counters[`${what}_sent`] += sent - refused;
    this.#counters[`${what}_refused`] += refused;
  }
}

const wholeMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;
