/** How a question can fail after its server was reached. */
import type { Failure } from '../outcome.ts';
import { DNS_LIMITS } from './limits.ts';

/** `why` ends the sentence. */
export function malformed(peer: string, why: string): Failure {
  return {
    layer: 'dns',
    blame: 'target',
    code: 'bad_response',
    message: `The answer of ${peer} is broken: ${why}.`,
  };
}

/** Of the wait for an answer. */
export function noAnswer(peer: string): Failure {
  return {
    layer: 'dns',
    // A lost datagram, a firewall and a dead server look the same.
    blame: 'network',
    code: 'timeout',
    message: `The deadline passed before ${peer} answered the question.`,
  };
}

export function tooManyStrays(peer: string): Failure {
  const limit = DNS_LIMITS.strayPackets.value;
  return malformed(peer, `more than ${limit} messages came that answer another question`);
}

export function peerOf({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `${hostname}:${port}`;
}
