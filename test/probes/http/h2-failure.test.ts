import { describe, expect, it } from 'vitest';
import { h2Failure } from '../../../probes/http/h2-failure.ts';

function error(code: string, message = ''): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

const streamError = (reason: string) =>
  error('ERR_HTTP2_STREAM_ERROR', `Stream closed with error code NGHTTP2_${reason}`);

describe('a failure over HTTP/2', () => {
  it.each([
    [streamError('INTERNAL_ERROR'), 'none', 'reset', 'target'],
    [streamError('REFUSED_STREAM'), 'none', 'reset', 'target'],
    [streamError('ENHANCE_YOUR_CALM'), 'whole', 'reset', 'target'],
    [streamError('CANCEL'), 'whole', 'reset', 'target'],
    [streamError('PROTOCOL_ERROR'), 'whole', 'bad_response', 'target'],
    [streamError('HTTP_1_1_REQUIRED'), 'none', 'bad_response', 'target'],
    [error('ERR_HTTP2_SESSION_ERROR', 'Session closed with error code 2'), 'none', 'reset', 'target'],
    [error('ERR_HTTP2_GOAWAY_SESSION'), 'none', 'reset', 'target'],
    [error('ERR_HTTP2_ERROR', 'Protocol error'), 'none', 'bad_response', 'target'],
    [error('ERR_HTTP2_STREAM_CANCEL'), 'none', 'reset', 'target'],
    [error('ERR_HTTP2_INVALID_SESSION'), 'none', 'reset', 'target'],
    [error('ERR_HTTP2_STREAM_CANCEL'), 'whole', 'truncated', 'target'],
    [undefined, 'whole', 'truncated', 'target'],
    [error('ECONNRESET'), 'whole', 'reset', 'network'],
  ] as const)('%s with the head %s is %s of the %s', (cause, head, code, blame) => {
    expect(h2Failure(cause, null, head)).toMatchObject({ layer: 'http', code, blame });
  });

  it('is that of its socket where that has died, whatever the stream says', () => {
    const failure = h2Failure(error('ERR_HTTP2_STREAM_CANCEL'), error('ECONNRESET'), 'none');
    expect(failure).toMatchObject({ layer: 'http', code: 'reset', blame: 'network' });
  });

  it.each(['ERR_HTTP2_INVALID_CONNECTION_HEADERS', 'ERR_HTTP2_INVALID_HEADER_VALUE', 'ERR_INVALID_CHAR'])(
    'of a request that cannot be sent so (%s) is ours',
    (code) => {
      expect(h2Failure(error(code), null, 'none')).toMatchObject({ blame: 'agent', code: 'bad_params' });
    },
  );

  it('that nobody foresaw is a bug, not the fault of the target', () => {
    expect(h2Failure(error('ERR_ODD'), null, 'none')).toMatchObject({ blame: 'agent', code: 'internal' });
  });
});
