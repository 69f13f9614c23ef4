/** A gRPC server with the standard health service, on loopback, by node:http2. */
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from '../net/certificates.ts';

export interface HealthServer {
  readonly port: number;
  /** Each call: its path, its headers, and its message in hexadecimal. */
  readonly calls: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly message: string;
  }[];
  close(): void;
}

/** `answer` gets every call when its request is whole. */
export async function startHealthServer(
  answer: (stream: ServerHttp2Stream) => void,
  certificate?: ServerCertificate,
): Promise<HealthServer> {
  const calls: HealthServer['calls'] = [];
  const server = certificate ? createSecureServer(certificate) : createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const parts: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (data: Buffer) => parts.push(data));
    stream.on('end', () => {
      calls.push({ path: headers[':path'] ?? '', headers, message: Buffer.concat(parts).toString('hex') });
      answer(stream);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

/** A message of the given bytes, and the status of the call after it. */
export function replying(
  messageHex: string,
  status = '0',
  message = '',
): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': status, ...(message === '' ? {} : { 'grpc-message': message }) }),
    );
    const bytes = Buffer.from(messageHex, 'hex');
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    stream.end(Buffer.concat([prefix, bytes]));
  };
}

/** The status of a call that failed at once: in the head, with no message. */
export function refusing(status: string, message: string): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    const head = {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': status,
      'grpc-message': message,
    };
    stream.respond(head, { endStream: true });
  };
}
