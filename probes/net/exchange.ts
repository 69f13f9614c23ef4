/**
 * One HTTP/1.1 request and its response over exactly one given connection, each step timed. Requests may follow one
 * another on the same connection (never pipelined); nothing is retried, redirected, cached or decompressed.
 */
import Client from 'undici/lib/dispatcher/client.js';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import { ConnectionGone, exchangeFailure, timeoutFailure, tooLargeFailure } from './exchange-failure.ts';
import { joinHeaders } from './join-headers.ts';
import type { Connected } from './network.ts';
import { observerOf, type RequestObserver } from './observe.ts';
import { ResponseBody } from './response-body.ts';

export const EXCHANGE_LIMITS = {
  headBytes: {
    value: 64 * 1024,
    reason: 'Four times what servers commonly send at most; a head is held in memory whole.',
    past: 'The exchange fails with bad_response.',
  },
  idleMs: {
    value: 600_000,
    reason: 'Longer than any run: between requests the deadline of the run decides, not the client.',
    past: 'The connection is closed.',
  },
} as const;

export interface HttpRequest {
  readonly method: string;
  /** Path and query as in `GET /a?b HTTP/1.1`; see `requestPath`. */
  readonly path: string;
  /** The Host header, with the port where it is not the default: `url.host`. */
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An iterable is sent chunked, unless `headers` has a `content-length`, which it must then keep. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Called as body bytes are handed to the kernel, which is not yet their delivery. */
  onBodySent?(byteCount: number, atMs: number): void;
  /** Called at each interim response (RFC 9110 §15.2), when its head is there; names of headers in lower case. */
  onInterim?(status: number, headers: Readonly<Record<string, string>>, atMs: number): void;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  /** Aborting it fails the exchange, body included, with `timeout`, and destroys the socket. */
  readonly signal: AbortSignal;
  /** A larger body fails with `too_large` as soon as the excess arrives. */
  readonly maxBodyBytes: number;
  /** How long the connection stays open for a next request, set by its first; that of the limits when absent. */
  readonly idleMs?: number;
}

/** A response whose head has arrived. All times are milliseconds of `clock.monotonicMs()`. */
export interface HttpResponse {
  readonly ok: true;
  /** 200 to 599: interim responses (1xx) go to `onInterim`. */
  readonly status: number;
  /** Names in lower case; repeated fields joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** The request was handed to the kernel whole, body included. */
  readonly sentMs: number;
  /** First byte of the head of this response; interim responses do not count. */
  readonly firstByteMs: number;
  /** The head was there whole. */
  readonly headMs: number;
  /** Read it, leave its iteration early, or destroy the socket: an unread body holds the connection. */
  readonly body: ResponseBody;
}

/** No response: what went wrong, and how far it had come. */
export interface NoResponse {
  readonly ok: false;
  readonly failure: Failure;
  /** Absent when the request was not sent whole. */
  readonly sentMs?: number;
  readonly firstByteMs?: number;
}

/** A stand-in: the socket is already connected and, for https, already secure; the Host header is always given. */
const ORIGIN = new URL('http://connected.invalid');

const clients = new WeakMap<Connected['socket'], Client>();

/**
 * Sends the request over `connected.socket` and answers when the response head has arrived. Never throws for the deeds of
 * the peer. The next exchange on the connection may begin when the body has ended; whether the connection is still good
 * says `isReusable`. The caller owns the socket and destroys it in the end.
 */
export function exchange(
  connected: Connected,
  request: HttpRequest,
  options: ExchangeOptions,
): Promise<HttpResponse | NoResponse> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(connected, request, options, resolve);
    if (!handler.begin()) return;
    clientOf(connected, options.idleMs).dispatch(
      {
        method: request.method,
        path: request.path,
        headers: { ...request.headers, host: request.host },
        body: (request.body ?? null) as Uint8Array | null,
        // Without it undici closes after HEAD, and resumable uploads ask for their offset by HEAD.
        reset: false,
      },
      handler,
    );
  });
}

/** Whether another exchange can follow on this connection: the peer may have announced or done its close. */
export function isReusable(connected: Connected): boolean {
  return !connected.socket.destroyed && !connected.socket.readableEnded && connected.socket.writable;
}

/** Path and query of a URL as they stand in the request line. */
export function requestPath(url: URL): string {
  return `${url.pathname}${url.search}`;
}

function clientOf(connected: Connected, idleMs: number = EXCHANGE_LIMITS.idleMs.value): Client {
  const { socket } = connected;
  const known = clients.get(socket);
  if (known) return known;
  let handedOut = false;
  const client = new Client(ORIGIN, {
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    keepAliveTimeoutThreshold: 0,
    maxHeaderSize: EXCHANGE_LIMITS.headBytes.value,
    connect: (_options, callback) => {
      // Not in the same tick: undici resumes its queue only after its own connect call has returned.
      queueMicrotask(() => {
        if (handedOut || socket.destroyed) {
          callback(new ConnectionGone(socket.errored), null);
          return;
        }
        handedOut = true;
        callback(null, socket);
      });
    },
  });
  clients.set(socket, client);
  return client;
}

type Headers = Record<string, string | string[] | undefined>;
type Controller = { abort(reason: Error): void; pause(): void; resume(): void };

/** Turns undici's callbacks into one response with its body; settles exactly once. */
class ExchangeHandler {
  readonly #connected: Connected;
  readonly #request: HttpRequest;
  readonly #options: ExchangeOptions;
  readonly #resolve: (result: HttpResponse | NoResponse) => void;
  #controller: Controller | undefined;
  #beginMs: number | undefined;
  #sentMs: number | undefined;
  #firstByteMs: number | undefined;
  #body: ResponseBody | undefined;
  #byteCount = 0;
  #done = false;
  #observer: RequestObserver | undefined;

  constructor(
    connected: Connected,
    request: HttpRequest,
    options: ExchangeOptions,
    resolve: (result: HttpResponse | NoResponse) => void,
  ) {
    this.#connected = connected;
    this.#request = request;
    this.#options = options;
    this.#resolve = resolve;
  }

  /** Watches the deadline; false when it has passed already. */
  begin(): boolean {
    const { signal } = this.#options;
    if (signal.aborted) {
      this.#onAbort();
      return false;
    }
    signal.addEventListener('abort', this.#onAbort, { once: true });
    const { method, host, path, headers = {} } = this.#request;
    this.#observer = observerOf(this.#connected.socket)?.asked(method, host, path, headers);
    return true;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#beginMs = this.#now();
  }

  onBodySent(chunk: Uint8Array): void {
    this.#request.onBodySent?.(chunk.length, this.#now());
  }

  /**
   * A request without a body is one write, and its packet leaves at the beginning of it: a peer that is near may have answered before
   * the call returns.
   */
  onRequestSent(): void {
    this.#sentMs = this.#request.body === undefined ? this.#beginMs : this.#now();
  }

  /** At the first byte of every response, interim ones too: the last call before the final head is the one that counts. */
  onResponseStarted(): void {
    this.#firstByteMs = this.#now();
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (this.#done) return;
    const headMs = this.#now();
    if (status < 200) {
      this.#request.onInterim?.(status, joinHeaders(headers), headMs);
      return;
    }
    const firstByteMs = this.#firstByteMs ?? headMs;
    this.#body = new ResponseBody({
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
      abandon: () => this.#abandon(),
    });
    const joined = joinHeaders(headers);
    this.#observer?.answered(status, joined);
    this.#resolve({
      ok: true,
      status,
      headers: joined,
      // A server may answer before it has the whole request; then nothing was waited for.
      sentMs: Math.min(this.#sentMs ?? firstByteMs, firstByteMs),
      firstByteMs,
      headMs,
      body: this.#body,
    });
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#done) return;
    this.#byteCount += chunk.length;
    this.#observer?.received(chunk);
    if (this.#byteCount > this.#options.maxBodyBytes) {
      this.#fail(tooLargeFailure(this.#options.maxBodyBytes));
      return;
    }
    this.#body?.push({ bytes: chunk, atMs: this.#now() });
  }

  onResponseEnd(): void {
    this.#finish(true);
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const head = this.#body ? 'whole' : this.#firstByteMs === undefined ? 'none' : 'begun';
    this.#fail(exchangeFailure(error, head));
  }

  #onAbort = (): void => {
    const waitedFor = this.#body ? 'body' : this.#sentMs === undefined ? 'request' : 'head';
    this.#fail(timeoutFailure(waitedFor));
  };

  #abandon(): void {
    this.#finish(false);
    this.#connected.socket.destroy();
  }

  #finish(complete: boolean): void {
    if (!this.#end()) return;
    this.#body?.finish({ ok: true, complete, byteCount: this.#byteCount, endMs: this.#now() });
  }

  #fail(failure: Failure): void {
    if (!this.#end()) return;
    if (this.#body) {
      this.#body.finish({ ok: false, failure, byteCount: this.#byteCount, endMs: this.#now() });
    } else {
      this.#resolve({
        ok: false,
        failure,
        ...(this.#sentMs === undefined ? {} : { sentMs: this.#sentMs }),
        ...(this.#firstByteMs === undefined ? {} : { firstByteMs: this.#firstByteMs }),
      });
    }
    this.#connected.socket.destroy();
  }

  /** True the first time. */
  #end(): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }
}
