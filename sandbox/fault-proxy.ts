/**
 * The way between one region and the origin: an HTTP proxy on loopback that streams, marks every answer with
 * `x-pop: REGION`, and does to it what the faults of the moment say. Each fault holds from its start to its end, judged live.
 *
 * What a proxy in user space cannot do: the kernel accepts connections at once, so latency shows in the first byte of
 * answers, never in the connect time.
 */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import type { Clock } from './clock.ts';
import type { Fault } from './fault.ts';
import { FaultBoard } from './fault-board.ts';
import { type ForwardContext, type Forwarded, forward, type Upstream } from './forward.ts';
import { PROXY_LIMITS } from './limits.ts';
import { Link } from './link.ts';

export interface FaultProxyOptions {
  /** Letters, digits and dashes: it becomes a header. */
  readonly region: string;
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** Connections held at once; those of the limits when absent. */
  readonly connectionsMax?: number;
}

/** What has gone through: `connections` and `cutForRoom` (past the limit) by connection, the rest by request. */
export type FaultProxyCounts = { readonly [What in 'connections' | 'cutForRoom' | Forwarded]: number };

export interface FaultProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly region: string;
  /**
   * Replaces all faults, in effect at once; windows are on the clock of the proxy.
   * @throws RangeError for too many faults, or a window that ends before it starts.
   */
  set(faults: readonly Fault[]): void;
  /** The faults whose window holds this instant. */
  active(): Fault[];
  counts(): FaultProxyCounts;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts the proxy of one region on a free loopback port.
 * @throws RangeError for a region that cannot be a header value
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { region, clock, connectionsMax = PROXY_LIMITS.connections.value } = options;
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/i.test(region)) {
    throw new RangeError(`The region "${region}" is not a name of letters, digits and dashes.`);
  }
  const board = new FaultBoard(clock, () => options.random());
  const context: ForwardContext = { region, upstream: options.upstream, board, clock };
  const links = new Set<Link>();
  const counts = {
    connections: 0,
    cutForRoom: 0,
    forwarded: 0,
    reset: 0,
    error: 0,
    cut: 0,
    bad_gateway: 0,
    gone: 0,
  };

  const http = createHttpServer((incoming, response) => {
    const link: unknown = incoming.socket;
    if (!(link instanceof Link)) throw new Error('A request came on a connection that is not a link.');
    forward(context, link, incoming, response).then(
      (how) => {
        counts[how] += 1;
      },
      () => {
        // A head that Node takes in but refuses to send on, e.g. raw bytes in the path.
        counts.bad_gateway += 1;
        link.destroy();
      },
    );
  });
  const server = createNetServer(
    { allowHalfOpen: true, noDelay: true, pauseOnConnect: true },
    (socket: Socket) => {
      counts.connections += 1;
      for (const oldest of links) {
        if (links.size < connectionsMax) break;
        counts.cutForRoom += 1;
        oldest.destroy();
        links.delete(oldest);
      }
      const link = new Link(socket, board, clock);
      links.add(link);
      link.on('close', () => links.delete(link));
      http.emit('connection', link);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    region,
    set: (faults) => board.set(faults),
    active: () => board.active(),
    counts: () => ({ ...counts }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const link of links) link.destroy();
      }),
  };
}
