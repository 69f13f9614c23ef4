/** A TCP proxy whose two directions can be held: what a program sent is then on its way, and nobody knows how far. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

type Direction = 'requests' | 'answers';

export interface TcpGate {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Lets nothing of a direction through any more. */
  hold(direction: Direction): void;
  /** Lets everything through again, what was held first. */
  open(): void;
  /** Breaks every connection; what was held is lost. */
  cut(): void;
  close(): Promise<void>;
}

export async function startTcpGate(targetUrl: string): Promise<TcpGate> {
  const target = new URL(targetUrl);
  const held = new Set<Direction>();
  const sockets = new Set<Socket>();
  const waiting = new Map<Socket, Direction>();

  const carry = (from: Socket, to: Socket, direction: Direction) => {
    sockets.add(from);
    from.on('data', (chunk) => {
      to.write(chunk);
      if (held.has(direction)) from.pause();
    });
    from.on('close', () => {
      sockets.delete(from);
      waiting.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
    waiting.set(from, direction);
    if (held.has(direction)) from.pause();
  };

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    carry(near, far, 'requests');
    carry(far, near, 'answers');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(direction) {
      held.add(direction);
      for (const [socket, of] of waiting) if (of === direction) socket.pause();
    },
    open() {
      held.clear();
      for (const socket of sockets) socket.resume();
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
