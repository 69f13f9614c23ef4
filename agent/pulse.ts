/** Whether the other side of a session is there: it is to welcome the agent in time, and to be heard from then on. */
import type { Clock } from '../probes/probe.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import type { Cancel, Timers } from './time.ts';

/** In health intervals. */
const SILENT_FOR = 3;
const UNWELCOME_FOR = 2;

export interface PulseOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  welcomed(): boolean;
  /** Every health interval, as long as the other side is there. */
  onBeat(): void;
  /** It is not; said once. */
  onSilent(fault: string): void;
}

export class Pulse {
  readonly #options: PulseOptions;
  #heardMs: number;
  /** Health intervals without a welcome. */
  #waited = 0;
  #cancel: Cancel | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#heardMs = options.clock.monotonicMs();
  }

  /** The connection is there. */
  start(): void {
    this.heard();
    this.#later();
  }

  /** Something came from the other side. */
  heard(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
  }

  stop(): void {
    this.#cancel?.();
  }

  #later(): void {
    this.#cancel = this.#options.timers.after(LINK_LIMITS.healthEveryMs.value, () => this.#look());
  }

  #look(): void {
    const { clock, welcomed, onBeat, onSilent } = this.#options;
    if (clock.monotonicMs() - this.#heardMs > SILENT_FOR * LINK_LIMITS.healthEveryMs.value) {
      onSilent('the collector was not heard for three health intervals');
      return;
    }
    if (!welcomed()) this.#waited += 1;
    if (this.#waited >= UNWELCOME_FOR) {
      onSilent('the collector sent no welcome for two health intervals');
      return;
    }
    onBeat();
    this.#later();
  }
}
