/** A question in one datagram: not repeated, so that a lost one is seen. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { formatHostPort } from '../net/host-port.ts';
import { socketFailure } from '../net/socket-failure.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import { noAnswer, tooManyStrays } from './failures.ts';
import { DNS_LIMITS } from './limits.ts';
import { encodeQuestion, isReplyTo, type Question } from './message.ts';
import type { Received } from './received.ts';

/** `address`: a literal one, held against the policy already. */
export function askOverUdp(
  { clock, signal }: RunContext,
  address: string,
  port: number,
  question: Question,
  id: number,
): Promise<Received> {
  const peer = formatHostPort({ host: address, port });
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    let startMs = clock.monotonicMs();
    let strays = 0;
    const end = (received: Received) => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      resolve(received);
    };
    const fail = (failure: Failure) => end({ ok: false, failure });
    const abort = () => fail(noAnswer(peer));
    socket.on('error', (error) => fail(socketFailure('connect', error, peer)));
    socket.on('message', (message) => {
      const queryMs = clock.monotonicMs() - startMs;
      if (isReplyTo(message, question, id)) end({ ok: true, message, queryMs });
      else if (++strays > DNS_LIMITS.strayPackets.value) fail(tooManyStrays(peer));
    });
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    // Connected, the kernel takes datagrams of this peer alone, and tells when nobody listens there.
    socket.connect(port, address, () => {
      startMs = clock.monotonicMs();
      socket.send(encodeQuestion(question, id));
    });
  });
}
