/** HTTP/2 servers on loopback for the tests of the `http` probe, with TLS and without. */
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from '../net/certificates.ts';
import type { Served } from './support.ts';

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** With a certificate it speaks HTTP/1.1 too, to those who ask for it alone. */
export async function serveH2(onStream: OnStream, certificate?: ServerCertificate): Promise<Served> {
  const server: Http2Server | Http2SecureServer = certificate
    ? createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
        if (request.httpVersion === '1.1') response.end('one');
      })
    : createServer();
  let connections = 0;
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    connections++;
    sessions.add(session);
    session.on('error', () => undefined).on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  server.on('tlsClientError', () => undefined).on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}/`,
    connectionCount: () => connections,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
