import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../sandbox/clock.ts';
import { exchange } from './http-client.ts';
import { BODY, ProxiedServer, rawRequest } from './proxied-server.ts';

let at: ProxiedServer;

beforeEach(async () => {
  at = await ProxiedServer.start();
});

afterEach(() => at.close());

/** The least of five, which the load of the machine disturbs least. */
async function fastestHeadMs(agent?: Agent): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 5; run += 1) times.push((await exchange(at.url, agent ? { agent } : {})).headMs);
  return Math.min(...times);
}

describe('without faults', () => {
  it('keeps connections of clients alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let run = 0; run < 3; run += 1)
      expect((await exchange(at.url, { agent })).body.equals(BODY)).toBe(true);
    agent.destroy();
    expect(at.proxy.counts()).toMatchObject({ connections: 1, forwarded: 3 });
  });

  it('survives what is not HTTP', async () => {
    const socket = connect(at.proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('\x16\x03\x01 hello\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve).resume());
    const strange = connect(at.proxy.port, '127.0.0.1');
    strange.on('error', () => undefined);
    strange.write(Buffer.from('GET /\xff\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1'));
    await new Promise((resolve) => strange.on('close', resolve).resume());
    expect((await exchange(at.url)).status).toBe(200);
  });

  it.each(['', 'eu west', 'eu\r\nset-cookie: a=b'])('refuses the region "%s"', async (region) => {
    await expect(at.startProxy({ region })).rejects.toThrow(RangeError);
  });

  it('cuts the oldest connection past its limit', async () => {
    const small = await at.startProxy({ connectionsMax: 2 });
    at.answer = () => undefined;
    const hanging = [rawRequest(small.port), rawRequest(small.port)];
    await vi.waitFor(() => expect(at.asked).toHaveLength(2));
    hanging.push(rawRequest(small.port));
    await vi.waitFor(() => expect(hanging.filter(({ closed }) => closed())).toHaveLength(1));
    expect(small.counts()).toMatchObject({ connections: 3, cutForRoom: 1 });
    await small.close();
    await vi.waitFor(() => expect(hanging.every(({ closed }) => closed())).toBe(true));
  });
});

describe('latency and jitter', () => {
  it('delay the first byte of every answer by what is asked, with slope 1', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const none = await fastestHeadMs(agent);
    at.inject('latency=50ms@0');
    const some = await fastestHeadMs(agent);
    at.inject('latency=150ms@0');
    const more = await fastestHeadMs(agent);
    agent.destroy();
    expect(some - none).toBeGreaterThan(45);
    expect((more - some) / 100).toBeGreaterThan(0.8);
    expect((more - some) / 100).toBeLessThan(1.2);
  });

  it('hold from the start to the end of their window', async () => {
    at.inject('latency=20s@100s', 'latency=40ms@0+30s');
    const got = await exchange(at.url);
    expect(got.headMs).toBeGreaterThan(40);
    expect(got.headMs).toBeLessThan(20_000);
    at.proxy.set([
      { kind: 'latency', value: { delayMs: 20_000 }, startMs: 0, endMs: systemClock.monotonicMs() },
    ]);
    expect((await exchange(at.url)).headMs).toBeLessThan(20_000);
  });

  it('add up, the jitter by chance', async () => {
    at.inject('latency=30ms@0', 'jitter=100ms@0');
    expect((await exchange(at.url)).headMs).toBeGreaterThan(80);
  });

  it('delay what the proxy answers itself too', async () => {
    at.inject('latency=60ms@0', 'error=503@0');
    const got = await exchange(at.url);
    expect(got.status).toBe(503);
    expect(got.headMs).toBeGreaterThan(60);
  });
});

describe('bandwidth', () => {
  // 50 kB at 800 kbit/s are 500 ms, less the little that may be saved up.
  it('limits a download', async () => {
    at.answer = (_request, response) => void response.end(BODY.subarray(0, 50_000));
    at.inject('bandwidth=800kbit@0');
    const got = await exchange(at.url);
    expect(got.body).toHaveLength(50_000);
    expect(got.totalMs).toBeGreaterThan(470);
    expect(got.totalMs).toBeLessThan(3000);
  });

  it('limits an upload', async () => {
    at.answer = (request, response) => void request.on('end', () => response.end()).resume();
    at.inject('bandwidth=800kbit@0');
    const got = await exchange(at.url, { method: 'PUT', body: BODY.subarray(0, 50_000) });
    expect(got.headMs).toBeGreaterThan(470);
    expect(got.headMs).toBeLessThan(3000);
  });

  it('is gone in the middle of a body when its window ends', async () => {
    at.inject('bandwidth=8kbit@0+200ms');
    const got = await exchange(at.url);
    expect(got.body.equals(BODY)).toBe(true);
    expect(got.totalMs).toBeGreaterThan(180);
    expect(got.totalMs).toBeLessThan(20_000);
  });
});

describe('blackhole', () => {
  it('accepts and never answers, until it ends and the connection is cut', async () => {
    at.inject('blackhole@0');
    const { socket, received, closed } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(at.proxy.counts().connections).toBe(1));
    expect(socket.connecting).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([received(), closed(), at.asked.length]).toEqual(['', false, 0]);
    at.proxy.set([]);
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(received()).toBe('');
    expect(at.asked).toEqual([]);
    expect((await exchange(at.url)).status).toBe(200);
  });

  it('freezes answers on their way', async () => {
    const more = Promise.withResolvers<void>();
    at.answer = (_request, response) => {
      response.write('first');
      void more.promise.then(() => response.end('last'));
    };
    const { received, closed } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(received()).toContain('first'));
    at.inject('blackhole@0+200ms');
    more.resolve();
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(received()).not.toContain('last');
  });

  it('swallows requests on connections that were open before', async () => {
    const { socket, received, closed } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(received().length).toBeGreaterThan(BODY.length));
    at.inject('blackhole@0+150ms');
    socket.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(at.asked).toEqual(['GET /raw']);
  });

  it('spares connections on which nothing happened meanwhile', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await exchange(at.url, { agent });
    at.inject('blackhole@0');
    await new Promise((resolve) => setTimeout(resolve, 50));
    at.proxy.set([]);
    expect((await exchange(at.url, { agent })).status).toBe(200);
    expect(at.proxy.counts().connections).toBe(1);
    agent.destroy();
  });

  it('does not keep the proxy from closing', async () => {
    at.inject('blackhole@0');
    const { closed } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(at.proxy.counts().connections).toBe(1));
    await at.proxy.close();
    await vi.waitFor(() => expect(closed()).toBe(true));
  });
});

describe('the faults of a proxy', () => {
  it('can be asked for, and are replaced as a whole', () => {
    at.inject('latency=1s@0', 'blackhole@1h');
    expect(at.proxy.active().map(({ kind }) => kind)).toEqual(['latency']);
    at.inject('reset=20%@0');
    expect(at.proxy.active().map(({ kind }) => kind)).toEqual(['reset']);
    at.proxy.set([]);
    expect(at.proxy.active()).toEqual([]);
  });
});
