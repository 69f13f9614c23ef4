/** What a run over one connection has measured so far, and how it ends. */
import type { MetricName, Metrics } from '../metrics.ts';
import type { Failure } from '../outcome.ts';
import type { Clock, Phase, RunResult } from '../probe.ts';
import { connectMetrics, connectPhases } from './connect-steps.ts';
import type { Connected, NotConnected } from './network.ts';

export class RunRecord {
  readonly metrics: Metrics = {};
  readonly attributes: Record<string, string> = {};
  readonly #phases: Phase[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;

  /** The run starts now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** `startMs`: when it was asked for. */
  addConnection(connection: Connected | NotConnected, startMs: number): void {
    Object.assign(this.metrics, connectMetrics(connection));
    this.#phases.push(...connectPhases(connection, startMs - this.#startMs));
    if (connection.remoteAddress !== undefined) this.attributes.server_ip = connection.remoteAddress;
    if (connection.ok && connection.tlsVersion !== undefined) {
      this.attributes.tls_version = connection.tlsVersion;
    }
  }

  /** A stretch of the waterfall from `fromMs` until now, which answers its milliseconds. */
  addPhase(name: string, fromMs: number): number {
    const durationMs = this.nowMs() - fromMs;
    this.#phases.push({ name, startMs: fromMs - this.#startMs, durationMs });
    return durationMs;
  }

  /** From the start of the run until now. */
  setTotal(metric: MetricName): void {
    this.metrics[metric] = this.nowMs() - this.#startMs;
  }

  succeed(): RunResult {
    return { outcome: 'ok', ...this.#measured() };
  }

  fail(failure: Failure): RunResult {
    return { outcome: 'fail', failure, ...this.#measured() };
  }

  #measured() {
    return { metrics: this.metrics, attributes: this.attributes, phases: this.#phases };
  }
}
