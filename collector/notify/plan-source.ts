/**
 * Where the plan is from: the command line, the file of routes, read again when it changes, and what people applied. What cannot be
 * used changes nothing.
 */
import type { Logger } from 'pino';
import { NOTIFY_LIMITS } from './limits.ts';
import { type AppliedRoutes, type NotifyPlan, planOf, type WebhookReceiver } from './plan.ts';
import { RoutesFileError } from './routes-file.ts';
import { RoutesWatch } from './routes-watch.ts';
import type { Environment } from './secret-ref.ts';
import type { NotifySettings } from './settings.ts';

export interface PlanSourceOptions {
  readonly settings?: NotifySettings;
  /** The file that the settings are from: read again when it changes. */
  readonly routesFile?: string;
  /** Routes and windows that people applied; another object after each change. */
  readonly applied?: () => AppliedRoutes;
  readonly webhooks?: readonly WebhookReceiver[];
  /** Where secrets are looked up; that of the process when absent. */
  readonly env?: Environment;
  readonly log: Logger;
}

export class PlanSource {
  readonly #options: PlanSourceOptions;
  readonly #nowMs: () => number;
  readonly #watch: RoutesWatch | undefined;
  /** What the file says. */
  #settings: NotifySettings | undefined;
  #applied: AppliedRoutes | undefined;
  #rereadMs = Number.NEGATIVE_INFINITY;
  #isStale = false;

  constructor(options: PlanSourceOptions, nowMs: () => number) {
    const { env = process.env, routesFile, settings } = options;
    this.#options = options;
    this.#nowMs = nowMs;
    this.#settings = settings;
    this.#applied = options.applied?.();
    this.#watch = routesFile === undefined ? undefined : new RoutesWatch(routesFile, env, settings);
  }

  /** The file cannot be used as it is now: what it said before is in force. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** As of the last look. */
  plan(): NotifyPlan {
    return planOf(this.#settings, this.#options.webhooks ?? [], this.#applied);
  }

  /** Takes what the file of routes says now, and what was applied: the plan, when it is another than that in force. */
  look(inForce: NotifyPlan): NotifyPlan | undefined {
    const applied = this.#options.applied?.();
    const wasApplied = applied !== this.#applied;
    this.#applied = applied;
    if (!this.#rereadFile() && !wasApplied) return undefined;
    const plan = this.plan();
    return JSON.stringify(plan) === JSON.stringify(inForce) ? undefined : plan;
  }

  /** True when the file of routes says something else now. What cannot be used changes nothing, and is said. */
  #rereadFile(): boolean {
    const nowMs = this.#nowMs();
    if (!this.#watch || Math.abs(nowMs - this.#rereadMs) < NOTIFY_LIMITS.rereadMs.value) return false;
    this.#rereadMs = nowMs;
    let settings: ReturnType<RoutesWatch['look']>;
    try {
      settings = this.#watch.look();
    } catch (error) {
      if (!(error instanceof RoutesFileError)) throw error;
      this.#isStale = true;
      this.#options.log.error(
        { why: error.message },
        'the routes cannot be used as they are now; those of before stay in force',
      );
      return false;
    }
    if (settings === undefined) return false;
    this.#isStale = false;
    if (settings === 'same') return false;
    this.#settings = settings;
    return true;
  }
}
