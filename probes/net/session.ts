/**
 * The requests of one run, one after the other: the connection is kept while host and port stay the same and its last
 * response was read whole, and replaced where a browser would need a new one.
 */
import type { Metrics } from '../metrics.ts';
import type { Clock } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import type { Cmcd, CmcdObject } from './cmcd.ts';
import { connectMetrics, connectPhases } from './connect-steps.ts';
import { exchange, type HttpResponse, isReusable, type NoResponse, requestPath } from './exchange.ts';
import { endpointOf } from './host-port.ts';
import type { Connected, Network } from './network.ts';

export interface SessionOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Marks every request; none when absent. */
  readonly cmcd?: Cmcd;
  /** Connections and their steps are added to it. */
  readonly timeline: Timeline;
  /** Tells the connections of several sessions apart there; the host when absent. */
  readonly name?: string;
}

export interface SessionRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What it is for, where requests are marked. */
  readonly object?: CmcdObject;
  /** An iterable has its length as header `content-length`. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** A larger response body fails with too_large. */
  readonly maxBodyBytes: number;
  /** Instead of the signal of the session. */
  readonly signal?: AbortSignal;
  /** Called with the connection before anything is sent on it. */
  onConnected?(connected: Connected): void;
  /** Called as body bytes are handed to the kernel. */
  onBodySent?(byteCount: number, atMs: number): void;
  /** Called at each interim response, as of `HttpRequest`. */
  onInterim?(status: number, headers: Readonly<Record<string, string>>, atMs: number): void;
}

/** A response, with the connection that it came over. */
export interface SessionResponse extends HttpResponse {
  readonly url: URL;
  readonly connected: Connected;
  /** The connection was there already. */
  readonly reused: boolean;
  /** When the request was begun, the connection being there. */
  readonly requestMs: number;
}

export type SessionResult = SessionResponse | NoResponse;

interface Held {
  readonly key: string;
  readonly connected: Connected;
  /** False from a request until its response was read whole. */
  idle: boolean;
}

/** Not for concurrent requests: each waits until the last one's body was read or given up. */
export class HttpSession {
  readonly #options: SessionOptions;
  #held: Held | undefined;
  /** Left open without a word. */
  readonly #forsaken: Connected['socket'][] = [];
  #connections = 0;
  #connectMetrics: Metrics = {};

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#connections;
  }

  /** `dns_ms`, `connect_ms`, `tls_ms` of the first connection, where they happened. */
  get connectMetrics(): Metrics {
    return this.#connectMetrics;
  }

  /** Never throws for the deeds of the peer; redirects are answers like others. */
  async request(url: URL, request: SessionRequest): Promise<SessionResult> {
    const forbidden = this.#options.network.forbids(url);
    if (forbidden) return { ok: false, failure: forbidden };
    const key = `${url.protocol}//${url.host}`;
    const signal = request.signal ?? this.#options.signal;
    const reused = this.#held?.key === key && this.#held.idle && isReusable(this.#held.connected);
    if (!reused) {
      const failed = await this.#connect(url, key, signal);
      if (failed) return failed;
    }
    const held = this.#held as Held;
    held.idle = false;
    request.onConnected?.(held.connected);
    // The answer is still one for the address without the mark.
    const marked = this.#options.cmcd?.mark(url, request.object) ?? { url, headers: {} };
    const requestMs = this.#options.clock.monotonicMs();
    const { maxBodyBytes, headers, method, body, onBodySent, onInterim } = request;
    const response = await exchange(
      held.connected,
      {
        method,
        path: requestPath(marked.url),
        host: url.host,
        headers: { 'user-agent': this.#options.userAgent, accept: '*/*', ...marked.headers, ...headers },
        ...(body ? { body } : {}),
        ...(onBodySent ? { onBodySent } : {}),
        ...(onInterim ? { onInterim } : {}),
      },
      { clock: this.#options.clock, signal, maxBodyBytes },
    );
    if (!response.ok) return response;
    void response.body.end.then((end) => {
      held.idle = end.ok && end.complete;
    });
    return { ...response, url, connected: held.connected, reused, requestMs };
  }

  /** Leaves the connection open and silent, as after a lost link: the next request takes a new one. */
  forsake(): void {
    const socket = this.#held?.connected.socket;
    this.#held = undefined;
    if (!socket) return;
    // Its client reads by 'readable', which no pause stops, and hangs up on an answer; an end would be answered by ours.
    socket.removeAllListeners('readable').removeAllListeners('end').pause();
    socket.allowHalfOpen = true;
    this.#forsaken.push(socket);
  }

  /** Closes the connection, if one is there, and those that were forsaken. */
  close(): void {
    this.#drop();
    for (const socket of this.#forsaken.splice(0)) socket.destroy();
  }

  #drop(): void {
    this.#held?.connected.socket.destroy();
    this.#held = undefined;
  }

  async #connect(url: URL, key: string, signal: AbortSignal): Promise<NoResponse | undefined> {
    this.#drop();
    const { network, clock, timeline, name } = this.#options;
    const endpoint = endpointOf(url);
    if (!endpoint) throw new Error('a URL passed the guard that is neither http nor https');
    const startMs = clock.monotonicMs();
    const connected = await network.connect(endpoint, signal);
    this.#connections++;
    if (this.#connections === 1) this.#connectMetrics = connectMetrics(connected);
    timeline.addAll(connectPhases(connected, timeline.elapsed(startMs), name ?? url.host));
    if (!connected.ok) return { ok: false, failure: connected.failure };
    this.#held = { key, connected, idle: true };
    return undefined;
  }
}
