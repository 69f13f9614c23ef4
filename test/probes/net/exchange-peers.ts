/** Exchanges with peers on loopback: scripted ones and real ones. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type ExchangeOptions,
  exchange,
  type HttpRequest,
  type HttpResponse,
} from '../../../probes/net/exchange.ts';
import type { Connected } from '../../../probes/net/network.ts';
import { clock, loopbackNetwork, PATIENCE_MS } from './run-context.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const closers: (() => unknown)[] = [];

/** Everything that was opened, last first; for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

async function connect(port: number): Promise<Connected> {
  const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
  const connected = await loopbackNetwork().connect(endpoint, AbortSignal.timeout(PATIENCE_MS));
  if (!connected.ok) throw new Error(connected.failure.message);
  closers.push(() => connected.socket.destroy());
  return connected;
}

/** A connection to a peer that runs a script. */
export async function scripted(
  script: (socket: Socket) => void,
): Promise<{ connected: Connected; server: ScriptedServer }> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return { connected: await connect(server.port), server };
}

/** A connection to a server by node:http. */
export async function served(listener: RequestListener): Promise<{ connected: Connected; server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { connected: await connect((server.address() as AddressInfo).port), server };
}

/** A GET of `/`, unless `request` says otherwise. */
export function send(
  connected: Connected,
  request: Partial<HttpRequest> = {},
  options: Partial<ExchangeOptions> = {},
) {
  return exchange(
    connected,
    { method: 'GET', path: '/', host: 'video.test', ...request },
    { clock, signal: AbortSignal.timeout(PATIENCE_MS), maxBodyBytes: 1024 * 1024, ...options },
  );
}

/** The same, of which an answer is expected. */
export async function sendOk(
  connected: Connected,
  request: Partial<HttpRequest> = {},
  options: Partial<ExchangeOptions> = {},
) {
  const response = await send(connected, request, options);
  if (!response.ok) throw new Error(response.failure.message);
  return response;
}

/** The body of an answer, to its end. */
export async function text(response: HttpResponse): Promise<string> {
  return (await response.body.collect()).bytes.toString();
}

/** A request body without end. */
export async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536);
}
