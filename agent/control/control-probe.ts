/**
 * The control beside a failure: dials the anchors and asks the collector for a sign of life, at once and all together. Failures
 * of the same second share one look.
 */
import type { Network } from '../../probes/net/network.ts';
import type { Clock } from '../../probes/probe.ts';
import type { DelaySampler } from '../delay-sampler.ts';
import type { Timers } from '../time.ts';
import { type Anchor, parseAnchor } from './anchors.ts';
import type { AnchorLook, Circumstances } from './circumstances.ts';
import { disturbancesOf } from './disturbance.ts';
import { CONTROL_LIMITS } from './limits.ts';

export interface ControlOptions {
  /** See `parseAnchor`. */
  readonly anchors: readonly string[];
  readonly network: Network;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sampler: DelaySampler;
  /** True once the collector answers; false when it does not until `signal` aborts. Never rejects. */
  hears(signal: AbortSignal): Promise<boolean>;
}

export type Look = Pick<Circumstances, 'anchors' | 'linkUp'>;

export class ControlProbe {
  readonly #options: ControlOptions;
  readonly #anchors: readonly Anchor[];
  #latest: { readonly startedMs: number; readonly look: Promise<Look> } | undefined;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#anchors = options.anchors.map(parseAnchor).filter((anchor) => anchor !== undefined);
  }

  /**
   * How things stand now, or stood within the last `sharedMs`. `stop` ends the look with what it has by then; the first of
   * those who share it decides. Never rejects.
   */
  look(stop: AbortSignal): Promise<Look> {
    const nowMs = this.#options.clock.monotonicMs();
    if (!this.#latest || nowMs - this.#latest.startedMs >= CONTROL_LIMITS.sharedMs.value)
      this.#latest = { startedMs: nowMs, look: this.#take(nowMs, stop) };
    return this.#latest.look;
  }

  async #take(startedMs: number, stop: AbortSignal): Promise<Look> {
    const { clock, timers, sampler, hears } = this.#options;
    const deadline = new AbortController();
    const cancel = timers.after(CONTROL_LIMITS.lookMs.value, () => deadline.abort());
    const signal = AbortSignal.any([deadline.signal, stop]);
    const delay = sampler.open();
    const [linkUp, ...looks] = await Promise.all([
      hears(signal),
      ...this.#anchors.map((anchor) => this.#dial(anchor, signal)),
    ]);
    cancel();
    const losses = { eventLoopDelayMs: delay.close() };
    const disturbed = disturbancesOf(losses, clock.monotonicMs() - startedMs).length > 0;
    // A look that the agent itself disturbed or broke off says nothing about who was not reached in time.
    const isTold = (look: AnchorLook | undefined): look is AnchorLook =>
      look !== undefined && (look.reached || look.code !== 'timeout' || !(disturbed || stop.aborted));
    return { linkUp, anchors: looks.filter(isTold) };
  }

  /** Undefined for an anchor that the address policy of this agent forbids: it has no say. */
  async #dial({ name, endpoint }: Anchor, signal: AbortSignal): Promise<AnchorLook | undefined> {
    const end = await this.#options.network.connect(endpoint, signal);
    if (end.ok) {
      end.socket.destroy();
      return { anchor: name, reached: true };
    }
    const { layer, code } = end.failure;
    if (code === 'forbidden_target') return undefined;
    return { anchor: name, reached: false, layer, code };
  }
}
