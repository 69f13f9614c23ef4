/** Errors of name resolution, TCP and TLS in our words: which layer, whose fault it looks like, what. */
import type { Blame, ErrorCode, Failure } from '../outcome.ts';

/** The three steps of making a connection. */
export type ConnectLayer = 'dns' | 'connect' | 'tls';

type Verdict = readonly [code: ErrorCode, blame: Blame, what: string];

const DNS: Readonly<Record<string, Verdict>> = {
  ENOTFOUND: ['not_found', 'target', 'the name does not exist'],
  ENODATA: ['not_found', 'target', 'the name has no address'],
  EAI_NODATA: ['not_found', 'target', 'the name has no address'],
  EBADNAME: ['not_found', 'target', 'the name is not a valid host name'],
  ESERVFAIL: ['server_failure', 'unknown', 'the name server could not answer (SERVFAIL)'],
  EREFUSED: ['server_failure', 'unknown', 'the name server refused to answer'],
  ENOTIMP: ['server_failure', 'unknown', 'the name server does not implement the question'],
  EFORMERR: ['server_failure', 'unknown', 'the name server found the question malformed'],
  EBADRESP: ['server_failure', 'unknown', 'the name server sent a broken answer'],
  EAI_FAIL: ['server_failure', 'unknown', 'the system resolver failed'],
  EAI_AGAIN: ['server_failure', 'network', 'no name server could be reached'],
  ECONNREFUSED: ['server_failure', 'network', 'no name server could be reached'],
  ETIMEOUT: ['timeout', 'network', 'the name servers did not answer'],
};

const SOCKET: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: ['refused', 'target', 'the server refused the connection'],
  ECONNRESET: ['reset', 'network', 'the connection was reset'],
  ECONNABORTED: ['reset', 'network', 'the connection was aborted'],
  EPIPE: ['reset', 'network', 'the connection was closed'],
  ETIMEDOUT: ['timeout', 'network', 'the server did not answer'],
  EHOSTUNREACH: ['unreachable', 'network', 'there is no route to the host'],
  ENETUNREACH: ['unreachable', 'network', 'there is no route to the network'],
  EHOSTDOWN: ['unreachable', 'network', 'the host is down'],
  ENETDOWN: ['unreachable', 'agent', 'the network interface of this agent is down'],
  EACCES: ['unreachable', 'agent', 'the system of this agent forbids the connection'],
  EPERM: ['unreachable', 'agent', 'the system of this agent forbids the connection'],
  EMFILE: ['overloaded', 'agent', 'this agent has no file descriptor left'],
  ENFILE: ['overloaded', 'agent', 'the system of this agent has no file descriptor left'],
  ENOBUFS: ['overloaded', 'agent', 'the system of this agent has no buffer left'],
  ENOMEM: ['overloaded', 'agent', 'the system of this agent has no memory left'],
  EADDRNOTAVAIL: ['unreachable', 'agent', 'this agent has no local address or port for it'],
  EAFNOSUPPORT: ['unreachable', 'agent', 'this agent does not have this address family'],
};

const TLS: Readonly<Record<string, Verdict>> = {
  CERT_HAS_EXPIRED: ['cert_expired', 'target', 'the certificate has expired'],
  CERT_NOT_YET_VALID: ['cert_expired', 'target', 'the certificate is not valid yet'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['cert_name', 'target', 'the certificate is for another name'],
  HOSTNAME_MISMATCH: ['cert_name', 'target', 'the certificate is for another name'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['cert_self_signed', 'target', 'the certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'cert_untrusted',
    'target',
    'the chain ends in an authority that is not trusted',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'cert_untrusted',
    'target',
    'the chain lacks an intermediate certificate',
  ],
  UNABLE_TO_GET_ISSUER_CERT: ['cert_untrusted', 'target', 'the issuer of a certificate is not known'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'cert_untrusted',
    'target',
    'the issuer of the certificate is not trusted',
  ],
  CERT_UNTRUSTED: ['cert_untrusted', 'target', 'the certificate is not trusted'],
  CERT_REVOKED: ['cert_revoked', 'target', 'the certificate is revoked'],
  CERT_REJECTED: ['cert_untrusted', 'target', 'the certificate is rejected'],
  CERT_CHAIN_TOO_LONG: ['cert_untrusted', 'target', 'the certificate chain is too long'],
  CERT_SIGNATURE_FAILURE: ['cert_untrusted', 'target', 'the signature of a certificate is wrong'],
  INVALID_CA: ['cert_untrusted', 'target', 'a certificate of the chain is no authority'],
  INVALID_PURPOSE: ['cert_untrusted', 'target', 'the certificate is not for servers'],
};

/** The failure of a step that ended with an error; `peer` is what was asked for or dialled, for the message. */
export function socketFailure(
  layer: ConnectLayer,
  error: Error & { readonly code?: string },
  peer: string,
): Failure {
  const code = error.code ?? '';
  const [failure, blame, what] = verdict(layer, code, error.message);
  const step = { dns: 'Resolving', connect: 'Connecting to', tls: 'The TLS handshake with' }[layer];
  const why = code === '' ? what : `${what} (${code})`;
  const ownFault = blame === 'agent' && failure === 'overloaded';
  return {
    layer: ownFault ? 'agent' : layer,
    blame,
    code: failure,
    message: `${step} ${peer} failed: ${why}.`,
  };
}

/** The failure of a step that the deadline cut short. */
export function deadlineFailure(layer: ConnectLayer, peer: string): Failure {
  const step = { dns: `${peer} was resolved`, connect: `${peer} accepted`, tls: `${peer} had shaken hands` }[
    layer
  ];
  return {
    layer,
    // Once TCP stands, a silent server and a network that swallows large packets look the same.
    blame: layer === 'tls' ? 'unknown' : 'network',
    code: 'timeout',
    message: `The deadline passed before ${step}.`,
  };
}

function verdict(layer: ConnectLayer, code: string, message: string): Verdict {
  const detail = (message.split('\n', 1)[0] ?? '').slice(0, 200);
  if (layer === 'dns') return DNS[code] ?? ['server_failure', 'unknown', detail];
  if (layer === 'connect') return SOCKET[code] ?? ['unreachable', 'unknown', detail];
  return TLS[code] ?? SOCKET[code] ?? ['handshake', 'target', detail];
}
