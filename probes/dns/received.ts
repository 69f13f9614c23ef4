/** What comes back for a question. */
import type { Failure } from '../outcome.ts';
import type { DnsReply } from './message.ts';

/** An answer, or why there is none; times in milliseconds. */
export type Asked =
  | {
      readonly ok: true;
      readonly reply: DnsReply;
      /** Question sent to the whole answer received. */
      readonly queryMs: number;
    }
  | { readonly ok: false; readonly failure: Failure };

/** The bytes of a message, or why there are none. */
export type Received =
  | { readonly ok: true; readonly message: Buffer; readonly queryMs: number }
  | { readonly ok: false; readonly failure: Failure };
