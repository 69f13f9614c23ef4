import { describe, expect, it } from 'vitest';
import { deadlineFailure, socketFailure } from '../../../probes/net/socket-failure.ts';

const error = (code?: string) =>
  Object.assign(new Error(`failed with ${code}\nand a stack`), code ? { code } : {});

describe('the failure of a step', () => {
  it.each([
    ['dns', 'ENOTFOUND', 'not_found', 'target'],
    ['dns', 'ETIMEOUT', 'timeout', 'network'],
    ['dns', 'ESERVFAIL', 'server_failure', 'unknown'],
    ['dns', 'ESOMETHING', 'server_failure', 'unknown'],
    ['connect', 'ECONNREFUSED', 'refused', 'target'],
    ['connect', 'ECONNRESET', 'reset', 'network'],
    ['connect', 'ETIMEDOUT', 'timeout', 'network'],
    ['connect', 'EHOSTUNREACH', 'unreachable', 'network'],
    ['connect', 'ENETUNREACH', 'unreachable', 'network'],
    ['connect', 'EADDRNOTAVAIL', 'unreachable', 'agent'],
    ['connect', 'ESOMETHING', 'unreachable', 'unknown'],
    ['tls', 'CERT_HAS_EXPIRED', 'cert_expired', 'target'],
    ['tls', 'CERT_NOT_YET_VALID', 'cert_expired', 'target'],
    ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', 'cert_name', 'target'],
    ['tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'cert_untrusted', 'target'],
    ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'handshake', 'target'],
    ['tls', 'ECONNRESET', 'reset', 'network'],
  ] as const)('%s %s is %s, blamed on %s', (layer, code, expected, blame) => {
    const failure = socketFailure(layer, error(code), 'peer.test');
    expect(failure).toMatchObject({ layer, code: expected, blame });
    expect(failure.message).toMatch(/peer\.test failed: .*\.$/);
    expect(failure.message).toContain(code);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS'])('%s is the agent’s own, in its own layer', (code) => {
    expect(socketFailure('connect', error(code), 'peer.test')).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'overloaded',
    });
  });

  it('keeps to the first line of a message of which nothing else is known', () => {
    expect(socketFailure('tls', error(), 'peer.test').message).not.toContain('stack');
  });
});

describe('the failure of a step cut short', () => {
  it.each([
    ['dns', 'network'],
    ['connect', 'network'],
    ['tls', 'unknown'],
  ] as const)('%s is a timeout blamed on %s', (layer, blame) => {
    expect(deadlineFailure(layer, 'peer.test')).toMatchObject({ layer, code: 'timeout', blame });
  });
});
