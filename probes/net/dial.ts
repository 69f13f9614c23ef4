/** TCP and TLS to one checked address: cold, no session reuse, no race between address families. */
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import { type ConnectLayer, deadlineFailure, socketFailure } from './socket-failure.ts';
import { inTurn } from './turns.ts';

export type Dialled<S extends Socket> =
  | { readonly ok: true; readonly socket: S; readonly tookMs: number }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly tookMs: number;
      /** What the server showed in a handshake that failed. */
      readonly certificate?: X509Certificate;
    };

/** Connects to a literal address. On failure the socket is destroyed. `peer` is for messages. */
export function dialTcp(
  address: string,
  port: number,
  peer: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Dialled<Socket>> {
  const socket = connectTcp({ host: address, port, autoSelectFamily: false });
  socket.setNoDelay(true);
  return settled(socket, 'connect', 'connect', peer, clock, signal);
}

/** Shakes hands over a connected socket. `hostname` is what the certificate must be for; SNI is sent unless it is an address. */
export async function dialTls(
  tcp: Socket,
  hostname: string,
  secureContext: SecureContext,
  peer: string,
  clock: Clock,
  signal: AbortSignal,
  alpn: readonly string[] = ['http/1.1'],
): Promise<Dialled<TLSSocket>> {
  const { checkServerIdentity, connect: connectTls } = await import('node:tls');
  let certificate: X509Certificate | undefined;
  const socket = connectTls({
    socket: tcp,
    host: hostname,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ALPNProtocols: [...alpn],
    secureContext,
    rejectUnauthorized: true,
    checkServerIdentity: (name, shown) => {
      const objection = checkServerIdentity(name, shown);
      if (objection) certificate = new X509Certificate(shown.raw);
      return objection;
    },
  });
  // Before Node judges it: a socket that failed its handshake has no certificate any more. Of one that holds none is needed, and
  // reading it would hold up the last message of the handshake, which leaves when all of this has returned.
  socket.prependListener('secure', () => {
    if (isVerified(socket)) return;
    // Made of a copy: asking for the certificate itself takes it out of the chain that is to be judged.
    const { raw } = socket.getPeerCertificate();
    certificate = raw && new X509Certificate(raw);
  });
  const end = await settled(socket, 'secureConnect', 'tls', peer, clock, signal);
  return end.ok || certificate === undefined ? end : { ...end, certificate };
}

/** What OpenSSL made of the chain: Node tells it only when it has judged. */
function isVerified(socket: TLSSocket): boolean {
  const { _handle: handle } = socket as { _handle?: { verifyError?(): Error | null | undefined } | null };
  return handle?.verifyError !== undefined && !handle.verifyError();
}

function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  layer: ConnectLayer,
  peer: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Dialled<S>> {
  const startMs = clock.monotonicMs();
  return new Promise((resolve) => {
    const finish = (failure?: Failure) => {
      const tookMs = clock.monotonicMs() - startMs;
      signal.removeEventListener('abort', onAbort);
      socket.off(event, onReady).off('error', onError).off('close', onClose);
      // An error may still come when nobody uses the socket: it must not end the process.
      socket.on('error', ignore);
      if (!failure) return inTurn(() => resolve({ ok: true, socket, tookMs }));
      socket.destroy();
      resolve({ ok: false, failure, tookMs });
    };
    const onReady = () => finish();
    const onError = (error: Error) => finish(socketFailure(layer, error, peer));
    const onClose = () => finish(socketFailure(layer, closedEarly(), peer));
    const onAbort = () => finish(deadlineFailure(layer, peer));
    socket.once(event, onReady).once('error', onError).once('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function closedEarly(): Error {
  return Object.assign(new Error('closed before it was ready'), { code: 'ECONNRESET' });
}

function ignore(): void {}
