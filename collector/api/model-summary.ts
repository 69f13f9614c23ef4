/** How far the model is off in one line, for the overview: it changes every few minutes, so it is read that seldom. */
import type { Clock } from '../../probes/probe.ts';
import type { Store } from '../store/store.ts';
import { SHOWN_WITHIN_MS } from './calibration-families.ts';
import { type CalibrationJson, readPairs } from './calibration-queries.ts';

/** Of the last window of each pair of the last day. */
export interface ModelSummary {
  readonly pairs: number;
  readonly drifted: number;
  /** Pairs whose twin never stood for the browser. */
  readonly off: number;
  /** Median of the errors without their sign, and the largest; null without pairs. */
  readonly abs_error_p50_ms: number | null;
  readonly abs_error_max_ms: number | null;
}

const READ_EVERY_MS = 30_000;

export function summarise(pairs: readonly Pick<CalibrationJson, 'state' | 'error_ms'>[]): ModelSummary {
  const errors = pairs.map(({ error_ms }) => Math.abs(error_ms)).sort((a, b) => a - b);
  const of = (state: CalibrationJson['state']) => pairs.filter((pair) => pair.state === state).length;
  return {
    pairs: pairs.length,
    drifted: of('drifted'),
    off: of('off'),
    abs_error_p50_ms: errors[Math.floor((errors.length - 1) / 2)] ?? null,
    abs_error_max_ms: errors.at(-1) ?? null,
  };
}

export class ModelSummaryCache {
  readonly #store: Pick<Store, 'query'>;
  readonly #clock: Clock;
  #summary: Promise<ModelSummary> | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, 'query'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects with a `StoreError`; then the next call asks again. */
  read(): Promise<ModelSummary> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#summary === undefined || nowMs - this.#readMs >= READ_EVERY_MS) {
      this.#readMs = nowMs;
      this.#summary = readPairs(this.#store, this.#clock.wallMs() - SHOWN_WITHIN_MS).then(summarise);
      this.#summary.catch(() => {
        this.#summary = undefined;
      });
    }
    return this.#summary;
  }
}
