/**
 * One request and its response over an HTTP/2 connection (RFC 9113), each step timed as over HTTP/1.1. Requests follow one
 * another: a run has one at a time, so that no stream waits for another.
 */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { ExchangeOptions, HttpRequest, HttpResponse, NoResponse } from '../net/exchange.ts';
import { timeoutFailure, tooLargeFailure } from '../net/exchange-failure.ts';
import { joinHeaders } from '../net/join-headers.ts';
import type { Connected } from '../net/network.ts';
import { observerOf, type RequestObserver } from '../net/observe.ts';
import { ResponseBody } from '../net/response-body.ts';
import type { Failure } from '../outcome.ts';
import { h2Failure } from './h2-failure.ts';

/** What a run sends: its body is short and there whole. */
export interface H2Request extends Pick<HttpRequest, 'method' | 'path' | 'host' | 'headers'> {
  readonly scheme: 'http' | 'https';
  readonly body?: Uint8Array;
}

/**
 * Answers when the response head has arrived; never throws for the deeds of the peer. `firstByteMs` is when the head was
 * there whole: frames come no earlier. A failure destroys the session.
 */
export function exchangeH2(
  session: ClientHttp2Session,
  connected: Connected,
  request: H2Request,
  options: ExchangeOptions,
): Promise<HttpResponse | NoResponse> {
  return new Promise((resolve) => new H2Exchange(session, connected, options, resolve).begin(request));
}

/** Turns the events of one stream into one response with its body; settles exactly once. */
class H2Exchange {
  readonly #session: ClientHttp2Session;
  readonly #connected: Connected;
  readonly #options: ExchangeOptions;
  readonly #resolve: (result: HttpResponse | NoResponse) => void;
  #sentMs: number | undefined;
  #body: ResponseBody | undefined;
  #observer: RequestObserver | undefined;
  #byteCount = 0;
  /** By content-length; absent where no body is to come. */
  #announcedBytes: number | undefined;
  #done = false;

  constructor(
    session: ClientHttp2Session,
    connected: Connected,
    options: ExchangeOptions,
    resolve: (result: HttpResponse | NoResponse) => void,
  ) {
    this.#session = session;
    this.#connected = connected;
    this.#options = options;
    this.#resolve = resolve;
  }

  begin(request: H2Request): void {
    const { signal } = this.#options;
    if (signal.aborted) {
      this.#onAbort();
      return;
    }
    signal.addEventListener('abort', this.#onAbort, { once: true });
    try {
      this.#send(request);
    } catch (error) {
      this.#fail(this.#failureOf(error as Error));
    }
  }

  #send({ method, path, host, scheme, headers = {}, body }: H2Request): void {
    this.#observer = observerOf(this.#connected.socket)?.asked(method, host, path, headers);
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const stream = this.#session.request(
      { ...headers, ...length, ':method': method, ':path': path, ':authority': host, ':scheme': scheme },
      { endStream: body === undefined },
    );
    const sent = () => {
      this.#sentMs ??= this.#now();
    };
    if (body !== undefined) stream.once('finish', sent).end(body);
    // Frames leave in the turn in which the stream got its number, before any callback: what would run after them runs late, when a
    // peer that is near may have answered already.
    else if (stream.pending) stream.once('ready', sent);
    else sent();
    stream.once('response', (head) => this.#onHead(stream, head));
    stream.once('end', () => this.#onEnd(stream, method));
    stream.once('error', (error) => this.#fail(this.#failureOf(error)));
    stream.once('close', () => this.#fail(this.#failureOf(undefined)));
  }

  #onHead(
    stream: ClientHttp2Stream,
    head: IncomingHttpHeaders & { readonly ':status'?: number | undefined },
  ): void {
    if (this.#done) return;
    const headMs = this.#now();
    const [status, headers] = [head[':status'] ?? 0, joinHeaders(head)];
    this.#observer?.answered(status, headers);
    const length = headers['content-length'];
    if (length !== undefined && status !== 304) this.#announcedBytes = Number(length);
    this.#body = new ResponseBody({
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      abandon: () => this.#abandon(),
    });
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#resolve({
      ok: true,
      status,
      headers,
      // A server may answer before it has the whole request; then nothing was waited for.
      sentMs: Math.min(this.#sentMs ?? headMs, headMs),
      firstByteMs: headMs,
      headMs,
      body: this.#body,
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#done) return;
    this.#byteCount += chunk.length;
    this.#observer?.received(chunk);
    if (this.#byteCount > this.#options.maxBodyBytes) {
      this.#fail(tooLargeFailure(this.#options.maxBodyBytes));
      return;
    }
    this.#body?.push({ bytes: chunk, atMs: this.#now() });
  }

  /** A stream that was cut off has an end too. */
  #onEnd(stream: ClientHttp2Stream, method: string): void {
    if (stream.aborted || stream.rstCode !== 0) return;
    const announced = this.#announcedBytes;
    if (method !== 'HEAD' && announced !== undefined && this.#byteCount < announced) {
      this.#fail(this.#failureOf(undefined));
      return;
    }
    this.#finish(true);
  }

  #onAbort = (): void => {
    const waitedFor = this.#body ? 'body' : this.#sentMs === undefined ? 'request' : 'head';
    this.#fail(timeoutFailure(waitedFor));
  };

  #abandon(): void {
    this.#finish(false);
    this.#session.destroy();
  }

  #finish(complete: boolean): void {
    if (!this.#body || !this.#end()) return;
    this.#body.finish({ ok: true, complete, byteCount: this.#byteCount, endMs: this.#now() });
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
      });
    }
    this.#session.destroy();
  }

  #failureOf(error: Error | undefined): Failure {
    return h2Failure(error, this.#connected.socket.errored, this.#body ? 'whole' : 'none');
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
