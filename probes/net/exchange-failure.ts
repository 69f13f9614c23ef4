/** What went wrong on an established connection, in our words: the layer is always `http`, or `agent` for our own mistakes. */
import type { Failure } from '../outcome.ts';

/** How much of the response head had arrived when it failed. */
export type HeadState = 'none' | 'begun' | 'whole';

/**
 * The connection was closed before the request could begin. The code must not be one of undici's own: at those it asks for
 * another connection, again and again.
 */
export class ConnectionGone extends Error {
  readonly code = 'ERR_CONNECTION_GONE';

  /** `errored`: what the socket died of, if it was an error. */
  constructor(errored: Error | null) {
    super('the connection is closed', { cause: errored });
  }
}

/** Names what the deadline ran out on: the body of a request, the head or the body of a response. */
export function timeoutFailure(waitedFor: 'request' | 'head' | 'body'): Failure {
  const what = {
    request: 'the request could be sent whole',
    head: 'a response head came',
    body: 'the response body was complete',
  }[waitedFor];
  return {
    layer: 'http',
    // A silent peer and a silent network look the same from here.
    blame: 'unknown',
    code: 'timeout',
    message: `The deadline passed before ${what}.`,
  };
}

/** A body beyond the limit of the probe. */
export function tooLargeFailure(maxBodyBytes: number): Failure {
  return {
    layer: 'http',
    blame: 'target',
    code: 'too_large',
    message: `The body is larger than the limit of ${maxBodyBytes} bytes. Raise the limit of the probe if that is right.`,
  };
}

/** Maps an error of the HTTP client or the socket beneath it. */
export function exchangeFailure(
  error: Error & { readonly code?: string | undefined },
  head: HeadState,
): Failure {
  const { cause } = error;
  if (error instanceof ConnectionGone) {
    if (isSystemError(cause)) return exchangeFailure(cause, head);
    // What came unasked, at which the client hung up.
    if (cause instanceof Error && /^bad response$/.test(cause.message))
      return http('target', 'bad_response', 'The server spoke before it was asked, and not HTTP/1.1.');
    return closed(head);
  }
  const code = error.code ?? '';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') {
    return http('network', 'reset', `The connection was reset ${whileIn(head)} (${code}).`);
  }
  if (code === 'ETIMEDOUT') {
    return http('network', 'timeout', `The kernel gave up on the connection ${whileIn(head)} (${code}).`);
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENETDOWN') {
    return http('network', 'unreachable', `The route to the server was lost ${whileIn(head)} (${code}).`);
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && head === 'whole') return closed(head);
  if (error.name === 'HTTPParserError' && /EOF/.test(error.message)) return closed(head);
  if (code === 'UND_ERR_SOCKET' && /closed/.test(error.message)) return closed(head);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return http('target', 'bad_response', 'The response head is larger than any sensible server sends.');
  }
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_SOCKET' || code.startsWith('UND_ERR_RES_')) {
    return http('target', 'bad_response', `The answer is not HTTP/1.1: ${firstLine(error.message)}.`);
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return http(
      'target',
      'bad_response',
      `The TLS record layer failed ${whileIn(head)}: ${firstLine(error.message)}.`,
    );
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return ours('bad_params', `The request cannot be sent as asked: ${firstLine(error.message)}.`);
  }
  return ours(
    'internal',
    `The request failed in an unforeseen way: ${firstLine(error.message)} ${code}`.trim(),
  );
}

/** The peer said it was done (FIN). In a body that is a truncation; before the head the server gave up on us. */
function closed(head: HeadState): Failure {
  return head === 'whole'
    ? http('target', 'truncated', 'The server closed the connection before the announced end of the body.')
    : http('target', 'reset', `The server closed the connection ${whileIn(head)}.`);
}

/** Errors of the kernel have codes such as ECONNRESET; those of libraries do not. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '');
}

function whileIn(head: HeadState): string {
  return {
    none: 'before a response',
    begun: 'in the middle of the response head',
    whole: 'in the middle of the body',
  }[head];
}

function http(blame: Failure['blame'], code: Failure['code'], message: string): Failure {
  return { layer: 'http', blame, code, message };
}

function ours(code: Failure['code'], message: string): Failure {
  return { layer: 'agent', blame: 'agent', code, message };
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}
