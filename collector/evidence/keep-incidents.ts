/** Has every incident keep what bears it out, before the results and what failed runs saw are past their time. */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { LiveDetection } from '../incidents/start-detection.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Store } from '../store/store.ts';
import { IncidentCopies } from './incident-copy.ts';
import { INCIDENT_COPY_LIMITS } from './limits.ts';

export interface KeeperOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly detection: Pick<LiveDetection, 'incidents'>;
  /** Whoever detects also keeps. */
  readonly turn: Pick<RunningMembership, 'lease' | 'storeOffsetMs'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Interval of the looks; 0 for none, when a test calls `look` itself. */
  readonly lookMs?: number;
}

export class IncidentKeeper {
  readonly #options: KeeperOptions;
  readonly #copies: IncidentCopies;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#copies = new IncidentCopies(options.store);
    const everyMs = options.lookMs ?? INCIDENT_COPY_LIMITS.lookMs.value;
    if (everyMs <= 0) return;
    this.#timer = setInterval(() => void this.look(), everyMs);
    this.#timer.unref();
  }

  /** One look. Never rejects: what could not be kept is kept at the next one. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, detection, log, turn } = this.#options;
    if (turn.lease('detect') === undefined) return;
    const nowMs = Math.floor(clock.wallMs() + turn.storeOffsetMs);
    try {
      const due = await this.#copies.due(detection.incidents(), nowMs);
      for (const incident of due.slice(0, INCIDENT_COPY_LIMITS.copiesPerLook.value))
        await this.#copies.keep(incident, nowMs);
    } catch (error) {
      log.warn({ err: error }, 'what bears an incident out could not be kept; it is tried again');
    }
  }

  /** Waits for what is under way. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
