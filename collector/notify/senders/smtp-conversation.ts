/** Commands and replies of one SMTP connection, each reply bounded. */
import type { Socket } from 'node:net';

/** The server said no, or something that is no answer. */
export class SmtpError extends Error {
  /** Trying again can help: the reply began with a 4, or it was none that a mail server gives. */
  readonly retry: boolean;
  /** Of the reply; undefined where there was none. */
  readonly code: number | undefined;

  constructor(message: string, retry: boolean, code?: number) {
    super(message);
    this.name = 'SmtpError';
    this.retry = retry;
    this.code = code;
  }
}

/** A reply is a few lines of at most 512 bytes (RFC 5321 §4.5.3.1.5); more is no mail server. */
const REPLY_BYTES = 16 * 1024;
const SHOWN_CHARS = 200;

interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

export class SmtpConversation {
  readonly #socket: Socket;
  #pending = '';
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  /** What EHLO offered, with its words. */
  extensions: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#pending += chunk.toString('latin1');
    if (this.#pending.length > REPLY_BYTES) {
      this.#failure ??= new SmtpError('it answers without end', true);
      this.#socket.destroy();
    }
    this.#wake?.();
  };
  readonly #onError = (error: Error): void => {
    this.#failure ??= error;
    this.#wake?.();
  };
  readonly #onClose = (): void => {
    this.#failure ??= new Error('the connection was closed');
    this.#wake?.();
  };

  /** Hands the socket over to TLS. Throws where something has come that the other side should not have said yet. */
  leave(): void {
    if (this.#pending !== '') throw new SmtpError('it said more in the clear after STARTTLS', true);
    this.#socket.off('data', this.#onData);
    this.#socket.off('close', this.#onClose);
  }

  async hello(name: string): Promise<void> {
    const { lines } = await this.command(`EHLO ${name}`, [250]);
    this.extensions = new Map(
      lines.slice(1).map((line) => {
        const [word = '', ...words] = line.toUpperCase().split(/[ =]/);
        return [word, words] as const;
      }),
    );
  }

  /** Sends a line and waits for one of these codes; `called` names it in errors where the line itself is secret or long. */
  async command(line: string, codes: readonly number[], called = line): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return this.reply(codes, called);
  }

  async reply(codes: readonly number[], to = 'the connection'): Promise<Reply> {
    let reply = this.#take();
    while (!reply) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      reply = this.#take();
    }
    if (codes.includes(reply.code)) return reply;
    const said = reply.lines
      .join(' ')
      .replace(/[^\x20-\x7e]+/g, ' ')
      .slice(0, SHOWN_CHARS);
    throw new SmtpError(`it answers ${reply.code} to ${to}: ${said}`, reply.code < 500, reply.code);
  }

  /** All lines of a reply begin with its code; a dash after it says that there are more (RFC 5321 §4.2.1). */
  #take(): Reply | undefined {
    const lines: string[] = [];
    let at = 0;
    for (;;) {
      const end = this.#pending.indexOf('\n', at);
      if (end === -1) return undefined;
      const line = this.#pending.slice(at, end).replace(/\r$/, '');
      at = end + 1;
      const [, code, mark, text = ''] = /^([2-5]\d\d)([ -]?)(.*)$/.exec(line) ?? [];
      if (code === undefined) throw new SmtpError('it does not speak SMTP', true);
      lines.push(text);
      if (mark === '-') continue;
      this.#pending = this.#pending.slice(at);
      return { code: Number(code), lines };
    }
  }
}
