/**
 * The way of a page's web sockets: nothing in the protocol of the browser can hold one, so they go through a SOCKS5 proxy of our own
 * (RFC 1928), which resolves, asks the address policy and dials as probes do. It listens on loopback, to whoever is on this
 * host, who can reach nothing by it that the probes of this agent could not.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Network } from '../net/network.ts';
import type { BrowserLimits } from './limits.ts';

export interface SocketProxy {
  readonly port: number;
  /** Ends what goes through it. */
  close(): Promise<void>;
}

interface Goal {
  readonly hostname: string;
  readonly port: number;
}

const VERSION = 5;
const NO_AUTHENTICATION = Buffer.from([VERSION, 0]);
const NO_METHOD = Buffer.from([VERSION, 0xff]);
const [SUCCEEDED, NOT_ALLOWED, UNREACHABLE, NO_COMMAND] = [0, 2, 4, 7] as const;

/** On any free port of loopback. */
export async function startSocketProxy(network: Network, limits: BrowserLimits): Promise<SocketProxy> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    if (open.size > limits.proxiedSockets) socket.destroy();
    else void serve(socket, network, limits).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The browser that it serves keeps the process alive, if anything does.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(socket: Socket, network: Network, limits: BrowserLimits): Promise<void> {
  const signal = AbortSignal.timeout(limits.admissionMs);
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  const goal = await shakeHands(socket);
  if (!goal) {
    socket.destroySoon();
    return;
  }
  const connected = await network.connect({ protocol: 'http:', ...goal }, signal);
  signal.removeEventListener('abort', cut);
  if (!connected.ok) {
    const isForbidden = connected.failure.code === 'forbidden_target';
    socket.write(answer(isForbidden ? NOT_ALLOWED : UNREACHABLE));
    socket.destroySoon();
    return;
  }
  const peer = connected.socket;
  if (socket.destroyed) {
    peer.destroy();
    return;
  }
  socket.write(answer(SUCCEEDED));
  peer.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => peer.destroy());
  socket.pipe(peer);
  peer.pipe(socket);
}

/** Greeting and request; undefined when it was answered with a refusal. Ends with the socket. */
async function shakeHands(socket: Socket): Promise<Goal | undefined> {
  const read = reader(socket);
  const [version, methods = 0] = await read(2);
  if (version !== VERSION) return undefined;
  if (!(await read(methods)).includes(0)) {
    socket.write(NO_METHOD);
    return undefined;
  }
  socket.write(NO_AUTHENTICATION);
  const [, command, , kind] = await read(4);
  const hostname = await readHost(read, kind);
  const port = (await read(2)).readUInt16BE(0);
  if (command === 1 && hostname !== undefined && port > 0) return { hostname, port };
  socket.write(answer(NO_COMMAND));
  return undefined;
}

type Read = (bytes: number) => Promise<Buffer>;

async function readHost(read: Read, kind: number | undefined): Promise<string | undefined> {
  if (kind === 1) return (await read(4)).join('.');
  if (kind === 3) return (await read((await read(1))[0] ?? 0)).toString('latin1');
  if (kind !== 4) return undefined;
  const groups = (await read(16)).toString('hex').match(/.{4}/g) ?? [];
  return `[${groups.join(':')}]`;
}

/** Exactly so many bytes at a time; what follows goes back to the socket. Rejects when it closes before. */
function reader(socket: Socket): Read {
  return (bytes) =>
    new Promise((resolve, reject) => {
      let held = Buffer.alloc(0);
      const end = () => {
        socket.off('data', take).off('close', fail).off('end', fail);
        socket.pause();
      };
      const fail = () => {
        end();
        reject(new Error('closed in the middle of the handshake'));
      };
      const take = (chunk: Buffer) => {
        held = Buffer.concat([held, chunk]);
        if (held.length < bytes) return;
        end();
        if (held.length > bytes) socket.unshift(held.subarray(bytes));
        resolve(held.subarray(0, bytes));
      };
      if (socket.destroyed || socket.readableEnded) return reject(new Error('closed before the handshake'));
      if (bytes === 0) return resolve(held);
      socket.on('data', take).on('close', fail).on('end', fail).resume();
    });
}

function answer(code: number): Buffer {
  return Buffer.from([VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}
