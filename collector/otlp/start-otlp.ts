/**
 * Export by OTLP: incidents as logs, rollups as metrics. Of several collectors the one that detects sends. What is sent is at
 * least once: after a restart or a takeover the minutes since then may come again, with the same times and attributes.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { IncidentEvent } from '../detect/incident.ts';
import type { LiveDetection } from '../incidents/start-detection.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Store } from '../store/store.ts';
import { incidentLog, wordsOf } from './incident-logs.ts';
import { OTLP_LIMITS } from './limits.ts';
import { type LogRecord, logsRequest, metricsRequest, type Sender } from './otlp-json.ts';
import { type OtlpReceiver, type Posted, postOtlp } from './post-otlp.ts';
import { inParts, readRollup, rollupMetrics } from './rollup-metrics.ts';

export interface OtlpOptions {
  readonly store: Pick<Store, 'query'>;
  readonly detection: Pick<LiveDetection, 'subscribe'>;
  readonly turn: Pick<RunningMembership, 'lease' | 'storeOffsetMs'>;
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
  /** Records given up because too many waited. */
  logs_dropped: number;
  /** Minutes that were too old when the receiver was back. */
  minutes_skipped: number;
  /** Sets of labels over the limit of a minute. */
  groups_left_out: number;
  attempts_failed: number;
}

export interface LiveOtlp {
  readonly counters: Readonly<OtlpCounters> & { readonly logs_waiting: number };
  /** One look, for tests: resolves when everything that is due was tried. */
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

class OtlpExporter implements LiveOtlp {
  readonly #options: OtlpOptions;
  readonly #abort = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #logs: LogRecord[] = [];
  /** What was told last of each open incident. */
  readonly #words = new Map<string, string>();
  readonly #counters: OtlpCounters = {
    ...{ logs_sent: 0, points_sent: 0, logs_refused: 0, points_refused: 0, logs_dropped: 0 },
    ...{ minutes_skipped: 0, groups_left_out: 0, attempts_failed: 0 },
  };
  /** The minute that is told next; while it is ours to tell. */
  #minuteMs: number | undefined;
  #failures = 0;
  #resumeMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#unsubscribe = options.detection.subscribe((event) => this.#note(event));
  }

  get counters() {
    return { ...this.#counters, logs_waiting: this.#logs.length };
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

  async close(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#ticking;
    await this.#sendLogs();
    this.#abort.abort();
  }

  #note(event: IncidentEvent): void {
    const { id } = event.incident;
    const words = wordsOf(event.incident);
    if (this.#options.turn.lease('detect') === undefined || this.#words.get(id) === words) return;
    if (event.incident.status === 'resolved') this.#words.delete(id);
    else this.#words.set(id, words);
    this.#logs.push(incidentLog(event, this.#options.clock.wallMs()));
    const over = this.#logs.length - OTLP_LIMITS.queuedLogs.value;
    if (over > 0) this.#counters.logs_dropped += this.#logs.splice(0, over).length;
  }

  async #tick(): Promise<void> {
    const { clock, log, turn } = this.#options;
    if (clock.monotonicMs() < this.#resumeMs) return;
    try {
      if (!(await this.#sendLogs())) return;
      if (turn.lease('detect') !== undefined) return await this.#sendMinutes();
      // Another one tells from where it finds things.
      this.#minuteMs = undefined;
      this.#words.clear();
    } catch (error) {
      log.warn({ err: error }, 'otlp: the rollups cannot be read; it is tried again');
    }
  }

  /** False when the rest waits. */
  async #sendLogs(): Promise<boolean> {
    while (this.#logs.length > 0) {
      const some = this.#logs.slice(0, OTLP_LIMITS.recordsPerRequest.value);
      const posted = await this.#post('logs', logsRequest(this.#options.sender, some));
      if (!posted.ok && posted.retry) return false;
      this.#count('logs', some.length, posted);
      // Older ones may have been dropped meanwhile.
      const sent = new Set(some);
      this.#logs.splice(0, this.#logs.length, ...this.#logs.filter((one) => !sent.has(one)));
    }
    return true;
  }

  async #sendMinutes(): Promise<void> {
    const { clock, turn } = this.#options;
    const dueMs = wholeMinute(clock.wallMs() + turn.storeOffsetMs - OTLP_LIMITS.settleMs.value);
    this.#minuteMs ??= dueMs - MINUTE_MS;
    const oldestMs = dueMs - OTLP_LIMITS.backfillMs.value;
    if (this.#minuteMs < oldestMs) {
      this.#counters.minutes_skipped += (oldestMs - this.#minuteMs) / MINUTE_MS;
      this.#minuteMs = oldestMs;
    }
    while (this.#minuteMs < dueMs) {
      if (!(await this.#sendMinute(this.#minuteMs))) return;
      this.#minuteMs += MINUTE_MS;
    }
  }

  /** False when it is to be sent again, whole. */
  async #sendMinute(minuteMs: number): Promise<boolean> {
    const most = OTLP_LIMITS.groupsPerMinute.value;
    const rows = await readRollup(this.#options.store, minuteMs, most + 1);
    if (rows.length > most) this.#counters.groups_left_out += 1;
    const metrics = rollupMetrics(rows.slice(0, most), minuteMs);
    for (const part of inParts(metrics, OTLP_LIMITS.pointsPerRequest.value)) {
      const posted = await this.#post('metrics', metricsRequest(this.#options.sender, part));
      if (!posted.ok && posted.retry) return false;
      const points = part.map(({ gauge, sum }) => (gauge ?? sum)?.dataPoints.length ?? 0);
      this.#count(
        'points',
        points.reduce((all, one) => all + one, 0),
        posted,
      );
    }
    return true;
  }

  async #post(signal: 'logs' | 'metrics', body: unknown): Promise<Posted> {
    const { clock, log, random, receiver } = this.#options;
    const posted = await postOtlp(receiver, signal, body, this.#abort.signal);
    if (posted.ok) {
      this.#failures = 0;
      if (posted.message)
        log.warn(
          { signal, rejected: posted.rejected, said: posted.message },
          'otlp: the receiver took a part',
        );
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
