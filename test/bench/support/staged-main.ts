/**
 * The reference origin behind TLS, with one delay at a time at one stage of a connection or of a request. A process of its own, so
 * that its clock is not the one that measures, and so that it can be stopped as a whole while connections come.
 */

import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { startOrigin } from '../../../sandbox/index.ts';
import { type Stage, type StagedOrder, type StagedReport, stageOf } from './staged-messages.ts';

/** As few as the kernel allows: a queue that is soon full, so that what comes next is left waiting. */
const BACKLOG = 1;

let armed: { readonly at: Stage; readonly delayMs: number } | undefined;
let delayedMs: number | undefined;

/** Calls `then` at once, or after the delay when one is ordered for this stage. */
function pass(at: Stage, then: () => void): void {
  if (armed?.at !== at) {
    then();
    return;
  }
  const { delayMs } = armed;
  armed = undefined;
  const fromMs = performance.now();
  setTimeout(() => {
    delayedMs = performance.now() - fromMs;
    then();
  }, delayMs);
}

function forward(incoming: IncomingMessage, response: ServerResponse, originPort: number): void {
  const upstream = request({
    host: '127.0.0.1',
    port: originPort,
    path: incoming.url ?? '/',
    method: incoming.method,
    headers: incoming.headers,
    agent: false,
  });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  upstream.end();
}

/** A connection without a word, as of a check whether anybody listens, takes no delay. */
function gate(socket: Socket, https: HttpsServer): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', (hello: Buffer) => {
    socket.pause();
    pass('tls', () => {
      if (socket.destroyed) return;
      socket.unshift(hello);
      https.emit('connection', socket);
    });
  });
}

async function start({ cert, dataDir, key }: Extract<StagedOrder, { type: 'start' }>): Promise<number> {
  const origin = await startOrigin({ dataDir });
  const https = createHttpsServer({ key, cert }, (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', 'https://staged');
    pass(stageOf(pathname), () => forward(incoming, response, origin.port));
  });
  const server = createServer({ noDelay: true }, (socket) => gate(socket, https));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function tell(report: StagedReport): void {
  process.send?.(report);
}

process.on('message', (order: StagedOrder) => {
  if (order.type === 'delay') {
    armed = { at: order.at, delayMs: order.delayMs };
    delayedMs = undefined;
    tell({ type: 'armed' });
  } else if (order.type === 'told') {
    tell({ type: 'delayed', ...(delayedMs === undefined ? {} : { ms: delayedMs }) });
  } else {
    start(order).then(
      (port) => tell({ type: 'ready', port }),
      (error: Error) => tell({ type: 'failed', message: error.message }),
    );
  }
});
process.once('disconnect', () => process.exit(0));
