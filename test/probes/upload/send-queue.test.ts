import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Socket } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  readSocketTable,
  type SocketTableReader,
  sendQueueReader,
} from '../../../probes/upload/send-queue.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A connection whose peer reads nothing until it is told to. */
async function connected(host = '127.0.0.1'): Promise<{ socket: Socket; peer: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, host);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const socket = dial((server.address() as AddressInfo).port, host);
  await once(socket, 'connect');
  const [peer] = (await accepted) as [Socket];
  cleanups.push(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return { socket, peer };
}

/** A socket table with these lines. */
async function tables(name: string, ...lines: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outrider-tables-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  await writeFile(join(directory, name), `${[head, ...lines].join('\n')}\n`);
  return directory;
}

/** Without the limit: other programs may have so many connections that the table is too long for the probe. */
const wholeTable: SocketTableReader = (name) => readFile(`/proc/net/${name}`, 'latin1');

const hex = (port: number | undefined) => (port ?? 0).toString(16).toUpperCase().padStart(4, '0');

describe.runIf(platform() === 'linux')('the send queue of a real connection', () => {
  it.each(['127.0.0.1', '::1'])('is empty when the peer has everything (%s)', async (host) => {
    const { socket, peer } = await connected(host);
    peer.resume();
    socket.write('hello');
    await once(peer, 'data');
    const read = sendQueueReader(socket, wholeTable);
    await expect.poll(read).toBe(0);
  });

  it('holds what the peer does not take, and empties when it reads', async () => {
    const { socket, peer } = await connected();
    // More than the buffers of both kernels.
    socket.write(Buffer.alloc(32 * 1024 * 1024));
    const read = sendQueueReader(socket, wholeTable);
    await expect.poll(read).toBeGreaterThan(0);
    expect(socket.writableLength).toBeGreaterThan(0);
    peer.resume();
    await expect.poll(read, { timeout: 15_000 }).toBe(0);
  });

  it('is not told any more once the connection is gone', async () => {
    const { socket } = await connected();
    const read = sendQueueReader(socket, wholeTable);
    socket.resetAndDestroy();
    await expect.poll(read).toBeUndefined();
  });
});

describe('reading a socket table', () => {
  it('finds the line of the connection by both ports', async () => {
    const { socket } = await connected();
    const { localPort, remotePort } = socket;
    const directory = await tables(
      'tcp',
      `   0: 0100007F:${hex(remotePort)} 0100007F:${hex(localPort)} 01 00000063:00000000 00:00000000 00000000 0 0 1`,
      `   1: 0100007F:${hex(localPort)} 0100007F:${hex(remotePort)} 01 0001E240:00000007 00:00000000 00000000 0 0 2`,
    );
    expect(await sendQueueReader(socket, (name) => readSocketTable(name, directory))()).toBe(123_456);
  });

  it('tells nothing where there is no table', async () => {
    const { socket } = await connected();
    expect(await sendQueueReader(socket, (name) => readSocketTable(name, '/nowhere'))()).toBeUndefined();
  });

  it('tells nothing when the table is longer than it is willing to read', async () => {
    const { socket } = await connected();
    const directory = await tables('tcp', 'x'.repeat(2 * 1024 * 1024));
    expect(await sendQueueReader(socket, (name) => readSocketTable(name, directory))()).toBeUndefined();
  });

  it('tells nothing of a socket that is not connected', async () => {
    const { socket } = await connected();
    socket.destroy();
    await once(socket, 'close');
    expect(await sendQueueReader(socket, wholeTable)()).toBeUndefined();
  });
});
