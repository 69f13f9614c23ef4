/** The line that a simulation shows while it runs: what happened since the last one. */
import type { Tally } from './tally.ts';

export class ProgressLine {
  readonly #tally: Tally;
  readonly #agents: number;
  #atMs: number;
  #sent: number;
  #acked: number;

  /** `nowMs`: monotonic. */
  constructor(tally: Tally, agents: number, nowMs: number) {
    this.#tally = tally;
    this.#agents = agents;
    this.#atMs = nowMs;
    this.#sent = tally.sent + tally.resent;
    this.#acked = tally.acked;
  }

  /** Rates and ack times are those since the last call. */
  next(secondsIn: number, nowMs: number): string {
    const { connected, acked, spooled, reconnects, dropped, recentAckMs } = this.#tally;
    const sent = this.#tally.sent + this.#tally.resent;
    const seconds = Math.max(0.001, (nowMs - this.#atMs) / 1000);
    const rate = (count: number): string => (count / seconds).toFixed(0);
    const ack =
      recentAckMs.count === 0
        ? 'no ack'
        : `ack p50 ${recentAckMs.quantile(0.5).toFixed(0)} p99 ${recentAckMs.quantile(0.99).toFixed(0)} ms`;
    const line = [
      `${secondsIn.toFixed(0)} s`,
      `${connected} of ${this.#agents} connected`,
      `${rate(sent - this.#sent)} sent/s`,
      `${rate(acked - this.#acked)} acked/s`,
      ack,
      `${spooled} spooled`,
      `${reconnects} reconnects`,
      ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ].join('  ');
    this.#atMs = nowMs;
    this.#sent = sent;
    this.#acked = acked;
    recentAckMs.clear();
    return line;
  }
}
