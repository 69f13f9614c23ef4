/** A connection of the version that the parameters ask for: what requests are made on, however they are framed. */
import type { ClientHttp2Session } from 'node:http2';
import { isIP } from 'node:net';
import {
  type ExchangeOptions,
  exchange,
  type HttpRequest,
  type HttpResponse,
  isReusable,
  type NoResponse,
} from '../net/exchange.ts';
import { canonicalHost } from '../net/host-port.ts';
import type { Connected, Endpoint, Network, NotConnected } from '../net/network.ts';
import type { RunContext } from '../probe.ts';
import { exchangeH2, type H2Request } from './exchange-h2.ts';
import { connectHappily } from './happy-eyeballs.ts';
import { HTTP_LIMITS } from './limits.ts';
import type { HttpParams } from './params.ts';

export interface HttpConnection {
  readonly ok: true;
  readonly connected: Connected;
  /** As attribute `http_version` has it. */
  readonly version: '1.1' | '2';
  /** See `exchange`: one request at a time. */
  exchange(request: Omit<H2Request, 'scheme'>, options: ExchangeOptions): Promise<HttpResponse | NoResponse>;
  /** Whether another request can follow, as far as one can know. */
  isReusable(): boolean;
  /** While it idles it does not keep the process alive. */
  setIdle(isIdle: boolean): void;
  close(): void;
}

type Asked = Pick<HttpParams, 'version' | 'family'>;

/** A fresh one. The steps of one that did not come about are those of `NotConnected`. */
export async function openConnection(
  network: Network,
  endpoint: Endpoint,
  { version, family }: Asked,
  { clock, signal }: Pick<RunContext, 'clock' | 'signal'>,
): Promise<HttpConnection | { readonly ok: false; readonly connected: NotConnected }> {
  const isSecure = endpoint.protocol === 'https:';
  const alpn = { '1.1': ['http/1.1'], '2': ['h2'], auto: ['h2', 'http/1.1'] }[version];
  // Loaded before any clock of the run runs, and by those alone who ask for it.
  const http2 = version === '2' || (version === 'auto' && isSecure) ? await import('node:http2') : undefined;
  const asked = { ...endpoint, alpn };
  // An address has no other family to race with.
  const isRace = family === 'happy' && isIP(canonicalHost(endpoint.hostname) ?? '') === 0;
  const connected = isRace
    ? await connectHappily(network, asked, clock, signal)
    : await network.connect(typeof family === 'number' ? { ...asked, family } : asked, signal);
  if (!connected.ok) return { ok: false, connected };
  if (!http2 || (isSecure && connected.alpn !== 'h2')) {
    if (version !== '2') return overHttp1(connected);
    connected.socket.destroy();
    return { ok: false, connected: withoutH2(connected) };
  }
  return overHttp2(http2, connected, endpoint);
}

function overHttp1(connected: Connected): HttpConnection {
  const idleMs = HTTP_LIMITS.warmIdleMs.value;
  return {
    ok: true,
    connected,
    version: '1.1',
    exchange: (request: HttpRequest, options) => exchange(connected, request, { ...options, idleMs }),
    isReusable: () => isReusable(connected),
    setIdle: () => {}, // The client lets go of a socket without requests by itself.
    close: () => connected.socket.destroy(),
  };
}

function overHttp2(
  http2: typeof import('node:http2'),
  connected: Connected,
  { protocol, hostname }: Endpoint,
): HttpConnection {
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const session: ClientHttp2Session = http2.connect(`${protocol}//${hostname}`, {
    createConnection: () => connected.socket,
    settings: { enablePush: false, initialWindowSize: HTTP_LIMITS.streamWindowBytes.value },
  });
  // What a session dies of is told by its stream; one that idles may die as well.
  session.on('error', () => session.destroy());
  session.once('connect', () => {
    if (!session.destroyed) session.setLocalWindowSize(HTTP_LIMITS.sessionWindowBytes.value);
  });
  // Not the timeout of the session itself: that is wound up anew by its last words, and keeps a dead session in memory.
  let idling: NodeJS.Timeout | undefined;
  session.once('close', () => clearTimeout(idling));
  const setIdle = (isIdle: boolean) => {
    clearTimeout(idling);
    if (session.destroyed) return;
    if (!isIdle) {
      session.ref();
      return;
    }
    session.unref();
    idling = setTimeout(() => session.destroy(), HTTP_LIMITS.warmIdleMs.value).unref();
  };
  return {
    ok: true,
    connected,
    version: '2',
    exchange: (request, options) => exchangeH2(session, connected, { ...request, scheme }, options),
    isReusable: () => !session.closed && !session.destroyed && !connected.socket.destroyed,
    setIdle,
    close: () => {
      clearTimeout(idling);
      session.destroy();
    },
  };
}

/** The handshake came about, but for another protocol: nothing of HTTP/2 was measured. */
function withoutH2(connected: Connected): NotConnected {
  const { ok: _ok, socket: _socket, tlsVersion: _version, alpn, ...steps } = connected;
  const chosen = alpn === undefined ? 'no protocol' : JSON.stringify(alpn);
  const message = `The server does not offer HTTP/2: it chose ${chosen} in the TLS handshake (ALPN).`;
  return { ok: false, failure: { layer: 'tls', blame: 'target', code: 'handshake', message }, ...steps };
}
