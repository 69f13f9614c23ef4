/** A question over TCP or TLS, each message behind its length (RFC 1035 §4.2.2, RFC 7858 §3.3). */
import type { Socket } from 'node:net';
import { socketFailure } from '../net/socket-failure.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import { noAnswer, tooManyStrays } from './failures.ts';
import { DNS_LIMITS } from './limits.ts';
import { encodeQuestion, isReplyTo, type Question } from './message.ts';
import type { Received } from './received.ts';

/** The caller owns the socket and destroys it. `peer` is for messages. */
export function askOverStream(
  { clock, signal }: RunContext,
  socket: Socket,
  question: Question,
  id: number,
  peer: string,
): Promise<Received> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let strays = 0;
    const startMs = clock.monotonicMs();
    const end = (result: Received) => {
      signal.removeEventListener('abort', abort);
      socket.off('data', read).off('error', onError).off('close', onClose).off('end', onClose);
      resolve(result);
    };
    const fail = (failure: Failure) => end({ ok: false, failure });
    const abort = () => fail(noAnswer(peer));
    const onError = (error: Error) => fail(socketFailure('connect', error, peer));
    const onClose = () => fail(closedEarly(peer));
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        received = received.subarray(2 + message.length);
        if (isReplyTo(message, question, id)) {
          return end({ ok: true, message, queryMs: clock.monotonicMs() - startMs });
        }
        if (++strays > DNS_LIMITS.strayPackets.value) return fail(tooManyStrays(peer));
      }
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('data', read).on('error', onError).on('close', onClose).on('end', onClose);
    const message = encodeQuestion(question, id);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    // In one segment: some servers take the length for the whole when it comes alone (RFC 7766 §8).
    socket.write(Buffer.concat([length, message]));
  });
}

function closedEarly(peer: string): Failure {
  return {
    layer: 'dns',
    blame: 'target',
    code: 'reset',
    message: `${peer} closed the connection before its answer was whole.`,
  };
}
