/** Chromium's `net::ERR_…` in our words: which layer, whose fault it looks like, what. */
import type { Blame, ErrorCode, Failure, Layer } from '../outcome.ts';

/** `here`: the layer of the request that met it (http, manifest or segment). */
type Verdict = readonly [layer: Layer | 'here', code: ErrorCode, blame: Blame, what: string];

const NET_ERRORS: Readonly<Record<string, Verdict>> = {
  NAME_NOT_RESOLVED: ['dns', 'not_found', 'target', 'the name does not exist'],
  NAME_RESOLUTION_FAILED: ['dns', 'server_failure', 'unknown', 'the name server could not answer'],
  DNS_TIMED_OUT: ['dns', 'timeout', 'network', 'the name servers did not answer'],
  CONNECTION_REFUSED: ['connect', 'refused', 'target', 'the server refused the connection'],
  CONNECTION_TIMED_OUT: ['connect', 'timeout', 'network', 'the server did not answer'],
  CONNECTION_FAILED: ['connect', 'unreachable', 'network', 'no connection could be made'],
  ADDRESS_UNREACHABLE: ['connect', 'unreachable', 'network', 'there is no route to the host'],
  ADDRESS_INVALID: ['connect', 'unreachable', 'target', 'the address is not one to connect to'],
  INTERNET_DISCONNECTED: ['connect', 'unreachable', 'agent', 'this agent has no network'],
  NETWORK_CHANGED: ['connect', 'reset', 'agent', 'the network of this agent changed in the middle'],
  NETWORK_ACCESS_DENIED: [
    'connect',
    'unreachable',
    'agent',
    'the system of this agent forbids the connection',
  ],
  INSUFFICIENT_RESOURCES: ['agent', 'overloaded', 'agent', 'this agent has no sockets or memory left'],
  CONNECTION_RESET: ['here', 'reset', 'network', 'the connection was reset'],
  CONNECTION_ABORTED: ['here', 'reset', 'network', 'the connection was aborted'],
  CONNECTION_CLOSED: ['here', 'reset', 'target', 'the server closed the connection'],
  EMPTY_RESPONSE: ['here', 'reset', 'target', 'the server closed the connection without an answer'],
  SOCKET_NOT_CONNECTED: ['here', 'reset', 'network', 'the connection was lost'],
  TIMED_OUT: ['here', 'timeout', 'unknown', 'no answer came'],
  CONTENT_LENGTH_MISMATCH: [
    'here',
    'truncated',
    'target',
    'the server closed the connection before the announced end of the body',
  ],
  INCOMPLETE_CHUNKED_ENCODING: [
    'here',
    'truncated',
    'target',
    'the server closed the connection before the last chunk of the body',
  ],
  INVALID_RESPONSE: ['here', 'bad_response', 'target', 'the answer is not HTTP'],
  INVALID_HTTP_RESPONSE: ['here', 'bad_response', 'target', 'the answer is not HTTP'],
  INVALID_CHUNKED_ENCODING: ['here', 'bad_response', 'target', 'the chunks of the body are malformed'],
  CONTENT_DECODING_FAILED: ['here', 'bad_response', 'target', 'the body is not compressed as announced'],
  HTTP2_PROTOCOL_ERROR: ['here', 'bad_response', 'target', 'the server broke the rules of HTTP/2'],
  TOO_MANY_REDIRECTS: ['here', 'bad_response', 'target', 'redirects go round in circles'],
  UNSAFE_REDIRECT: ['here', 'bad_response', 'target', 'it redirects to what is no http or https URL'],
  INVALID_REDIRECT: ['here', 'bad_response', 'target', 'the redirect names no valid URL'],
  BLOCKED_BY_RESPONSE: ['here', 'bad_response', 'target', 'its headers forbid other sites to show it'],
  BLOCKED_BY_ORB: ['here', 'bad_response', 'target', 'its content type is not that of media'],
  BLOCKED_BY_CLIENT: ['agent', 'forbidden_target', 'agent', 'the address policy of this agent forbids it'],
  UNSAFE_PORT: ['agent', 'forbidden_target', 'agent', 'browsers refuse to connect to this port'],
  CERT_DATE_INVALID: ['tls', 'cert_expired', 'target', 'the certificate is expired or not valid yet'],
  CERT_COMMON_NAME_INVALID: ['tls', 'cert_name', 'target', 'the certificate is for another name'],
};

/** The failure of a request. `error`: as the protocol has it, with `net::`; `here`: the layer of the request. */
export function netFailure(error: string, here: Layer, url: string, corsError?: string): Failure {
  const name = error.replace(/^net::ERR_/, '');
  const [layer, code, blame, what] = verdictOf(name, corsError);
  return {
    layer: layer === 'here' ? here : layer,
    code,
    blame,
    message: `Loading ${shortUrl(url)} failed: ${what} (${error}).`,
  };
}

function verdictOf(name: string, corsError: string | undefined): Verdict {
  if (corsError !== undefined) {
    const what = `players on other sites may not read it: ${corsError} (no fitting Access-Control-Allow-Origin)`;
    return ['here', 'bad_response', 'target', what];
  }
  const known = NET_ERRORS[name];
  if (known) return known;
  if (name.startsWith('CERT_')) return ['tls', 'cert_untrusted', 'target', 'the certificate is not trusted'];
  if (name.startsWith('SSL_') || name.startsWith('BAD_SSL_')) {
    return ['tls', 'handshake', 'target', 'the TLS handshake failed'];
  }
  if (name.startsWith('NAME_') || name.startsWith('DNS_')) {
    return ['dns', 'server_failure', 'unknown', 'the name could not be resolved'];
  }
  return ['here', 'bad_response', 'unknown', 'the browser gave up on it'];
}

/** Without the query, which may be long or hold a signature. */
export function shortUrl(url: string): string {
  return url.replace(/[?#].*$/s, '').slice(0, 200);
}
