import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../sandbox/clock.ts';
import { type FaultProxy, faultAt, parseFault, startFaultProxy } from '../../sandbox/index.ts';
import { errorCode, exchange, json } from './http-client.ts';

const BODY = Buffer.alloc(300_000, 'clip');

let server: Server;
let proxy: FaultProxy;
let url: string;
let dice: number;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  answer = (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-length': BODY.length });
    response.end(BODY);
  };
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  dice = 0.5;
  proxy = await start();
  url = `http://127.0.0.1:${proxy.port}`;
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function start(
  options: { port?: number; connectionsMax?: number; region?: string } = {},
): Promise<FaultProxy> {
  const { port = (server.address() as AddressInfo).port, region = 'eu-west', ...rest } = options;
  const upstream = { host: '127.0.0.1', port };
  return startFaultProxy({ region, upstream, clock: systemClock, random: () => dice, ...rest });
}

/** Sets faults written as `KIND=VALUE@START+LENGTH`, counted from now. */
function inject(...faults: string[]): void {
  const nowMs = systemClock.monotonicMs();
  proxy.set(faults.map((text) => faultAt(parseFault(`eu-west:${text}`), nowMs)));
}

/** The least of five, which the load of the machine disturbs least. */
async function fastestHeadMs(agent?: Agent): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 5; run += 1) times.push((await exchange(url, agent ? { agent } : {})).headMs);
  return Math.min(...times);
}

/** Opens a connection, sends a request, and keeps what comes back. */
function rawRequest(port: number): { socket: Socket; received: () => string; closed: () => boolean } {
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

describe('without faults', () => {
  it('carries the answer as it is, marked with the region', async () => {
    answer = (_request, response) => {
      response.writeHead(206, 'Some', {
        'X-Pop': 'other',
        'x-cache': 'HIT',
        'content-length': 3,
        connection: 'x-hop',
        'x-hop': '1',
      });
      response.end('abc');
    };
    const got = await exchange(url);
    expect([got.status, got.body.toString(), got.complete]).toEqual([206, 'abc', true]);
    expect(got.headers).toMatchObject({ 'x-pop': 'eu-west', 'x-cache': 'HIT', 'content-length': '3' });
    expect(got.headers).not.toHaveProperty('x-hop');
  });

  it('carries the request as it is: method, path, host, headers and body', async () => {
    let seen: unknown;
    answer = (request, response) => {
      const { host, range } = request.headers;
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        seen = { host, range, pop: request.headers['x-pop'], body: Buffer.concat(chunks).toString() };
        response.end();
      });
    };
    const headers = { host: 'video.sandbox.test', range: 'bytes=1-', 'x-pop': 'forged' };
    await exchange(`${url}/a%20b?c=d`, { method: 'PUT', headers, body: 'a clip' });
    expect(asked).toEqual(['PUT /a%20b?c=d']);
    expect(seen).toEqual({ host: 'video.sandbox.test', range: 'bytes=1-', pop: 'eu-west', body: 'a clip' });
  });

  it('hands on interim answers before the final one, in their order and marked, each as late as an answer', async () => {
    answer = (request, response) => {
      request.resume();
      for (const offset of ['1', '2'])
        response.writeInformation(104, { 'upload-offset': offset, 'x-pop': 'other' });
      response.end();
    };
    inject('latency=60ms@0s');
    const startedMs = performance.now();
    const told: unknown[] = [];
    const firstMs = await new Promise<number>((resolve, reject) => {
      let toldMs = 0;
      const outgoing = request(url, { agent: false });
      outgoing.on('error', reject);
      outgoing.on('information', ({ statusCode, headers }) => {
        toldMs ||= performance.now() - startedMs;
        told.push([statusCode, headers['upload-offset'], headers['x-pop']]);
      });
      outgoing.on('response', (got) => got.resume().on('end', () => resolve(toldMs)));
      outgoing.end();
    });
    expect(told).toEqual([
      [104, '1', 'eu-west'],
      [104, '2', 'eu-west'],
    ]);
    expect(firstMs).toBeGreaterThan(58);
  });

  it.each(['HEAD', 'DELETE', 'OPTIONS', 'PATCH'])('carries %s', async (method) => {
    answer = (_request, response) => response.writeHead(204).end();
    const got = await exchange(url, { method });
    expect([got.status, got.complete, asked[0]]).toEqual([204, true, `${method} /`]);
  });

  it('keeps connections of clients alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let run = 0; run < 3; run += 1)
      expect((await exchange(url, { agent })).body.equals(BODY)).toBe(true);
    agent.destroy();
    expect(proxy.counts()).toMatchObject({ connections: 1, forwarded: 3 });
  });

  it('carries chunked bodies in both directions', async () => {
    answer = (request, response) => void request.pipe(response);
    const got = await exchange(url, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: BODY,
    });
    expect(got.headers['transfer-encoding']).toBe('chunked');
    expect(got.body.equals(BODY)).toBe(true);
  });

  it('streams: the first bytes pass before the last are there', async () => {
    const ended = Promise.withResolvers<void>();
    answer = (_request, response) => {
      response.write('first');
      void ended.promise.then(() => response.end('last'));
    };
    const { socket, received } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(received()).toContain('first'));
    ended.resolve();
    await vi.waitFor(() => expect(received()).toContain('last'));
    socket.destroy();
  });

  it('does not read on from an origin whose client does not read', async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    answer = (_request, response) => {
      const more = (): void => {
        while (written < total) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let before = -1;
    // Kernel buffers fill first; then nothing moves any more.
    await vi.waitFor(
      () => {
        const still = written > 0 && written === before;
        before = written;
        expect(still).toBe(true);
      },
      { interval: 300, timeout: 20_000 },
    );
    expect(written).toBeLessThan(total / 2);
    socket.destroy();
  });

  it('answers 502 when the origin does not', async () => {
    const gone = await start({ port: 1 });
    const got = await exchange(`http://127.0.0.1:${gone.port}`);
    await gone.close();
    expect([got.status, got.headers['x-pop']]).toEqual([502, 'eu-west']);
    expect(json(got)).toMatchObject({ error: { message: expect.stringContaining('ECONNREFUSED') } });
  });

  it('cuts the answer when the origin breaks off, rather than ending it', async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      response.write('half', () => response.destroy());
    };
    const got = await exchange(url);
    expect([got.body.toString(), got.complete]).toEqual(['half', false]);
  });

  it('lets the origin know when a client leaves', async () => {
    const left = vi.fn();
    answer = (_request, response) => void response.on('close', left);
    const { socket } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(() => expect(left).toHaveBeenCalled());
    await vi.waitFor(() => expect(proxy.counts().gone).toBe(1));
  });

  it('survives what is not HTTP', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('\x16\x03\x01 hello\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve).resume());
    const strange = connect(proxy.port, '127.0.0.1');
    strange.on('error', () => undefined);
    strange.write(Buffer.from('GET /\xff\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1'));
    await new Promise((resolve) => strange.on('close', resolve).resume());
    expect((await exchange(url)).status).toBe(200);
  });

  it.each(['', 'eu west', 'eu\r\nset-cookie: a=b'])('refuses the region "%s"', async (region) => {
    await expect(start({ region })).rejects.toThrow(RangeError);
  });

  it('cuts the oldest connection past its limit', async () => {
    const small = await start({ connectionsMax: 2 });
    answer = () => undefined;
    const hanging = [rawRequest(small.port), rawRequest(small.port)];
    await vi.waitFor(() => expect(asked).toHaveLength(2));
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
    inject('latency=50ms@0');
    const some = await fastestHeadMs(agent);
    inject('latency=150ms@0');
    const more = await fastestHeadMs(agent);
    agent.destroy();
    expect(some - none).toBeGreaterThan(45);
    expect((more - some) / 100).toBeGreaterThan(0.8);
    expect((more - some) / 100).toBeLessThan(1.2);
  });

  it('hold from the start to the end of their window', async () => {
    inject('latency=20s@100s', 'latency=40ms@0+30s');
    const got = await exchange(url);
    expect(got.headMs).toBeGreaterThan(40);
    expect(got.headMs).toBeLessThan(20_000);
    proxy.set([
      { kind: 'latency', value: { delayMs: 20_000 }, startMs: 0, endMs: systemClock.monotonicMs() },
    ]);
    expect((await exchange(url)).headMs).toBeLessThan(20_000);
  });

  it('add up, the jitter by chance', async () => {
    inject('latency=30ms@0', 'jitter=100ms@0');
    expect((await exchange(url)).headMs).toBeGreaterThan(80);
  });

  it('delay what the proxy answers itself too', async () => {
    inject('latency=60ms@0', 'error=503@0');
    const got = await exchange(url);
    expect(got.status).toBe(503);
    expect(got.headMs).toBeGreaterThan(60);
  });
});

describe('bandwidth', () => {
  // 50 kB at 800 kbit/s are 500 ms, less the little that may be saved up.
  it('limits a download', async () => {
    answer = (_request, response) => void response.end(BODY.subarray(0, 50_000));
    inject('bandwidth=800kbit@0');
    const got = await exchange(url);
    expect(got.body).toHaveLength(50_000);
    expect(got.totalMs).toBeGreaterThan(470);
    expect(got.totalMs).toBeLessThan(3000);
  });

  it('limits an upload', async () => {
    answer = (request, response) => void request.on('end', () => response.end()).resume();
    inject('bandwidth=800kbit@0');
    const got = await exchange(url, { method: 'PUT', body: BODY.subarray(0, 50_000) });
    expect(got.headMs).toBeGreaterThan(470);
    expect(got.headMs).toBeLessThan(3000);
  });

  it('is gone in the middle of a body when its window ends', async () => {
    inject('bandwidth=8kbit@0+200ms');
    const got = await exchange(url);
    expect(got.body.equals(BODY)).toBe(true);
    expect(got.totalMs).toBeGreaterThan(180);
    expect(got.totalMs).toBeLessThan(20_000);
  });
});

describe('reset', () => {
  it('resets its share of the connections, before any answer', async () => {
    inject('reset=20%@0');
    dice = 0.19;
    expect(await errorCode(exchange(url))).toBe('ECONNRESET');
    dice = 0.2;
    expect((await exchange(url)).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect(proxy.counts()).toMatchObject({ reset: 1, forwarded: 1 });
  });

  it('hits connections that were open before it began', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await exchange(url, { agent });
    inject('reset=100%@0');
    expect(await errorCode(exchange(url, { agent }))).toBe('ECONNRESET');
    expect(proxy.counts().connections).toBe(1);
    agent.destroy();
  });
});

describe('error', () => {
  it('answers its share of the requests without asking the origin', async () => {
    inject('error=504:20%@0');
    dice = 0.19;
    const got = await exchange(url, { method: 'PUT', body: BODY });
    expect([got.status, got.complete, got.headers['x-pop']]).toEqual([504, true, 'eu-west']);
    expect(got.headers['access-control-allow-origin']).toBe('*');
    expect(asked).toEqual([]);
    dice = 0.2;
    expect((await exchange(url)).status).toBe(200);
  });
});

describe('truncate', () => {
  it('ends a share of the bodies half-way, with the whole length announced', async () => {
    inject('truncate=20%@0');
    dice = 0.1;
    const got = await exchange(url);
    expect(got.headers['content-length']).toBe(String(BODY.length));
    expect([got.body.length, got.complete]).toEqual([BODY.length / 2, false]);
    dice = 0.9;
    expect((await exchange(url)).complete).toBe(true);
    expect(proxy.counts()).toMatchObject({ cut: 1, forwarded: 1 });
  });

  it.each([0, 1, 99_999])('ends bodies after %i bytes', async (bytes) => {
    inject(`truncate=${bytes}@0`);
    const got = await exchange(url);
    expect([got.status, got.body.length, got.complete]).toEqual([200, bytes, false]);
  });

  it('leaves shorter bodies whole', async () => {
    inject(`truncate=${BODY.length}@0`);
    expect((await exchange(url)).complete).toBe(true);
    answer = (_request, response) => void response.writeHead(204).end();
    inject('truncate=100%@0');
    expect((await exchange(url)).complete).toBe(true);
  });

  it('ends bodies of unknown length too', async () => {
    answer = (_request, response) => {
      response.write('0123456789');
      response.end('abc');
    };
    inject('truncate=100%@0');
    const got = await exchange(url);
    expect(got.complete).toBe(false);
    expect('0123456789'.startsWith(got.body.toString())).toBe(true);
    expect(got.body.length).toBeLessThan(10);
  });
});

describe('blackhole', () => {
  it('accepts and never answers, until it ends and the connection is cut', async () => {
    inject('blackhole@0');
    const { socket, received, closed } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(proxy.counts().connections).toBe(1));
    expect(socket.connecting).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([received(), closed(), asked.length]).toEqual(['', false, 0]);
    proxy.set([]);
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(received()).toBe('');
    expect(asked).toEqual([]);
    expect((await exchange(url)).status).toBe(200);
  });

  it('freezes answers on their way', async () => {
    const more = Promise.withResolvers<void>();
    answer = (_request, response) => {
      response.write('first');
      void more.promise.then(() => response.end('last'));
    };
    const { received, closed } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(received()).toContain('first'));
    inject('blackhole@0+200ms');
    more.resolve();
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(received()).not.toContain('last');
  });

  it('swallows requests on connections that were open before', async () => {
    const { socket, received, closed } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(received().length).toBeGreaterThan(BODY.length));
    inject('blackhole@0+150ms');
    socket.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(closed()).toBe(true));
    expect(asked).toEqual(['GET /raw']);
  });

  it('spares connections on which nothing happened meanwhile', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await exchange(url, { agent });
    inject('blackhole@0');
    await new Promise((resolve) => setTimeout(resolve, 50));
    proxy.set([]);
    expect((await exchange(url, { agent })).status).toBe(200);
    expect(proxy.counts().connections).toBe(1);
    agent.destroy();
  });

  it('does not keep the proxy from closing', async () => {
    inject('blackhole@0');
    const { closed } = rawRequest(proxy.port);
    await vi.waitFor(() => expect(proxy.counts().connections).toBe(1));
    await proxy.close();
    await vi.waitFor(() => expect(closed()).toBe(true));
    proxy = await start();
  });
});

describe('the faults of a proxy', () => {
  it('can be asked for, and are replaced as a whole', () => {
    inject('latency=1s@0', 'blackhole@1h');
    expect(proxy.active().map(({ kind }) => kind)).toEqual(['latency']);
    inject('reset=20%@0');
    expect(proxy.active().map(({ kind }) => kind)).toEqual(['reset']);
    proxy.set([]);
    expect(proxy.active()).toEqual([]);
  });
});
