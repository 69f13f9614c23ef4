/** A name server on loopback over UDP, TCP, TLS and HTTPS, whose answers a test writes by itself, bytes included. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ServerCertificate } from '../net/certificates.ts';

export interface WireRecord {
  /** That of the question when absent. */
  readonly name?: string;
  readonly type: number;
  readonly ttl?: number;
  readonly data: Buffer;
}

export interface Reply {
  readonly rcode?: number;
  /** Bits beside QR: 0x0400 aa, 0x0200 tc, 0x0100 rd, 0x0080 ra, 0x0020 ad. */
  readonly bits?: number;
  readonly answers?: readonly WireRecord[];
  /** Sent in place of an answer. */
  readonly raw?: Buffer;
  readonly silent?: boolean;
  /** Sent before the answer. */
  readonly before?: readonly Buffer[];
}

export type Via = 'udp' | 'tcp' | 'tls' | 'https';

export interface WireQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly bits: number;
  readonly via: Via;
  readonly bytes: Buffer;
}

export type Answerer = (question: WireQuestion) => Reply;

export interface DnsServer {
  readonly port: number;
  readonly asked: WireQuestion[];
  close(): Promise<void>;
}

export async function startUdp(answer: Answerer): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: WireQuestion[] = [];
  socket.on('message', (message, peer) => {
    const reply = handle(message, 'udp', asked, answer);
    for (const bytes of reply) socket.send(bytes, peer.port, peer.address, () => undefined);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return { port: socket.address().port, asked, close };
}

/** Over TLS when given a certificate. `chunkBytes`: answers come in pieces. */
export async function startStream(
  answer: Answerer,
  options: {
    readonly certificate?: ServerCertificate;
    readonly port?: number;
    readonly chunkBytes?: number;
  } = {},
): Promise<DnsServer> {
  const asked: WireQuestion[] = [];
  const open = new Set<Socket>();
  const serve = (socket: Socket) => {
    open.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const via = options.certificate ? 'tls' : 'tcp';
      for (const bytes of handle(received.subarray(2), via, asked, answer)) {
        const framed = Buffer.concat([lengthOf(bytes), bytes]);
        const size = options.chunkBytes ?? framed.length;
        for (let at = 0; at < framed.length; at += size) socket.write(framed.subarray(at, at + size));
      }
      received = Buffer.alloc(0);
    });
  };
  const server = options.certificate
    ? createTlsServer({ ...options.certificate, ALPNProtocols: ['dot'] }, serve)
    : createServer(serve);
  server.on('tlsClientError', () => undefined);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** HTTP/2 and HTTP/1.1. `head`: what it answers instead of 200 with the type of RFC 8484. */
export async function startHttps(
  answer: Answerer,
  certificate: ServerCertificate,
  head: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): Promise<DnsServer & { readonly versions: string[] }> {
  const asked: WireQuestion[] = [];
  const versions: string[] = [];
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    versions.push(request.httpVersion);
    const [bytes] = handle(Buffer.concat(chunks), 'https', asked, answer);
    if (!bytes) return;
    response.writeHead(head.status ?? 200, {
      'content-type': 'application/dns-message',
      ...head.headers,
    });
    response.end(bytes);
  });
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    versions,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function handle(message: Buffer, via: Via, asked: WireQuestion[], answer: Answerer): Buffer[] {
  const question = readQuestion(message, via);
  asked.push(question);
  const reply = answer(question);
  if (reply.silent) return [...(reply.before ?? [])];
  return [...(reply.before ?? []), reply.raw ?? encodeReply(question, reply)];
}

function readQuestion(bytes: Buffer, via: Via): WireQuestion {
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = bytes.readUInt16BE(at + 1);
  return { id: bytes.readUInt16BE(0), bits: bytes.readUInt16BE(2), name: labels.join('.'), type, via, bytes };
}

/** A whole message that answers `question`. */
export function encodeReply(question: WireQuestion, reply: Reply): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(question.id, 0);
  head.writeUInt16BE(0x8000 | (reply.bits ?? 0x0180) | (reply.rcode ?? 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(reply.answers?.length ?? 0, 6);
  const asked = Buffer.alloc(4);
  asked.writeUInt16BE(question.type, 0);
  asked.writeUInt16BE(1, 2);
  const records = (reply.answers ?? []).map((record) => {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(record.type, 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt32BE(record.ttl ?? 60, 4);
    fixed.writeUInt16BE(record.data.length, 8);
    const name = record.name === undefined ? Buffer.from([0xc0, 12]) : nameBytes(record.name);
    return Buffer.concat([name, fixed, record.data]);
  });
  return Buffer.concat([head, nameBytes(question.name), asked, ...records]);
}

export function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.from([0]),
  ]);
}

export const ipv4 = (address: string): WireRecord => ({
  type: 1,
  data: Buffer.from(address.split('.').map(Number)),
});

export function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, at) => {
    bytes.writeUInt16BE(value, 2 * at);
  });
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}

function lengthOf(bytes: Buffer): Buffer {
  return u16(bytes.length);
}
