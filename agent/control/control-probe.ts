/**
 * The control beside a failure: dials the anchors and asks the collector for a sign of life, at once and all together. Failures
 * of the same second share one look.
 */
import type { Network } from '../../probes/net/network.ts';
import type { Clock } from '../../probes/probe.ts';
import type { Reached } from '../../probes/run-recorder.ts';
import type { DelaySampler } from '../delay-sampler.ts';
import type { Timers } from '../time.ts';
import { type Anchor, parseAnchor } from './anchors.ts';
import type { AnchorLook, Circumstances, TargetLook } from './circumstances.ts';
import { lostOf } from './disturbance.ts';
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
      this.#latest = { startedMs: nowMs, look: this.#take(stop) };
    return this.#latest.look;
  }

  /**
   * Whether the place that a run had come to takes connections: a server that does and says nothing more is at fault itself, and not the
   * way to it. Undefined when that cannot be told. Never rejects.
   */
  async dialAgain(
    { host, port }: Pick<Reached, 'host' | 'port'>,
    stop: AbortSignal,
  ): Promise<TargetLook | undefined> {
    const { network } = this.#options;
    const { found: end, isSound } = await this.#within(stop, (signal) =>
      network.connect({ protocol: 'http:', hostname: host, port }, signal),
    );
    if (end.ok) {
      end.socket.destroy();
      return 'accepts';
    }
    if (end.failure.code === 'refused' || end.failure.code === 'reset') return 'refuses';
    return end.failure.code === 'timeout' && isSound ? 'silent' : undefined;
  }

  async #take(stop: AbortSignal): Promise<Look> {
    const { found, isSound } = await this.#within(stop, (signal) =>
      Promise.all([
        this.#options.hears(signal),
        ...this.#anchors.map((anchor) => this.#dial(anchor, signal)),
      ]),
    );
    const [linkUp, ...looks] = found;
    const isTold = (look: AnchorLook | undefined): look is AnchorLook =>
      look !== undefined && (look.reached || look.code !== 'timeout' || isSound);
    return { linkUp, anchors: looks.filter(isTold) };
  }

  /** Ends `work` with the time of a look. Not sound: the agent itself disturbed it or broke it off, and who was late may have been there. */
  async #within<T>(
    stop: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ readonly found: T; readonly isSound: boolean }> {
    const { clock, timers, sampler } = this.#options;
    const startedMs = clock.monotonicMs();
    const deadline = new AbortController();
    const cancel = timers.after(CONTROL_LIMITS.lookMs.value, () => deadline.abort());
    const delay = sampler.open();
    const found = await work(AbortSignal.any([deadline.signal, stop]));
    cancel();
    const losses = { eventLoopDelayMs: delay.close() };
    const { ratio } = lostOf(losses, clock.monotonicMs() - startedMs);
    return { found, isSound: ratio < CONTROL_LIMITS.blamedRatio.value && !stop.aborted };
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
