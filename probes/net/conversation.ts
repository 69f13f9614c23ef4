/** Talking over one socket in turns: what is sent, what must come back, within a bound and until the deadline. */
import type { Socket } from 'node:net';
import type { Failure } from '../outcome.ts';

export type Heard =
  | { readonly ok: true; readonly bytes: Buffer }
  | {
      readonly ok: false;
      readonly why: 'timeout' | 'closed' | 'reset' | 'too_large';
      /** What had come all the same. */
      readonly bytes: Buffer;
    };

/** How many of the bytes are the awaited answer, or undefined while it is not whole. */
export type Recognise = (pending: Buffer) => number | undefined;

interface Waiter {
  readonly recognise: Recognise;
  readonly resolve: (heard: Heard) => void;
}

export class Conversation {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  #pending = Buffer.alloc(0);
  #end: 'closed' | 'reset' | undefined;
  #waiter: Waiter | undefined;

  /** Reads from now on; at most `maxBytes` may wait unrecognised. */
  constructor(socket: Socket, options: { readonly signal: AbortSignal; readonly maxBytes: number }) {
    this.#socket = socket;
    this.#signal = options.signal;
    this.#maxBytes = options.maxBytes;
    socket.on('data', this.#onData).on('end', this.#onClose).on('close', this.#onClose);
    socket.on('error', this.#onError);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  send(bytes: Buffer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  /** What came after the last answer, up to and including the one that is recognised. One at a time. */
  hear(recognise: Recognise): Promise<Heard> {
    return new Promise((resolve) => {
      this.#waiter = { recognise, resolve };
      this.#settle();
    });
  }

  /** Bytes that nobody has asked for yet. */
  get unheardBytes(): number {
    return this.#pending.length;
  }

  /** Stops reading, so that another layer can take the socket over. */
  release(): void {
    this.#socket.off('data', this.#onData).off('end', this.#onClose).off('close', this.#onClose);
    this.#socket.off('error', this.#onError);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onData = (data: Buffer) => {
    this.#pending = Buffer.concat([this.#pending, data]);
    this.#settle();
    // Nobody waits: the peer may fill its own buffers, not ours.
    if (this.#pending.length > this.#maxBytes) this.#socket.pause();
  };

  readonly #onClose = () => {
    this.#end ??= 'closed';
    this.#settle();
  };

  readonly #onError = () => {
    this.#end = 'reset';
    this.#settle();
  };

  readonly #onAbort = () => this.#settle();

  #settle(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const length = waiter.recognise(this.#pending);
    if (length !== undefined) {
      const bytes = this.#pending.subarray(0, length);
      this.#pending = this.#pending.subarray(length);
      if (this.#pending.length <= this.#maxBytes) this.#socket.resume();
      this.#answer(waiter, { ok: true, bytes });
      return;
    }
    const why = this.#whyNot();
    if (why) this.#answer(waiter, { ok: false, why, bytes: this.#pending });
  }

  #whyNot() {
    if (this.#pending.length > this.#maxBytes) return 'too_large';
    if (this.#end) return this.#end;
    return this.#signal.aborted ? 'timeout' : undefined;
  }

  #answer(waiter: Waiter, heard: Heard): void {
    this.#waiter = undefined;
    waiter.resolve(heard);
  }
}

/** The failure of an answer that did not come; `what` was awaited, as in `the greeting`. `expected` is what it must look like. */
export function unheardFailure(heard: Heard & { ok: false }, what: string, maxBytes: number): Failure {
  const came = heard.bytes.length === 0 ? 'nothing came' : `this came: ${excerptOf(heard.bytes)}`;
  switch (heard.why) {
    case 'timeout':
      // A peer that answers wrongly and then waits has answered; one that is silent may not have heard.
      return heard.bytes.length > 0
        ? content('target', 'unexpected', `The deadline passed before ${what}; ${came}.`)
        : content('unknown', 'timeout', `The deadline passed before ${what}; ${came}.`);
    case 'closed':
      return heard.bytes.length > 0
        ? content('target', 'unexpected', `The peer closed the connection before ${what}; ${came}.`)
        : content('target', 'reset', `The peer closed the connection before ${what}; ${came}.`);
    case 'reset':
      return content('network', 'reset', `The connection was reset before ${what}; ${came}.`);
    case 'too_large':
      return content('target', 'too_large', `${maxBytes} bytes came without ${what}; ${came}.`);
  }
}

const EXCERPT_CHARS = 80;

/** The beginning, printable, in quotes: it is a stranger's. */
export function excerptOf(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, EXCERPT_CHARS + 1).replace(/[^\x20-\x7e]/g, '·');
  return JSON.stringify(text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text);
}

function content(blame: Failure['blame'], code: Failure['code'], message: string): Failure {
  return { layer: 'content', blame, code, message };
}
