/** A video service on loopback that takes a PUT, processes it for a while, and is seen later by edges of other regions. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServiceOptions {
  /** From the end of the upload until it plays as a whole. */
  readonly readyMs?: number;
  /** The same of each rendition. */
  readonly renditions?: Readonly<Record<string, number>>;
  /** From the end of the upload until the state says that it was taken on. */
  readonly acceptedMs?: number;
  /** Processing ends in this state, when it would have been ready. */
  readonly brokenState?: string;
  /** The status API answers with these, one after the other, before it answers by itself. */
  readonly statuses?: readonly number[];
  /** The first question to addresses that begin so is never answered. */
  readonly silent?: string;
  /** The status answers with so many bytes. */
  readonly statusBytes?: number;
  /** Where the status says that the whole plays. */
  readonly playUrl?: string;
  /** The status announces what does not play. */
  readonly playStatus?: number;
}

export interface EdgeOptions {
  /** From the time when something is ready until it is seen here. */
  readonly behindMs: number;
  /** How long a refusal is kept for the address that it was given to, arguments included. */
  readonly negativeMs?: number;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly atMs: number;
}

export interface PublishService {
  /** Of the origin, as its clients call it wherever they are. */
  readonly port: number;
  readonly seen: Seen[];
  /** When the final answer to the upload was given. */
  uploadedMs(): number;
  /** What is still held. */
  held(): number;
  /** Another way to what is uploaded; its port. */
  openEdge(options: EdgeOptions): Promise<number>;
  close(): Promise<void>;
}

export async function startService(options: ServiceOptions = {}): Promise<PublishService> {
  const { readyMs = 0, renditions, acceptedMs = 0, brokenState, statuses = [], playStatus = 200 } = options;
  let { silent } = options;
  const seen: Seen[] = [];
  const servers: Server[] = [];
  const held = new Map<string, Buffer>();
  let uploadedMs = 0;
  let asked = 0;

  function status(): object {
    const sinceMs = performance.now() - uploadedMs;
    const state = (afterMs: number) => {
      if (sinceMs < acceptedMs) return 'received';
      return sinceMs < afterMs ? 'processing' : (brokenState ?? 'ready');
    };
    const listed = Object.entries(renditions ?? {}).map(([name, afterMs]) => ({
      name,
      state: state(afterMs),
      play_url: `/play/${name}`,
    }));
    return {
      state: state(readyMs),
      play_url: options.playUrl ?? '/play/whole',
      ...(renditions && { renditions: listed }),
    };
  }

  async function answer(request: IncomingMessage, response: ServerResponse, edge: Edge | undefined) {
    const { pathname: path, search: query } = new URL(request.url ?? '/', 'http://video.test');
    const { method = '', headers } = request;
    const body = await bodyOf(request);
    seen.push({
      method,
      path,
      query,
      headers,
      body: method === 'PUT' ? '' : body.toString(),
      atMs: performance.now(),
    });
    if (silent !== undefined && path.startsWith(silent)) {
      silent = undefined;
      return;
    }
    if (method === 'PUT') {
      held.set(path, body);
      uploadedMs = performance.now();
      const sha256 = createHash('sha256').update(body).digest('hex');
      response.writeHead(201, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ id: 'abc', sha256, data: { url: '/status/abc' } }));
    }
    if (method === 'DELETE') {
      response.writeHead(held.delete(path) ? 204 : 404);
      return response.end();
    }
    if (path === '/status/abc') {
      const code = statuses[asked++] ?? 200;
      response.writeHead(code, { 'content-type': 'application/json' });
      return response.end(code === 200 ? JSON.stringify(status()).padEnd(options.statusBytes ?? 0) : '{}');
    }
    const name = path.split('/').at(-1) ?? '';
    const afterMs = (renditions?.[name] ?? readyMs) + (edge?.behindMs ?? 0);
    const [bytes] = held.values();
    const isThere = bytes && performance.now() - uploadedMs >= afterMs && brokenState === undefined;
    const isKept = edge?.keeps(path + query) === true;
    if (!bytes || !isThere || isKept || playStatus !== 200) {
      edge?.keep(path + query);
      response.writeHead(playStatus === 200 ? 404 : playStatus, { 'x-cache': isKept ? 'HIT' : 'MISS' });
      return response.end();
    }
    return serveRange(request, response, bytes);
  }

  async function open(edge?: Edge): Promise<number> {
    const server = createServer((request, response) => void answer(request, response, edge));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  return {
    port: await open(),
    seen,
    uploadedMs: () => uploadedMs,
    held: () => held.size,
    openEdge: (edgeOptions) => open(new Edge(edgeOptions)),
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** The cache of a region: it keeps what it refused. */
class Edge {
  readonly behindMs: number;
  readonly #negativeMs: number;
  readonly #refused = new Map<string, number>();

  constructor({ behindMs, negativeMs = 0 }: EdgeOptions) {
    this.behindMs = behindMs;
    this.#negativeMs = negativeMs;
  }

  keep(address: string): void {
    if (!this.keeps(address)) this.#refused.set(address, performance.now());
  }

  keeps(address: string): boolean {
    const atMs = this.#refused.get(address);
    return atMs !== undefined && performance.now() - atMs < this.#negativeMs;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function serveRange(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(bytes.length - 1, range?.[2] ? Number(range[2]) : bytes.length - 1);
  response.writeHead(range ? 206 : 200, {
    'content-type': 'video/mp4',
    'content-length': String(to - from + 1),
    ...(range && { 'content-range': `bytes ${from}-${to}/${bytes.length}` }),
  });
  response.end(bytes.subarray(from, to + 1));
}
