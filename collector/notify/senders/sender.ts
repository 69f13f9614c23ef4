/** What sends messages to one receiver. */
import type { Notice } from '../notice.ts';

/** How an attempt ended: tried again, when that can help. */
export type Sent =
  /** `note`: what went amiss all the same. */
  | { readonly ok: true; readonly note?: string }
  | {
      readonly ok: false;
      readonly retry: boolean;
      /** For people; says nothing of the address nor of secrets. */
      readonly reason: string;
      /** What the receiver asks for. */
      readonly afterMs?: number;
    };

export interface SendContext {
  /** Aborts at the deadline of the attempt. */
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

export interface Sender {
  /** Never rejects. */
  send(notice: Notice, context: SendContext): Promise<Sent>;
  /** Tells again what is open; for those receivers alone. Never rejects. */
  resend?(alerts: readonly Notice[], context: SendContext): Promise<Sent>;
}
