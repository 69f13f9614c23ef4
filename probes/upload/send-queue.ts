/**
 * How much of what was written to a connection its peer's kernel has not acknowledged yet. Bytes that left the process
 * are not delivered: they may sit in our kernel for seconds. Linux tells the difference in its socket table
 * (Documentation/networking/proc_net_tcp.rst, tx_queue). Through a proxy the peer is the proxy.
 */
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { UPLOAD_LIMITS } from './limits.ts';

/** Reads the queue of one connection; undefined when the system does not tell. */
export type SendQueueReader = () => Promise<number | undefined>;

/** One of the socket tables as text; undefined when there is none, or none to be read. */
export type SocketTableReader = (name: 'tcp' | 'tcp6') => Promise<string | undefined>;

/** A reader for the connection, which must be open. */
export function sendQueueReader(
  socket: Socket,
  readTable: SocketTableReader = readSocketTable,
): SendQueueReader {
  const { localPort, remotePort, remoteFamily } = socket;
  if (localPort === undefined || remotePort === undefined) return async () => undefined;
  const name = remoteFamily === 'IPv6' ? 'tcp6' : 'tcp';
  const line = new RegExp(
    `^ *\\d+: [0-9A-F]+:${hexPort(localPort)} [0-9A-F]+:${hexPort(remotePort)} [0-9A-F]{2} ([0-9A-F]{8}):`,
    'm',
  );
  return async () => {
    const table = await readTable(name);
    const queue = table === undefined ? undefined : line.exec(table)?.[1];
    return queue === undefined ? undefined : Number.parseInt(queue, 16);
  };
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** The whole table, unless it is too long or not there. */
export async function readSocketTable(
  name: 'tcp' | 'tcp6',
  tables = '/proc/net',
): Promise<string | undefined> {
  try {
    await using file = await open(`${tables}/${name}`, 'r');
    const parts: Buffer[] = [];
    let byteCount = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(64 * 1024));
      if (bytesRead === 0) return Buffer.concat(parts).toString('latin1');
      byteCount += bytesRead;
      if (byteCount > UPLOAD_LIMITS.socketTableBytes.value) return undefined;
      parts.push(buffer.subarray(0, bytesRead));
    }
  } catch {
    // Not Linux, or a sandbox without /proc: the caller falls back to its own clock.
    return undefined;
  }
}
