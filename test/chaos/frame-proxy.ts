/**
 * A WebSocket proxy between agents and a collector that repeats frames and swaps neighbours, as no TCP connection would, but a
 * broken middlebox or a bug at either end might. Everything else goes through as it is: pings, close codes, refused upgrades.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeFrame } from '../../protocol/codec.ts';
import { SUBPROTOCOL } from '../../protocol/frame.ts';

export interface FrameTrouble {
  /** Share of results and acks that are sent twice. */
  readonly duplicate: number;
  /** Share of results and acks that change places with the next one. */
  readonly reorder: number;
}

/** How long a frame is held back for one to change places with. */
const HELD_MS = 400;
const WHOLE: FrameTrouble = { duplicate: 0, reorder: 0 };
/** Codes that a peer may not send in a close frame (RFC 6455 §7.4.1). */
const UNSENDABLE = new Set([1005, 1006, 1015]);

export class FrameProxy {
  readonly port: number;
  /** Where agents are led; refused while undefined. */
  upstreamPort: number | undefined;
  trouble: FrameTrouble = WHOLE;
  /** Frames repeated and pairs swapped so far. */
  readonly done = { duplicated: 0, reordered: 0 };
  readonly #server: Server;
  readonly #random: () => number;
  readonly #open = new Set<WebSocket>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    autoPong: false,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  private constructor(server: Server, random: () => number) {
    this.#server = server;
    this.#random = random;
    this.port = (server.address() as AddressInfo).port;
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on a port of its own on 127.0.0.1. `random` is uniform in [0, 1). */
  static async start(random: () => number): Promise<FrameProxy> {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new FrameProxy(server, random);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#open) socket.terminate();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const upstream = new WebSocket(
      `ws://127.0.0.1:${this.upstreamPort ?? 1}${request.url ?? '/'}`,
      [SUBPROTOCOL],
      { autoPong: false, perMessageDeflate: false },
    );
    upstream.on('error', () => socket.destroy());
    upstream.on('unexpected-response', (_request, answer) => {
      const retry = answer.headers['retry-after'];
      socket.end(
        `HTTP/1.1 ${answer.statusCode} refused\r\nconnection: close\r\n${retry ? `retry-after: ${retry}\r\n` : ''}content-length: 0\r\n\r\n`,
      );
      upstream.terminate();
    });
    upstream.once('open', () => {
      this.#sockets.handleUpgrade(request, socket, head, (downstream) => this.#join(downstream, upstream));
    });
  }

  #join(agent: WebSocket, collector: WebSocket): void {
    for (const [from, to] of [
      [agent, collector],
      [collector, agent],
    ] as const) {
      this.#open.add(from);
      const lane = new Lane(to, this);
      from.on('message', (data, isBinary) => lane.pass(data as Buffer, isBinary, this.#random));
      from.on('ping', (data) => to.readyState === WebSocket.OPEN && to.ping(data));
      from.on('pong', (data) => to.readyState === WebSocket.OPEN && to.pong(data));
      from.on('error', () => to.terminate());
      from.on('close', (code, reason) => {
        this.#open.delete(from);
        lane.close();
        if (UNSENDABLE.has(code)) to.terminate();
        else to.close(code, reason);
      });
    }
  }
}

/** One direction of one connection. */
class Lane {
  readonly #to: WebSocket;
  readonly #proxy: Pick<FrameProxy, 'trouble' | 'done'>;
  #held: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(to: WebSocket, proxy: Pick<FrameProxy, 'trouble' | 'done'>) {
    this.#to = to;
    this.#proxy = proxy;
  }

  pass(data: Buffer, isBinary: boolean, random: () => number): void {
    const { duplicate, reorder } = this.#proxy.trouble;
    const movable = isBinary && (duplicate > 0 || reorder > 0) && isMovable(data);
    if (movable && this.#held === undefined && random() < reorder) {
      this.#held = data;
      this.#timer = setTimeout(() => this.#release(), HELD_MS);
      return;
    }
    this.#send(data, isBinary);
    if (movable && this.#held !== undefined) this.#proxy.done.reordered += 1;
    if (movable && random() < duplicate) {
      this.#proxy.done.duplicated += 1;
      this.#send(data, isBinary);
    }
    // Only what is of its kind passes a frame that is held; anything else comes after it, as it was sent.
    if (movable) this.#release();
  }

  close(): void {
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#send(held, true);
  }

  #send(data: Buffer, isBinary: boolean): void {
    if (this.#to.readyState === WebSocket.OPEN) this.#to.send(data, { binary: isBinary });
  }
}

/** Results and acks: what repeats and changes its order without the peer being out of its mind. */
function isMovable(data: Buffer): boolean {
  try {
    const { type } = decodeFrame(data);
    return type === 'results' || type === 'ack';
  } catch {
    return false;
  }
}
