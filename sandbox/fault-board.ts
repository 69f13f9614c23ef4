/** The faults of one proxy, asked at every step what holds at this instant. Faults of one kind add up; of rates the lowest counts. */
import type { Clock } from './clock.ts';
import type { Fault, FaultKind } from './fault.ts';
import { PROXY_LIMITS } from './limits.ts';

/** How often those who froze look whether the blackhole is over. */
const THAW_CHECK_MS = 20;

type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

export class FaultBoard {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #frozen = new Set<() => void>();
  #faults: readonly Fault[] = [];
  #thawCheck: ReturnType<typeof setInterval> | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Replaces all faults, in effect at once.
   * @throws RangeError when there are too many, or a window that ends before it starts.
   */
  set(faults: readonly Fault[]): void {
    if (faults.length > PROXY_LIMITS.faults.value) {
      throw new RangeError(
        `${faults.length} faults are more than the ${PROXY_LIMITS.faults.value} of one proxy.`,
      );
    }
    const backwards = faults.find((fault) => !(fault.endMs >= fault.startMs));
    if (backwards) {
      throw new RangeError(
        `A ${backwards.kind} fault ends at ${backwards.endMs}, before it starts at ${backwards.startMs}.`,
      );
    }
    this.#faults = [...faults];
    this.#thaw();
  }

  /** The faults whose window holds this instant. */
  active(): Fault[] {
    const nowMs = this.#clock.monotonicMs();
    return this.#faults.filter((fault) => fault.startMs <= nowMs && nowMs < fault.endMs);
  }

  /** What is to be added before the first byte of the response at hand. */
  drawDelayMs(): number {
    const latency = this.#of('latency').reduce((sum, fault) => sum + fault.value.delayMs, 0);
    return this.#of('jitter').reduce((sum, fault) => sum + fault.value.delayMs * this.#random(), latency);
  }

  /** The limit of each connection in each direction, or undefined. */
  bytesPerSecond(): number | undefined {
    const limits = this.#of('bandwidth').map((fault) => fault.value.bitsPerSecond / 8);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** Whether a connection is to be reset. `verdicts` belongs to the connection: each fault decides once about it. */
  drawReset(verdicts: Map<Fault, boolean>): boolean {
    for (const fault of this.#of('reset')) {
      if (!verdicts.has(fault)) verdicts.set(fault, this.#random() < fault.value.share);
      if (verdicts.get(fault)) return true;
    }
    return false;
  }

  /** The error with which to answer the request at hand, or undefined. */
  drawErrorStatus(): number | undefined {
    return this.#of('error').find((fault) => this.#random() < fault.value.share)?.value.status;
  }

  /** Where to cut the response body at hand: after `bytes`, or half-way; undefined: nowhere. */
  drawCut(): { readonly bytes?: number } | undefined {
    return this.#of('truncate').find((fault) => this.#random() < fault.value.share)?.value;
  }

  frozen(): boolean {
    return this.#of('blackhole').length > 0;
  }

  /** Calls back once when no blackhole is left. Returns how to take that back. */
  onThaw(callback: () => void): () => void {
    this.#frozen.add(callback);
    this.#thawCheck ??= setInterval(() => this.#thaw(), THAW_CHECK_MS);
    return () => {
      this.#frozen.delete(callback);
      if (this.#frozen.size === 0) this.#stopChecking();
    };
  }

  #thaw(): void {
    if (this.#frozen.size === 0 || this.frozen()) return;
    const callbacks = [...this.#frozen];
    this.#frozen.clear();
    this.#stopChecking();
    for (const callback of callbacks) callback();
  }

  #stopChecking(): void {
    clearInterval(this.#thawCheck);
    this.#thawCheck = undefined;
  }

  #of<Kind extends FaultKind>(kind: Kind): FaultOf<Kind>[] {
    return this.active().filter((fault): fault is FaultOf<Kind> => fault.kind === kind);
  }
}
