/**
 * Answers after small random times, in a process of its own: names, and requests of either version of HTTP with and without TLS.
 * It remembers over which connection each run asked, so that runs are found among packets.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { startNameServer } from '../../probes/net/name-server.ts';
import type { Asked, FlowKind, JitteryOrder, JitteryReport } from './jittery-messages.ts';
import { runOfRequest, waitOfRequest } from './jittery-request.ts';

/** Milliseconds, from the first up to the second. */
const DNS_MS = [0.5, 4] as const;
const HEAD_MS = [1, 10] as const;
const BODY_MS = [1, 5] as const;
const PIECE = Buffer.alloc(4096, 'x');

let asked: Asked[] = [];

function randomMs([from, to]: readonly [number, number]): number {
  return from + Math.random() * (to - from);
}

/** The head goes out with the first piece of the body, the last piece later. */
function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): void {
  const { headers, socket, url = '' } = request;
  const run = runOfRequest(url, headers['cmcd-session']);
  if (run !== undefined) {
    const { localPort: serverPort = 0, remotePort: port = 0 } = socket;
    asked.push({ run, port, serverPort, atMs: Date.now() });
  }
  // The compiler cannot call a method of a union whose members differ in what a callback gets.
  const out = response as ServerResponse;
  setTimeout(() => {
    out.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 2 * PIECE.length });
    out.write(PIECE);
    setTimeout(() => out.end(PIECE), randomMs(BODY_MS));
  }, waitOfRequest(url) + randomMs(HEAD_MS));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 511 }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function start({ cert, key, names }: Extract<JitteryOrder, { type: 'start' }>): Promise<JitteryReport> {
  const ports: Readonly<Record<FlowKind, number>> = {
    http1: await listen(createHttpServer(answer)),
    http2: await listen(createHttp2Server(answer)),
    https1: await listen(createHttpsServer({ key, cert }, answer)),
    https2: await listen(createSecureServer({ key, cert }, answer)),
  };
  const found = () => ({ a: ['127.0.0.1'], delayMs: randomMs(DNS_MS) });
  const nameServer = await startNameServer(Object.fromEntries(names.map((name) => [name, found])));
  return { type: 'ready', ports, nameServer: nameServer.address };
}

function tell(report: JitteryReport): void {
  process.send?.(report);
}

process.on('message', (order: JitteryOrder) => {
  if (order.type === 'told') {
    tell({ type: 'asked', asked });
    asked = [];
  } else {
    start(order).then(tell, (error: Error) => tell({ type: 'failed', message: error.message }));
  }
});
process.once('disconnect', () => process.exit(0));
