/** A TCP server whose every connection runs a script, for peers that no HTTP library would let us be. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface ScriptedServer {
  readonly port: number;
  /** Connections accepted so far. */
  connectionCount(): number;
  /** Those that are not closed yet. */
  openCount(): number;
  /** Resolves when every accepted connection is closed at this side too. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

/** The script gets the socket, and may write at once or wait for `data`. Its errors are ignored. */
export async function startScriptedServer(script: (socket: Socket) => void): Promise<ScriptedServer> {
  const open = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    count++;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    // A socket that nobody reads would never notice that its peer has left.
    socket.on('data', () => undefined);
    script(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const allClosed = async () => {
    await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  };
  return {
    port: address.port,
    connectionCount: () => count,
    openCount: () => open.size,
    allClosed,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers the first bytes of each request with the given parts, one after the other, and leaves the connection open. */
export function answering(...parts: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', () => {
      for (const part of parts) socket.write(part);
    });
  };
}

/** The same, then closes. */
export function answeringAndClosing(...parts: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };
}

/** Writes `part` again and again, as fast as the reader takes it. */
export function flood(head: string, part: string): (socket: Socket) => void {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(part));
    };
    socket.once('data', () => {
      socket.write(head);
      socket.on('drain', more);
      more();
    });
  };
}

/** A slow loris: one piece every few milliseconds, for ever. */
export function drip(head: string, piece: string): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write(piece), 20);
      socket.on('close', () => clearInterval(timer));
    });
  };
}

/** Answers the first request with the given parts, and resets the connection a while after. */
export function resetAfter(...parts: string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      setTimeout(() => socket.resetAndDestroy(), 100);
    });
  };
}
