/**
 * Takes uploads and logs when their bytes came, in a process of its own. A tap in front reads the connections, under any TLS, and hands
 * them to a web server behind it.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { RawLog, sharedNowMs } from './raw-log.ts';
import type { Received, TruthOrder, TruthReport } from './truth-messages.ts';

type Treatment = Omit<Extract<TruthOrder, { type: 'treat' }>, 'type'>;

let treatment: Treatment = { commitMs: 0 };
let bodies: Received[] = [];
/** By the port that the web server sees: the tap in front of it. */
const logs = new Map<number, RawLog>();

function tap(client: Socket, port: number): void {
  const log = new RawLog();
  const behind = connect({ host: '127.0.0.1', port, noDelay: true });
  behind.once('connect', () => logs.set(behind.localPort ?? 0, log));
  behind.on('data', (bytes) => client.write(bytes));
  client.on('data', (bytes) => {
    log.add(bytes.length, sharedNowMs());
    behind.write(bytes);
    const { readBitsPerSecond } = treatment;
    if (readBitsPerSecond === undefined) return;
    client.pause();
    setTimeout(() => client.resume(), (bytes.length * 8000) / readBitsPerSecond);
  });
  for (const [one, other] of [
    [client, behind],
    [behind, client],
  ] as const) {
    one.on('end', () => other.end());
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

function take(request: IncomingMessage, response: ServerResponse, isEncrypted: boolean): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => {
    const arrival = logs.get(request.socket.remotePort ?? 0)?.bodyThatEnded(bytes, isEncrypted);
    const waitMs = arrival ? Math.max(0, arrival.lastMs + treatment.commitMs - sharedNowMs()) : 0;
    setTimeout(() => {
      if (arrival && bytes > 0) bodies.push({ bytes, ...arrival, answeredMs: sharedNowMs() });
      response.writeHead(request.method === 'DELETE' ? 204 : 201).end();
    }, waitMs);
  });
}

async function listen(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function start({ cert, host, key }: Extract<TruthOrder, { type: 'start' }>): Promise<TruthReport> {
  const servers = {
    plain: createHttpServer((request, response) => take(request, response, false)),
    tls: createHttpsServer({ key, cert }, (request, response) => take(request, response, true)),
  };
  const ports = { plain: 0, tls: 0 };
  for (const kind of ['plain', 'tls'] as const) {
    const behind = await listen(servers[kind], '127.0.0.1');
    // The web server shall have nothing of the start of a connection to do while bytes come.
    ports[kind] = await listen(
      createServer({ noDelay: true }, (client) => tap(client, behind)),
      host,
    );
  }
  return { type: 'ready', ports };
}

function tell(report: TruthReport): void {
  process.send?.(report);
}

process.on('message', (order: TruthOrder) => {
  if (order.type === 'treat') {
    treatment = order;
    bodies = [];
    tell({ type: 'treated' });
  } else if (order.type === 'told') {
    tell({ type: 'received', bodies });
  } else {
    start(order).then(tell, (error: Error) => tell({ type: 'failed', message: error.message }));
  }
});
process.once('disconnect', () => process.exit(0));
