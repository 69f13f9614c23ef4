import { describe, expect, it } from 'vitest';
import { ERROR_CODES, LAYERS } from '../../../probes/outcome.ts';
import { netFailure, shortUrl } from '../../../probes/video-start/net-errors.ts';

const URL_TEXT = 'https://v.test/clip.mp4';

describe('netFailure', () => {
  it.each([
    ['NAME_NOT_RESOLVED', 'dns', 'not_found', 'target'],
    ['DNS_TIMED_OUT', 'dns', 'timeout', 'network'],
    ['CONNECTION_REFUSED', 'connect', 'refused', 'target'],
    ['CONNECTION_TIMED_OUT', 'connect', 'timeout', 'network'],
    ['ADDRESS_UNREACHABLE', 'connect', 'unreachable', 'network'],
    ['INTERNET_DISCONNECTED', 'connect', 'unreachable', 'agent'],
    ['CERT_DATE_INVALID', 'tls', 'cert_expired', 'target'],
    ['CERT_COMMON_NAME_INVALID', 'tls', 'cert_name', 'target'],
    ['CERT_AUTHORITY_INVALID', 'tls', 'cert_untrusted', 'target'],
    ['SSL_PROTOCOL_ERROR', 'tls', 'handshake', 'target'],
    ['CONNECTION_RESET', 'http', 'reset', 'network'],
    ['EMPTY_RESPONSE', 'http', 'reset', 'target'],
    ['CONTENT_LENGTH_MISMATCH', 'http', 'truncated', 'target'],
    ['TOO_MANY_REDIRECTS', 'http', 'bad_response', 'target'],
    ['BLOCKED_BY_CLIENT', 'agent', 'forbidden_target', 'agent'],
    ['DNS_MALFORMED_RESPONSE', 'dns', 'server_failure', 'unknown'],
    ['SOMETHING_NEW', 'http', 'bad_response', 'unknown'],
  ])('ERR_%s is %s/%s, blame %s', (name, layer, code, blame) => {
    const failure = netFailure(`net::ERR_${name}`, 'http', URL_TEXT);
    expect(failure).toMatchObject({ layer, code, blame });
    expect(failure.message).toContain(`net::ERR_${name}`);
    expect(failure.message).toContain(URL_TEXT);
    expect(LAYERS).toContain(failure.layer);
    expect(ERROR_CODES).toHaveProperty(failure.code);
  });

  it('on an established connection is of the layer of the request', () => {
    expect(netFailure('net::ERR_CONNECTION_RESET', 'segment', URL_TEXT).layer).toBe('segment');
    expect(netFailure('net::ERR_CONNECTION_REFUSED', 'segment', URL_TEXT).layer).toBe('connect');
  });

  it('of a response that the page may not read says why', () => {
    const failure = netFailure('net::ERR_FAILED', 'manifest', URL_TEXT, 'MissingAllowOriginHeader');
    expect(failure).toMatchObject({ layer: 'manifest', code: 'bad_response', blame: 'target' });
    expect(failure.message).toContain('MissingAllowOriginHeader');
  });
});

describe('shortUrl', () => {
  it('has no query, no fragment and a bounded length', () => {
    expect(shortUrl('https://v.test/a?sig=1#t')).toBe('https://v.test/a');
    expect(shortUrl('https://v.test/a#t?x')).toBe('https://v.test/a');
    expect(shortUrl(`https://v.test/${'a'.repeat(500)}`)).toHaveLength(200);
  });
});
