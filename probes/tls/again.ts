/** Further connections of a `tls` run, each made as the first one was. */
import type { SecureContext } from 'node:tls';
import { Conversation } from '../net/conversation.ts';
import type { Peer } from '../net/peer.ts';
import { type Secured, secure } from '../net/secure.ts';
import { STARTTLS_LIMITS, startTls } from '../net/starttls.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import type { TlsParams } from './params.ts';

/** Shakes hands once more. `unreached`: it did not come to the handshake. The socket of what it answers is the caller's to destroy. */
export async function shakeAgain(
  context: RunContext,
  peer: Peer,
  params: TlsParams,
  options: { readonly trust: SecureContext; readonly session?: Buffer },
): Promise<Secured | { readonly ok: false; readonly unreached: Failure }> {
  const { network, clock, signal } = context;
  const connected = await network.connect({ ...peer, protocol: 'http:' }, signal);
  if (!connected.ok) return { ok: false, unreached: connected.failure };
  const { socket } = connected;
  if (params.starttls !== undefined && params.starttls !== 'raw') {
    const conversation = new Conversation(socket, { signal, maxBytes: STARTTLS_LIMITS.answerBytes.value });
    const unreached = await startTls(conversation, params.starttls);
    conversation.release();
    if (unreached) {
      socket.destroy();
      return { ok: false, unreached };
    }
  }
  const serverName = params.serverName ?? peer.hostname;
  const alpn = params.alpn.length > 0 ? { alpn: params.alpn } : {};
  return await secure(socket, { serverName, peer: peer.text, clock, signal, ...alpn, ...options });
}
