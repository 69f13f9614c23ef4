/** The world of the benchmark of blame: targets with every fault that a target can have, anchors and a name server, on their own addresses. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { encodeReply, ipv4, type Reply } from '../../probes/dns/dns-server.ts';
import { makeAuthority, makeCertificate, type ServerCertificate } from '../../probes/net/certificates.ts';
import type { WorldOrder, WorldReport } from './blame-messages.ts';
import { PLACES } from './blame-places.ts';

/** Past the timeout of every check. */
const LATE_MS = 300;
/** As much as an agent is willing to hold against what it expects. */
const LARGE_BYTES = 1_000_000;
const HOUR_DAYS = 1 / 24;
/** What is not here has no such name. */
const NAMES: Readonly<Record<string, Reply>> = {
  'fine.test': { answers: [ipv4(PLACES.target)] },
  'tls.test': { answers: [ipv4(PLACES.target)] },
  'anchor.test': { answers: [ipv4(PLACES.namedAnchor)] },
  'servfail.test': { rcode: 2 },
  'refused.test': { rcode: 5 },
  'nxdomain.test': { rcode: 3 },
  'silent.test': { silent: true },
  'garbage.test': { raw: Buffer.from('this is not an answer') },
};

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.on('connection', (socket: Socket) => socket.on('error', () => {}));
  server.listen(port, host);
  await once(server, 'listening');
}

async function answerNames(): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, peer) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
      labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = bytes.readUInt16BE(at + 1);
    const name = labels.join('.').toLowerCase();
    const reply = NAMES[name] ?? { rcode: 3 };
    if (reply.silent) return;
    const question = { id: bytes.readUInt16BE(0), bits: 0, name, type, via: 'udp', bytes } as const;
    const { answers = [] } = reply;
    const encoded = reply.raw ?? encodeReply(question, { ...reply, answers: type === 1 ? answers : [] });
    socket.send(encoded, peer.port, peer.address, () => undefined);
  });
  socket.on('error', () => {});
  socket.bind(53, PLACES.nameServer);
  await once(socket, 'listening');
}

function serve(request: IncomingMessage, response: ServerResponse, clip: string): void {
  const path = (request.url ?? '/').split('?')[0];
  const part = { 'content-type': 'text/plain', 'content-length': 1000 };
  switch (path) {
    case '/well':
      response.end('all is well');
      return;
    case '/late':
      setTimeout(() => response.end('all is well'), LATE_MS);
      return;
    case '/never':
      return;
    case '/loop':
      response.writeHead(302, { location: '/loop' }).end();
      return;
    case '/stall':
      response.writeHead(200, part).write('a');
      return;
    case '/short':
      response.writeHead(200, part).write('a', () => request.socket.end());
      return;
    case '/cut':
      response.writeHead(200, part).write('a', () => setTimeout(() => request.socket.resetAndDestroy(), 50));
      return;
    case '/large':
      response.end('a'.repeat(LARGE_BYTES));
      return;
    case '/hevc.mp4':
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': statSync(clip).size });
      createReadStream(clip).pipe(response);
      return;
    default:
      response.writeHead(path === '/500' ? 500 : 503).end('sorry');
  }
}

/** Each by the port that `FAULTS` has. */
async function serveTls(): Promise<string> {
  const [authority, stranger] = [makeAuthority('blame'), makeAuthority('stranger')];
  const name = ['tls.test'];
  const certificates: Readonly<Record<number, ServerCertificate>> = {
    443: makeCertificate({ names: name, authority, fromDays: -1, untilDays: 1 }),
    444: makeCertificate({ names: name, authority, fromDays: -3, untilDays: -2 }),
    445: makeCertificate({ names: ['other.test'], authority }),
    446: makeCertificate({ names: name }),
    447: makeCertificate({ names: name, authority: stranger }),
    449: makeCertificate({ names: name, authority, fromDays: -1, untilDays: HOUR_DAYS / 3 }),
  };
  for (const [port, certificate] of Object.entries(certificates)) {
    const server = createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    }).on('tlsClientError', () => {});
    await listen(server, PLACES.target, Number(port));
  }
  const anchor = makeCertificate({ names: ['anchor.test'], authority, fromDays: -30, untilDays: 30 });
  const named = createTlsServer(anchor, (socket) => void socket.on('error', () => {}).resume());
  await listen(
    named.on('tlsClientError', () => {}),
    PLACES.namedAnchor,
    443,
  );
  return authority.cert;
}

async function start(clip: string): Promise<WorldReport> {
  await answerNames();
  await listen(
    createHttpServer((request, response) => serve(request, response, clip)),
    PLACES.target,
    80,
  );
  const each = (take: (socket: Socket) => void) => createServer((socket) => take(socket.resume()));
  await listen(
    each((socket) => socket.resetAndDestroy()),
    PLACES.target,
    81,
  );
  await listen(
    each((socket) => socket.end()),
    PLACES.target,
    82,
  );
  await listen(
    each((socket) => void socket.write('220 mail.test ESMTP\r\n')),
    PLACES.target,
    83,
  );
  // Takes connections, and says nothing.
  const silent = () => createServer((socket) => void socket.resume());
  await listen(silent(), PLACES.target, 448);
  await listen(silent(), PLACES.anchor, 443);
  return { type: 'ready', trustedCa: await serveTls() };
}

async function ask({ method, url, body }: Extract<WorldOrder, { type: 'ask' }>): Promise<WorldReport> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined ? {} : json),
  });
  return { type: 'answer', status: response.status, text: await response.text() };
}

process.on('message', (order: WorldOrder) => {
  const done = order.type === 'start' ? start(order.clip) : ask(order);
  done.then(
    (report) => process.send?.(report),
    (error: Error) => process.send?.({ type: 'failed', message: error.message } satisfies WorldReport),
  );
});
process.once('disconnect', () => process.exit(0));
