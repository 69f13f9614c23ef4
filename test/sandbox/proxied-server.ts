/** A server of the tests behind the fault proxy of a region. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { systemClock } from '../../sandbox/clock.ts';
import { type FaultProxy, faultAt, parseFault, startFaultProxy } from '../../sandbox/index.ts';

/** What the server answers with unless told otherwise. */
export const BODY = Buffer.alloc(300_000, 'clip');

interface ProxyOptions {
  /** Of the server behind it. */
  readonly port?: number;
  readonly connectionsMax?: number;
  readonly region?: string;
}

export class ProxiedServer {
  /** `METHOD PATH` of what reached the server. */
  readonly asked: string[] = [];
  /** What the proxy draws. */
  dice = 0.5;
  readonly #server: Server;
  #proxy: FaultProxy | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      this.answer(request, response);
    });
  }

  static async start(): Promise<ProxiedServer> {
    const started = new ProxiedServer();
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    started.#proxy = await started.startProxy();
    return started;
  }

  answer: (request: IncomingMessage, response: ServerResponse) => void = (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-length': BODY.length });
    response.end(BODY);
  };

  get proxy(): FaultProxy {
    if (!this.#proxy) throw new Error('The proxy has not been started.');
    return this.#proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  /** One more proxy before the same server, for the caller to close. */
  startProxy({ port, region = 'eu-west', ...rest }: ProxyOptions = {}): Promise<FaultProxy> {
    const upstream = { host: '127.0.0.1', port: port ?? (this.#server.address() as AddressInfo).port };
    return startFaultProxy({ region, upstream, clock: systemClock, random: () => this.dice, ...rest });
  }

  /** Sets faults written as `KIND=VALUE@START+LENGTH`, counted from now. */
  inject(...faults: string[]): void {
    const nowMs = systemClock.monotonicMs();
    this.proxy.set(faults.map((text) => faultAt(parseFault(`eu-west:${text}`), nowMs)));
  }

  async close(): Promise<void> {
    await this.proxy.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Opens a connection, sends a request, and keeps what comes back. */
export function rawRequest(port: number): { socket: Socket; received: () => string; closed: () => boolean } {
  const socket = connect(port, '127.0.0.1');
  let [text, closed] = ['', false];
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.write('GET /raw HTTP/1.1\r\nHost: a\r\n\r\n');
  return { socket, received: () => text, closed: () => closed };
}
