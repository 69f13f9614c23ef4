import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TcpProxy, type TcpProxyOptions } from './tcp-proxy.ts';

interface Way {
  readonly proxy: TcpProxy;
  /** What the far end has received in all. */
  received(): string;
  readonly farEnds: Socket[];
  dial(): Promise<Peer>;
}

interface Peer {
  readonly socket: Socket;
  text(): string;
  ended(): boolean;
  error(): string | undefined;
}

/** A far end that answers every piece with itself in upper case. */
async function way(options: TcpProxyOptions = { random: () => 0, resetsUpstream: true }): Promise<Way> {
  let received = '';
  const farEnds: Socket[] = [];
  const server = createServer((socket) => {
    farEnds.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received += data.toString();
      socket.write(data.toString().toUpperCase());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await TcpProxy.start(options);
  proxy.upstreamPort = (server.address() as AddressInfo).port;
  onTestFinished(async () => {
    await proxy.close();
    for (const socket of farEnds) socket.destroy();
    server.close();
  });
  return { proxy, received: () => received, farEnds, dial: () => dial(proxy.port) };
}

async function dial(port: number): Promise<Peer> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let [text, ended, error] = ['', false, undefined as string | undefined];
  socket.on('data', (data) => {
    text += data.toString();
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  socket.on('close', () => {
    ended = true;
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  return { socket, text: () => text, ended: () => ended, error: () => error };
}

async function until(reached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!reached() && performance.now() < deadlineMs) await sleep(10);
  expect(reached()).toBe(true);
}

/** Long enough for what would come to have come. */
const MOMENT_MS = 200;

describe('TcpProxy', () => {
  it('carries bytes both ways and passes on an end', async () => {
    const { dial: open, farEnds } = await way();
    const peer = await open();
    peer.socket.write('hello');
    await until(() => peer.text() === 'HELLO');
    farEnds[0]?.end();
    await until(peer.ended);
    expect(peer.error()).toBeUndefined();
  });

  it('passes on a reset as a reset', async () => {
    const { dial: open, farEnds } = await way();
    const peer = await open();
    peer.socket.write('x');
    await until(() => peer.text() === 'X');
    farEnds[0]?.resetAndDestroy();
    await until(peer.ended);
    expect(peer.error()).toBe('ECONNRESET');
  });

  it('refuses while there is nothing behind it', async () => {
    const { proxy } = await way();
    proxy.upstreamPort = undefined;
    const peer = await dial(proxy.port);
    await until(peer.ended);
    expect(peer.error()).toBe('ECONNRESET');
  });

  it('cuts all connections at once', async () => {
    const { proxy, dial: open } = await way();
    const peers = [await open(), await open()];
    await until(() => proxy.connections === 2);
    proxy.cut();
    await until(() => peers.every((peer) => peer.ended()));
    await until(() => proxy.connections === 0);
  });

  it('is silent in one direction, and brings what it held back when that is over', async () => {
    const { proxy, dial: open, received } = await way();
    const peer = await open();
    const end = proxy.begin({ silent: 'down' });
    peer.socket.write('one');
    await until(() => received() === 'one');
    await sleep(MOMENT_MS);
    expect(peer.text()).toBe('');
    end();
    await until(() => peer.text() === 'ONE');
  });

  it('tells nobody of an end while it is silent', async () => {
    const { proxy, dial: open, farEnds } = await way();
    const peer = await open();
    peer.socket.write('a');
    await until(() => peer.text() === 'A');
    const end = proxy.begin({ silent: 'both' });
    peer.socket.resetAndDestroy();
    await sleep(MOMENT_MS);
    expect(farEnds[0]?.destroyed).toBe(false);
    end();
    await until(() => farEnds[0]?.destroyed === true);
  });

  it('forgets the connections that there are and takes new ones', async () => {
    const { proxy, dial: open, received } = await way();
    const old = await open();
    old.socket.write('a');
    await until(() => old.text() === 'A');
    proxy.orphan();
    old.socket.write('b');
    const young = await open();
    young.socket.write('c');
    await until(() => young.text() === 'C');
    expect(received()).toBe('ac');
    expect(old.ended()).toBe(false);
  });

  it('resets what there is and what comes while it is down', async () => {
    const { proxy, dial: open } = await way();
    const before = await open();
    const end = proxy.begin({ down: true });
    await until(before.ended);
    const during = await dial(proxy.port);
    await until(during.ended);
    end();
    const after = await open();
    after.socket.write('x');
    await until(() => after.text() === 'X');
  });

  it('resets in the middle of a request, of which half has arrived', async () => {
    const { proxy, dial: open, received } = await way();
    const peer = await open();
    await until(() => proxy.connections === 1);
    proxy.begin({ resetRequests: 1 });
    peer.socket.write('12345678');
    await until(peer.ended);
    expect(peer.text()).toBe('');
    expect(['', '1234']).toContain(received());
  });

  it('ends a connection to who is behind it where a reset would be too much', async () => {
    const { proxy, dial: open, farEnds } = await way({ random: () => 0, resetsUpstream: false });
    const peer = await open();
    peer.socket.write('x');
    await until(() => peer.text() === 'X');
    let [ended, failed] = [false, false];
    farEnds[0]?.on('end', () => {
      ended = true;
    });
    farEnds[0]?.on('error', () => {
      failed = true;
    });
    proxy.cut();
    await until(() => ended && peer.ended());
    expect(peer.error()).toBe('ECONNRESET');
    expect(failed).toBe(false);
  });

  it('cuts a request of HTTP in its body', async () => {
    const { proxy, dial: open, received } = await way();
    const peer = await open();
    await until(() => proxy.connections === 1);
    proxy.begin({ resetRequests: 1 });
    peer.socket.write('POST / HTTP/1.1\r\n\r\n12345678');
    await until(peer.ended);
    expect(['', 'POST / HTTP/1.1\r\n\r\n1234']).toContain(received());
  });

  it('loses an answer to a request that was carried out', async () => {
    const { proxy, dial: open, received } = await way();
    proxy.begin({ loseAnswers: 1 });
    const peer = await open();
    peer.socket.write('insert');
    await until(peer.ended);
    expect(received()).toBe('insert');
    expect(peer.text()).toBe('');
  });

  it('hits the share of pieces that the dice say', async () => {
    const { proxy, dial: open } = await way({ random: () => 0.5, resetsUpstream: true });
    proxy.begin({ resetRequests: 0.4, loseAnswers: 0.4 });
    const peer = await open();
    peer.socket.write('x');
    await until(() => peer.text() === 'X');
  });

  it('is slow by a delay and by a rate, and several troubles come together', async () => {
    const { proxy, dial: open } = await way();
    const ends = [proxy.begin({ delayMs: 60 }), proxy.begin({ bytesPerS: 1000 })];
    const peer = await open();
    const startMs = performance.now();
    peer.socket.write('x'.repeat(100));
    await until(() => peer.text().length === 100);
    // Both ways: 60 ms for the delay and 100 ms for the rate.
    expect(performance.now() - startMs).toBeGreaterThan(300);
    for (const end of ends) end();
    const againMs = performance.now();
    peer.socket.write('y');
    await until(() => peer.text().length === 101);
    expect(performance.now() - againMs).toBeLessThan(60);
  });
});
