/** A TCP proxy that knows nothing of what goes through it, and can fail as networks do: silently, slowly, or with a reset. */

import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TcpProxyOptions {
  /** Uniform in [0, 1). */
  random(): number;
  /**
   * What who is behind the proxy sees of a reset; who dialled always sees one. A ClickHouse server out of the library of the
   * tests ends with SIGABRT when a connection breaks before it has read the head of a request: it gets an end instead, and
   * heads whole.
   */
  readonly resetsUpstream: boolean;
}

export interface Trouble {
  /** Every piece waits this long, milliseconds. */
  readonly delayMs?: number;
  /** Bytes a second and direction. */
  readonly bytesPerS?: number;
  /** Nothing goes up (from who dialled), down, or either way; nobody is told, not even of an end. */
  readonly silent?: 'up' | 'down' | 'both';
  /** Connections that exist are reset, new ones are refused by a reset. */
  readonly down?: boolean;
  /** Share of the pieces going up of which half is let through, HTTP heads whole, and then the connection is reset. */
  readonly resetRequests?: number;
  /** Share of the pieces coming down at which the connection is reset instead: the request was carried out, the answer is lost. */
  readonly loseAnswers?: number;
}

type Direction = 'up' | 'down';

/** How often a stalled connection looks whether it may go on. */
const LOOK_MS = 50;
const PIECE_BYTES = 16 * 1024;

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #options: TcpProxyOptions;
  readonly #connections = new Set<Connection>();
  /** Where new connections go; refused while undefined. */
  upstreamPort: number | undefined;
  readonly #troubles = new Set<Trouble>();
  #trouble: Trouble = {};

  private constructor(server: Server, options: TcpProxyOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on a port of its own on 127.0.0.1. */
  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new TcpProxy(server, options);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** From now on, for connections that exist and new ones, until the answer is called; of several the latest counts. */
  begin(trouble: Trouble): () => void {
    this.#troubles.add(trouble);
    this.#mix();
    if (trouble.down) this.cut();
    return () => {
      this.#troubles.delete(trouble);
      this.#mix();
    };
  }

  /** Resets every connection. */
  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Of the connections that exist now nothing is heard any more, whatever comes after: both sides think them alive. */
  orphan(): void {
    for (const connection of this.#connections) connection.orphaned = true;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #mix(): void {
    this.#trouble = Object.assign({}, ...this.#troubles);
  }

  #accept(client: Socket): void {
    if (this.upstreamPort === undefined || this.#trouble.down) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = dial({ port: this.upstreamPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const connection = new Connection(client, upstream, () => this.#trouble, this.#options);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }
}

class Connection {
  readonly ended: Promise<void>;
  orphaned = false;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #trouble: () => Trouble;
  readonly #options: TcpProxyOptions;

  constructor(client: Socket, upstream: Socket, trouble: () => Trouble, options: TcpProxyOptions) {
    this.#client = client;
    this.#upstream = upstream;
    this.#trouble = trouble;
    this.#options = options;
    this.ended = Promise.all([closed(client), closed(upstream)]).then(() => undefined);
    void this.#carry(client, upstream, 'up');
    void this.#carry(upstream, client, 'down');
  }

  reset(): void {
    this.#client.resetAndDestroy();
    if (this.#options.resetsUpstream) this.#upstream.resetAndDestroy();
    else this.#upstream.destroySoon();
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
        for (let at = 0; at < chunk.length; at += PIECE_BYTES)
          if (!(await this.#pass(chunk.subarray(at, at + PIECE_BYTES), to, direction))) return;
    } catch {
      // A reset: it is passed on below.
    }
    await this.#untilHeard(direction, to);
    if (to.destroyed) return;
    if (from.readableEnded) to.end();
    else this.reset();
  }

  /** False when the connection is gone. */
  async #pass(piece: Buffer, to: Socket, direction: Direction): Promise<boolean> {
    await this.#untilHeard(direction, to);
    const { delayMs = 0, bytesPerS, resetRequests = 0, loseAnswers = 0 } = this.#trouble();
    const waitMs = delayMs + (bytesPerS === undefined ? 0 : (piece.length / bytesPerS) * 1000);
    if (waitMs > 0) await sleep(waitMs);
    await this.#untilHeard(direction, to);
    if (to.destroyed) return false;
    const share = direction === 'up' ? resetRequests : loseAnswers;
    if (share > 0 && this.#options.random() < share) {
      if (direction === 'up') await written(to, piece.subarray(0, cutOf(piece)));
      this.reset();
      return false;
    }
    await written(to, piece);
    return !to.destroyed;
  }

  /** Waits for as long as nothing goes this way. */
  async #untilHeard(direction: Direction, to: Socket): Promise<void> {
    const deaf = () => {
      const { silent } = this.#trouble();
      return this.orphaned || silent === 'both' || silent === direction;
    };
    while (deaf() && !to.destroyed) await sleep(LOOK_MS);
  }
}

/** Where a piece of a request is cut: in the middle, but not in an HTTP head. */
function cutOf(piece: Buffer): number {
  const headEnd = piece.indexOf('\r\n\r\n');
  if (headEnd >= 0) return headEnd + 4 + ((piece.length - headEnd - 4) >> 1);
  return /^[A-Z]+ \//.test(piece.toString('latin1', 0, 16)) ? piece.length : piece.length >> 1;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });
}

/** Resolves when it was taken, or when the socket is gone. */
function written(socket: Socket, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || !socket.writable || piece.length === 0) return resolve();
    const done = () => {
      socket.off('close', done);
      resolve();
    };
    socket.once('close', done);
    socket.write(piece, done);
  });
}
