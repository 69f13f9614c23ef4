import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { platform } from 'node:os';
import { createServer as createTlsServer, connect as dialTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo, parseTcpInfo, type TcpInfo } from '../../../probes/net/tcp-info.ts';
import { makeCertificate } from './certificates.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A connection whose peer reads nothing until it is told to. */
async function connected(isTls = false): Promise<{ socket: Socket; peer: Socket }> {
  const server = isTls
    ? createTlsServer({ ...makeCertificate({ names: ['localhost'] }), pauseOnConnect: true })
    : createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, isTls ? 'secureConnection' : 'connection');
  const to = { port: (server.address() as AddressInfo).port, host: '127.0.0.1' };
  // As the network of an agent does it: TLS over a socket that is connected already.
  const tcp = dial(to);
  const socket = isTls ? dialTls({ socket: tcp, rejectUnauthorized: false }) : tcp;
  const [[peer]] = await Promise.all([accepted, once(socket, isTls ? 'secureConnect' : 'connect')]);
  cleanups.push(() => {
    socket.destroy();
    (peer as Socket).destroy();
    server.close();
  });
  return { socket, peer: peer as Socket };
}

const read = await loadTcpInfo();
const BODY = Buffer.alloc(300_000, 'x');

/** Reads until it is as wanted. */
async function until(socket: Socket, isWanted: (info: TcpInfo) => boolean): Promise<TcpInfo> {
  return expect
    .poll(
      () => {
        const info = read?.(socket);
        return info && isWanted(info) ? info : undefined;
      },
      { timeout: 10_000 },
    )
    .toBeDefined()
    .then(() => read?.(socket) as TcpInfo);
}

describe.runIf(read)('what the kernel tells of a connection', () => {
  it('is that nothing was acknowledged on a new one', async () => {
    const { socket } = await connected();
    expect(read?.(socket)).toMatchObject({ ackedBytes: 0, pendingBytes: 0, sentBytes: 0, retransBytes: 0 });
  });

  it('counts to the byte what the peer acknowledged', async () => {
    const { socket, peer } = await connected();
    peer.resume();
    socket.write(BODY);
    const info = await until(socket, ({ pendingBytes, ackedBytes }) => ackedBytes > 0 && pendingBytes === 0);
    expect(info.ackedBytes).toBe(BODY.length);
    expect(info.sentBytes).toBe(BODY.length + info.retransBytes);
    expect(info.minRttMs).toBeLessThanOrEqual(info.rttMs);
    expect(info.deliveryRateBps).toBeGreaterThan(0);
    expect(info.sinceAckMs).toBeLessThan(10_000);
  });

  it('counts what the peer does not take as pending, and blames its window', async () => {
    const { socket, peer } = await connected();
    // More than the buffers of both kernels.
    socket.write(Buffer.alloc(32 * 1024 * 1024));
    const stuck = await until(socket, ({ rwndLimitedMs }) => rwndLimitedMs > 100);
    expect(stuck.pendingBytes).toBeGreaterThan(0);
    expect(stuck.isStarved).toBe(false);
    expect(stuck.rwndLimitedMs).toBeLessThanOrEqual(stuck.busyMs);
    peer.resume();
    const done = await until(socket, ({ pendingBytes }) => pendingBytes === 0);
    expect(done.ackedBytes).toBeGreaterThan(stuck.ackedBytes);
  });

  it('is told beneath TLS too, what TLS adds included', async () => {
    const { socket, peer } = await connected(true);
    peer.resume();
    const before = await until(socket, ({ pendingBytes }) => pendingBytes === 0);
    socket.write(BODY);
    const { ackedBytes } = await until(
      socket,
      (info) => info.pendingBytes === 0 && info.ackedBytes > before.ackedBytes,
    );
    expect(ackedBytes - before.ackedBytes).toBeGreaterThan(BODY.length);
    expect(ackedBytes - before.ackedBytes).toBeLessThan(BODY.length * 1.01);
  });

  it('is nothing any more once the connection is closed', async () => {
    const { socket } = await connected();
    socket.destroy();
    expect(read?.(socket)).toBeUndefined();
  });

  it('comes by one reader for all, loaded once', async () => {
    expect(await loadTcpInfo()).toBe(read);
  });
});

it.runIf(platform() !== 'linux')('there is no reader elsewhere', () => {
  expect(read).toBeUndefined();
});

describe('struct tcp_info', () => {
  /** 280 bytes, as Linux 6 gives them, with these 32-bit and 64-bit fields. */
  function struct(words: Record<number, number>, longs: Record<number, number> = {}): Buffer {
    const bytes = Buffer.alloc(280);
    for (const [at, value] of Object.entries(words)) bytes.writeUInt32LE(value, Number(at));
    for (const [at, value] of Object.entries(longs)) bytes.writeBigUInt64LE(BigInt(value), Number(at));
    return bytes;
  }

  it('is taken apart by its offsets', () => {
    const words = { 16: 1448, 24: 3, 28: 2, 52: 900, 56: 12, 68: 25_500, 80: 10, 144: 700, 148: 20_250 };
    const longs = {
      120: 1001,
      160: 125_000,
      168: 2_000_000,
      176: 500_000,
      184: 250_000,
      200: 5000,
      208: 400,
    };
    // What was sent is no measure: 5000 - 400 - 1000 would be under way.
    expect(parseTcpInfo(struct(words, longs), 4000)).toEqual({
      ackedBytes: 1000,
      pendingBytes: 4000,
      sackedBytes: 2 * 1448,
      isStarved: false,
      isLoneSegment: false,
      sentBytes: 5000,
      retransBytes: 400,
      sinceAckMs: 12,
      sinceDataMs: 900,
      rttMs: 25.5,
      minRttMs: 20.25,
      deliveryRateBps: 1_000_000,
      busyMs: 2000,
      rwndLimitedMs: 500,
      sndbufLimitedMs: 250,
    });
  });

  it('says that the kernel had all sent that it holds only where it was free to send more', () => {
    expect(parseTcpInfo(struct({ 24: 9, 80: 10 }), 1)?.isStarved).toBe(true);
    expect(parseTcpInfo(struct({ 24: 10, 80: 10 }), 1)?.isStarved).toBe(false);
    expect(parseTcpInfo(struct({ 24: 9, 80: 10, 144: 1 }), 1)?.isStarved).toBe(false);
  });

  it('tells no more than a segment under way from more, from what is not sent, and from what is sent again', () => {
    const isLone = (pendingBytes: number, more: Record<number, number> = {}) =>
      parseTcpInfo(struct({ 16: 1448, 24: 1, ...more }), pendingBytes)?.isLoneSegment;
    expect(isLone(1448)).toBe(true);
    expect(isLone(900, { 24: 2 })).toBe(true);
    expect(isLone(1449, { 24: 2 })).toBe(false);
    expect(isLone(1448, { 144: 10 })).toBe(false);
    expect(isLone(0)).toBe(false);
    for (const lostOrSentAgain of [28, 32, 36]) expect(isLone(1448, { [lostOrSentAgain]: 1 })).toBe(false);
  });

  it('has no smallest round trip before the first was measured', () => {
    expect(parseTcpInfo(struct({ 148: 0xffffffff }), 0)).not.toHaveProperty('minRttMs');
  });

  it('tells nothing on a kernel too old to have all of it', () => {
    expect(parseTcpInfo(struct({}).subarray(0, 192), 0)).toBeUndefined();
    expect(parseTcpInfo(struct({}).subarray(0, 216), 0)).toBeDefined();
  });
});
