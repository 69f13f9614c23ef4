/** A TLS handshake that looks at what the peer shows also where a client would turn away. */

import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { DetailedPeerCertificate, SecureContext, SecureVersion, TLSSocket } from 'node:tls';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import type { NetworkOptions } from './network.ts';
import { deadlineFailure, socketFailure } from './socket-failure.ts';

export interface SecureOptions {
  /** What the certificate must be for; sent as SNI unless it is an address. */
  readonly serverName: string;
  /** `host:port`, for messages. */
  readonly peer: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly trust: SecureContext;
  readonly alpn?: readonly string[];
  readonly session?: Buffer;
  /** Asks for a stapled answer of the authority. */
  readonly staple?: boolean;
}

export type Secured =
  | {
      readonly ok: true;
      readonly socket: TLSSocket;
      readonly tookMs: number;
      /** What a client would turn away for. */
      readonly objection?: Failure;
      /** DER of the stapled OCSP response; absent when there was none. */
      readonly stapled?: Buffer;
    }
  | { readonly ok: false; readonly failure: Failure; readonly tookMs: number };

const contexts = new WeakMap<NetworkOptions, Promise<SecureContext>>();

/** The authorities that this agent trusts. Parsed once: it takes longer than a handshake. */
export function trustOf(options: NetworkOptions): Promise<SecureContext> {
  const known = contexts.get(options);
  if (known) return known;
  const { trustedCa } = options;
  const made = import('node:tls').then((tls) =>
    tls.createSecureContext(
      trustedCa === undefined ? {} : { ca: [...tls.getCACertificates('default'), trustedCa] },
    ),
  );
  contexts.set(options, made);
  return made;
}

/** A context that speaks one version alone, weak ciphers included: for asking, not for trusting. */
export async function versionContext(version: SecureVersion): Promise<SecureContext> {
  const { createSecureContext } = await import('node:tls');
  return createSecureContext({
    minVersion: version,
    maxVersion: version,
    ...(version === 'TLSv1.3' ? {} : { ciphers: 'ALL:@SECLEVEL=0' }),
  });
}

/** Shakes hands over a connected socket. Without `ok` it is destroyed. Never throws for what the peer did. */
export async function secure(tcp: Socket, options: SecureOptions): Promise<Secured> {
  const { connect } = await import('node:tls');
  const { serverName, peer, clock, signal } = options;
  const startMs = clock.monotonicMs();
  const socket = connect({
    socket: tcp,
    host: serverName,
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ...(options.alpn ? { ALPNProtocols: [...options.alpn] } : {}),
    ...(options.session ? { session: options.session } : {}),
    requestOCSP: options.staple ?? false,
    secureContext: options.trust,
    rejectUnauthorized: false,
  });
  let stapled: Buffer | undefined;
  socket.on('OCSPResponse', (response: Buffer | null) => {
    if (response && response.length > 0) stapled = response;
  });
  return await new Promise((resolve) => {
    const finish = (failure?: Failure) => {
      const tookMs = clock.monotonicMs() - startMs;
      signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onReady).off('error', onError).off('close', onClose);
      // An error may still come when nobody uses the socket: it must not end the process.
      socket.on('error', () => undefined);
      tcp.on('error', () => undefined);
      if (failure) {
        socket.destroy();
        tcp.destroy();
        return resolve({ ok: false, failure, tookMs });
      }
      const objection = objectionOf(socket, peer);
      resolve({
        ok: true,
        socket,
        tookMs,
        ...(objection ? { objection } : {}),
        ...(stapled ? { stapled } : {}),
      });
    };
    const onReady = () => finish();
    const onError = (error: Error) => finish(socketFailure('tls', error, peer));
    const onClose = () => finish(socketFailure('tls', closedEarly(), peer));
    const onAbort = () => finish(deadlineFailure('tls', peer));
    socket.once('secureConnect', onReady).once('error', onError).once('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function objectionOf(socket: TLSSocket, peer: string): Failure | undefined {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError ?? 'CERT_UNTRUSTED');
  return socketFailure('tls', Object.assign(new Error(code), { code }), peer);
}

/** Far more than any authority needs; a loop ends sooner. */
const CHAIN_MAX = 16;

/** From the certificate of the server to its root, as far as they are known. */
export function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (link?.raw && chain.length < CHAIN_MAX) {
    chain.push(new X509Certificate(link.raw));
    const issuer: DetailedPeerCertificate | undefined = link.issuerCertificate;
    link = issuer === link || issuer?.fingerprint256 === link.fingerprint256 ? undefined : issuer;
  }
  return chain;
}

function closedEarly(): Error {
  return Object.assign(new Error('closed before it was ready'), { code: 'ECONNRESET' });
}
