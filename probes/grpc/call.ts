/** One unary gRPC call on a connection of our own (gRPC over HTTP/2). */
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Failure } from '../outcome.ts';
import { encodeHealthRequest, HEALTH_PATH } from './health.ts';
import { GRPC_LIMITS } from './params.ts';

export type CallEnd =
  | {
      readonly ok: true;
      readonly httpStatus: number;
      readonly contentType: string;
      /** `grpc-status`; undefined when the server sent none. */
      readonly status: number | undefined;
      readonly statusText: string;
      readonly frame: Buffer;
    }
  | { readonly ok: false; readonly failure: Failure };

/** Never throws for what the peer does. `authority` is its name as clients know it. */
export async function callHealth(
  socket: Socket,
  authority: string,
  service: string,
  options: {
    readonly signal: AbortSignal;
    readonly isSecure: boolean;
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<CallEnd> {
  const { connect } = await import('node:http2');
  const scheme = options.isSecure ? 'https' : 'http';
  const session = connect(`${scheme}://${authority}`, { createConnection: () => socket });
  try {
    return await ask(session, authority, scheme, service, options);
  } finally {
    session.destroy();
  }
}

function ask(
  session: ClientHttp2Session,
  authority: string,
  scheme: string,
  service: string,
  { signal, headers }: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
): Promise<CallEnd> {
  return new Promise((resolve) => {
    const finish = (end: CallEnd) => {
      signal.removeEventListener('abort', onAbort);
      resolve(end);
    };
    const fail = (blame: Failure['blame'], code: Failure['code'], message: string) =>
      finish({ ok: false, failure: { layer: 'http', blame, code, message } });
    const onError = (error: Error & { code?: string }) => {
      const code = error.code ?? '';
      if (code === 'ECONNRESET' || code === 'EPIPE') {
        return fail('network', 'reset', `The connection was reset before the status of the call (${code}).`);
      }
      const what = error.message.slice(0, 200);
      fail('target', 'bad_response', `The peer does not speak gRPC over HTTP/2: ${what}.`);
    };
    const onClose = () =>
      fail('target', 'reset', 'The server closed the connection before the status of the call.');
    const onAbort = () => fail('unknown', 'timeout', 'The deadline passed before the status of the call.');
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    session.on('error', onError);
    session.on('close', onClose);
    const stream = session.request({
      ':method': 'POST',
      ':scheme': scheme,
      ':authority': authority,
      ':path': HEALTH_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let frame = Buffer.alloc(0);
    stream.on('error', onError);
    stream.on('response', (received) => {
      head = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (data: Buffer) => {
      frame = Buffer.concat([frame, data]);
      const limit = GRPC_LIMITS.answerBytes.value;
      if (frame.length > limit) fail('target', 'too_large', `The answer is larger than ${limit} bytes.`);
    });
    stream.on('end', () => {
      // Ended by the connection, not by the peer.
      if (head[':status'] === undefined) return onClose();
      // A call that fails at once has its status in the head: `Trailers-Only`.
      const status = trailers['grpc-status'] ?? head['grpc-status'];
      const text = trailers['grpc-message'] ?? head['grpc-message'];
      finish({
        ok: true,
        httpStatus: Number(head[':status'] ?? 0),
        contentType: head['content-type'] ?? '',
        status: status === undefined ? undefined : Number(status),
        statusText: decoded(String(text ?? '')),
        frame,
      });
    });
    stream.end(encodeHealthRequest(service));
  });
}

/** `grpc-message` is percent-encoded; a stranger wrote it. */
function decoded(text: string): string {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // Shown as it came.
  }
  return plain.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ').slice(0, 200);
}
