/** Hands the evidence of an agent to its collector over one session: one piece at a time, the next when that is in the store. */
import type { EvidenceAck, EvidenceReport } from '../../protocol/frame.ts';
import type { Cancel, Timers } from '../time.ts';
import type { EvidenceSpool } from './evidence-spool.ts';
import { EVIDENCE_SPOOL_LIMITS } from './limits.ts';

export interface EvidenceSenderOptions {
  readonly spool: Pick<EvidenceSpool, 'next' | 'done' | 'givenUp'>;
  readonly timers: Timers;
  send(frame: EvidenceReport): void;
}

export class EvidenceSender {
  readonly #options: EvidenceSenderOptions;
  /** The run whose evidence is under way. */
  #offered: string | undefined;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(options: EvidenceSenderOptions) {
    this.#options = options;
  }

  /** There may be evidence to send. */
  offer(): void {
    if (this.#closed || this.#cancel || this.#offered !== undefined) return;
    const { send, spool } = this.#options;
    const entry = spool.next();
    if (!entry) return;
    this.#offered = entry.run;
    send({ type: 'evidence', ...entry, givenUp: spool.givenUp });
  }

  /** What became of the piece that is under way; any other is of an earlier time. */
  answered({ run, retryAfterMs }: EvidenceAck): void {
    if (this.#closed || run !== this.#offered) return;
    this.#offered = undefined;
    if (retryAfterMs === 0) {
      this.#options.spool.done(run);
      this.offer();
      return;
    }
    const delayMs = Math.min(retryAfterMs, EVIDENCE_SPOOL_LIMITS.retryMaxMs.value);
    this.#cancel = this.#options.timers.after(delayMs, () => {
      this.#cancel = undefined;
      this.offer();
    });
  }

  /** The session ends: what is under way is offered to the next. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }
}
