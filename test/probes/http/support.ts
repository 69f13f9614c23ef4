/** Servers and runs for the tests of the `http` probe. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { httpProbe } from '../../../probes/http/http.ts';
import type { Network } from '../../../probes/net/network.ts';
import type { RunResult } from '../../../probes/probe.ts';
import type { ServerCertificate } from '../net/certificates.ts';
import { runContext } from '../net/run-context.ts';

export interface Served {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  connectionCount(): number;
  close(): void;
}

/** A server by node:http, or node:https when given a certificate, on loopback. */
export async function serve(listener: RequestListener, certificate?: ServerCertificate): Promise<Served> {
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  let connections = 0;
  server.on('connection', () => connections++);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}/`,
    connectionCount: () => connections,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One run of the probe, its parameters parsed as the agent does. */
export function runHttp(
  url: string,
  params: Record<string, unknown> = {},
  options: { network?: Network; timeoutMs?: number; secrets?: Readonly<Record<string, string>> } = {},
): Promise<RunResult> {
  const { secrets = {} } = options;
  return httpProbe.run(
    { ...runContext(options), secret: (name) => secrets[name] },
    { name: 'test', url, labels: {} },
    httpProbe.params.parse(params),
  );
}
