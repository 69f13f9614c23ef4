/** The sparks of all regions, kept between ticks: a tick reads only the last steps, a minute's full read mends what came late. */
import type { Store } from '../store/store.ts';
import { readSparks, SPARK_METRICS, type SparkMetric } from './overview-queries.ts';

export const SPARK_STEP_MS = 10_000;
export const SPARK_STEPS = 60;
/** Steps that a tick reads again: runs end, are spooled and come within these as a rule. */
const TAIL_STEPS = 4;
const FULL_READ_EVERY_MS = 60_000;

export interface Spark {
  readonly metric: SparkMetric;
  readonly values: readonly (number | null)[];
}

export class Sparks {
  readonly #store: Store;
  /** region → metric → start of the step → median. */
  #medians = new Map<string, Map<SparkMetric, Map<number, number>>>();
  #fullReadMs = Number.NEGATIVE_INFINITY;
  #untilMs = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** End of the last step shown, Unix milliseconds. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** Reads what is new. The running step is left out: its median would twitch. */
  async refresh(nowMs: number): Promise<void> {
    const untilMs = Math.floor(nowMs / SPARK_STEP_MS) * SPARK_STEP_MS;
    const isFull = nowMs - this.#fullReadMs >= FULL_READ_EVERY_MS;
    const sinceMs = untilMs - (isFull ? SPARK_STEPS : TAIL_STEPS) * SPARK_STEP_MS;
    const rows = await readSparks(this.#store, { sinceMs, untilMs, stepMs: SPARK_STEP_MS });
    if (isFull) {
      this.#medians = new Map();
      this.#fullReadMs = nowMs;
    }
    this.#untilMs = untilMs;
    for (const { region, metric, at_ms, p50 } of rows) {
      const byMetric = this.#medians.get(region) ?? new Map<SparkMetric, Map<number, number>>();
      this.#medians.set(region, byMetric);
      const steps = byMetric.get(metric) ?? new Map<number, number>();
      byMetric.set(metric, steps);
      steps.set(at_ms, p50);
    }
  }

  /** The spark of a region: the first of the metrics that it has, oldest step first. */
  of(region: string): Spark {
    const byMetric = this.#medians.get(region);
    const metric = SPARK_METRICS.find((name) => byMetric?.has(name)) ?? SPARK_METRICS[0];
    const steps = byMetric?.get(metric);
    const values = Array.from({ length: SPARK_STEPS }, (_, index) => {
      const atMs = this.#untilMs - (SPARK_STEPS - index) * SPARK_STEP_MS;
      return steps?.get(atMs) ?? null;
    });
    return { metric, values };
  }
}
