/** How far the model is off in one line, for the overview: it changes every few minutes, so it is read that seldom. */
import type { Clock } from '../../probes/probe.ts';
import type { Store } from '../store/store.ts';
import type { ModelSummaryJson } from './answers/overview.ts';
import type { CalibrationJson } from './answers/promises.ts';
import { SHOWN_WITHIN_MS } from './calibration-families.ts';
import { readPairs } from './calibration-queries.ts';

const READ_EVERY_MS = 30_000;

export function summarise(pairs: readonly Pick<CalibrationJson, 'state' | 'error_ms'>[]): ModelSummaryJson {
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
  #summary: Promise<ModelSummaryJson> | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, 'query'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects with a `StoreError`; then the next call asks again. */
  read(): Promise<ModelSummaryJson> {
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
