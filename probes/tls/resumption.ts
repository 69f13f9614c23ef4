/** Whether a server resumes a session (RFC 8446 §2.2, RFC 5077). */
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../net/peer.ts';
import { trustOf } from '../net/secure.ts';
import type { RunContext } from '../probe.ts';
import { shakeAgain } from './again.ts';
import { TLS_LIMITS, type TlsParams } from './params.ts';

/** The session to resume, or undefined when the server offers none in time. With TLS 1.3 its ticket follows the handshake. */
export function sessionOf(socket: TLSSocket, signal: AbortSignal): Promise<Buffer | undefined> {
  if (socket.getProtocol() !== 'TLSv1.3') return Promise.resolve(socket.getSession());
  return new Promise((resolve) => {
    const finish = (session?: Buffer) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onEnd);
      socket.off('session', finish).off('close', onEnd);
      resolve(session);
    };
    const onEnd = () => finish();
    const timer = setTimeout(onEnd, TLS_LIMITS.ticketMs.value);
    signal.addEventListener('abort', onEnd, { once: true });
    socket.once('session', finish).once('close', onEnd);
    // Tickets come with what is read.
    socket.resume();
  });
}

/** Undefined when the second connection did not come about: nothing is known then. */
export async function resume(
  context: RunContext,
  peer: Peer,
  params: TlsParams,
  session: Buffer,
): Promise<{ readonly reused: boolean; readonly tookMs: number } | undefined> {
  const trust = await trustOf(context.network.options);
  const again = await shakeAgain(context, peer, params, { trust, session });
  if (!again.ok) return undefined;
  const reused = again.socket.isSessionReused();
  again.socket.destroy();
  return { reused, tookMs: again.tookMs };
}
