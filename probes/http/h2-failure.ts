/** What went wrong on an HTTP/2 connection, in the words that HTTP/1.1 has for the same. */

import { ConnectionGone, exchangeFailure, type HeadState } from '../net/exchange-failure.ts';
import type { Failure } from '../outcome.ts';

/** The peer broke the protocol, or says that we did (RFC 9113 §7). */
const BROKEN = new Set([
  'PROTOCOL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'COMPRESSION_ERROR',
  'HTTP_1_1_REQUIRED',
]);

/** `error`: absent when the stream was closed without one. `errored`: what the socket died of, if it did. */
export function h2Failure(
  error: (Error & { readonly code?: string | undefined }) | undefined,
  errored: Error | null,
  head: HeadState,
): Failure {
  if (errored) return exchangeFailure(new ConnectionGone(errored), head);
  const code = error?.code ?? '';
  const reason = /NGHTTP2_([A-Z0-9_]+)/.exec(error?.message ?? '')?.[1];
  if (code === 'ERR_HTTP2_STREAM_ERROR') {
    return BROKEN.has(reason ?? '')
      ? http('bad_response', `The stream broke off ${whileIn(head)}: ${reason} (RFC 9113 §7).`)
      : http('reset', `The server reset the stream ${whileIn(head)} (${reason ?? 'no reason'}).`);
  }
  if (code === 'ERR_HTTP2_SESSION_ERROR' || code === 'ERR_HTTP2_GOAWAY_SESSION')
    return http('reset', `The server gave up the HTTP/2 connection ${whileIn(head)} (GOAWAY).`);
  if (code === 'ERR_HTTP2_ERROR')
    return http('bad_response', `The answer is not HTTP/2: ${firstLine(error?.message ?? '')}.`);
  // The stream went with its connection, which the server closed, or could not begin on it any more.
  if (error === undefined || code === 'ERR_HTTP2_STREAM_CANCEL' || code === 'ERR_HTTP2_INVALID_SESSION')
    return exchangeFailure(new ConnectionGone(null), head);
  if (
    code.startsWith('ERR_HTTP2_INVALID') ||
    code === 'ERR_INVALID_CHAR' ||
    code === 'ERR_INVALID_HTTP_TOKEN'
  )
    return {
      layer: 'agent',
      blame: 'agent',
      code: 'bad_params',
      message: `The request cannot be sent over HTTP/2 as asked: ${firstLine(error.message)}.`,
    };
  return exchangeFailure(error, head);
}

function whileIn(head: HeadState): string {
  return head === 'whole' ? 'in the middle of the body' : 'before a response';
}

function http(code: Failure['code'], message: string): Failure {
  return { layer: 'http', blame: 'target', code, message };
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}
