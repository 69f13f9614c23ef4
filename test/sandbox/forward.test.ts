import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCode, exchange, json } from './http-client.ts';
import { BODY, ProxiedServer, rawRequest } from './proxied-server.ts';

let at: ProxiedServer;

beforeEach(async () => {
  at = await ProxiedServer.start();
});

afterEach(() => at.close());

describe('a request without faults', () => {
  it('carries the answer as it is, marked with the region', async () => {
    at.answer = (_request, response) => {
      response.writeHead(206, 'Some', {
        'X-Pop': 'other',
        'x-cache': 'HIT',
        'content-length': 3,
        connection: 'x-hop',
        'x-hop': '1',
      });
      response.end('abc');
    };
    const got = await exchange(at.url);
    expect([got.status, got.body.toString(), got.complete]).toEqual([206, 'abc', true]);
    expect(got.headers).toMatchObject({ 'x-pop': 'eu-west', 'x-cache': 'HIT', 'content-length': '3' });
    expect(got.headers).not.toHaveProperty('x-hop');
  });

  it('carries the request as it is: method, path, host, headers and body', async () => {
    let seen: unknown;
    at.answer = (request, response) => {
      const { host, range } = request.headers;
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        seen = { host, range, pop: request.headers['x-pop'], body: Buffer.concat(chunks).toString() };
        response.end();
      });
    };
    const headers = { host: 'video.sandbox.test', range: 'bytes=1-', 'x-pop': 'forged' };
    await exchange(`${at.url}/a%20b?c=d`, { method: 'PUT', headers, body: 'a clip' });
    expect(at.asked).toEqual(['PUT /a%20b?c=d']);
    expect(seen).toEqual({ host: 'video.sandbox.test', range: 'bytes=1-', pop: 'eu-west', body: 'a clip' });
  });

  it('hands on interim answers before the final one, in their order and marked, each as late as an answer', async () => {
    const sentMs: number[] = [];
    at.answer = (incoming, response) => {
      incoming.resume();
      void (async () => {
        for (const offset of ['1', '2']) {
          sentMs.push(performance.now());
          response.writeInformation(104, { 'upload-offset': offset, 'x-pop': 'other' });
          // Until the one before has been handed on, whose delay would count for this one too.
          await vi.waitFor(() => expect(told).toHaveLength(sentMs.length));
        }
        sentMs.push(performance.now());
        response.end();
      })();
    };
    at.inject('latency=60ms@0s');
    const told: { readonly what: unknown; readonly ms: number }[] = [];
    await new Promise<void>((resolve, reject) => {
      const outgoing = request(at.url, { agent: false });
      const tell = (...what: unknown[]) => void told.push({ what, ms: performance.now() });
      outgoing.on('error', reject);
      outgoing.on('information', ({ statusCode, headers }) =>
        tell(statusCode, headers['upload-offset'], headers['x-pop']),
      );
      outgoing.on('response', (got) => {
        tell(got.statusCode, undefined, got.headers['x-pop']);
        got.resume().on('end', resolve);
      });
      outgoing.end();
    });
    expect(told.map(({ what }) => what)).toEqual([
      [104, '1', 'eu-west'],
      [104, '2', 'eu-west'],
      [200, undefined, 'eu-west'],
    ]);
    for (const [index, { ms }] of told.entries()) expect(ms - (sentMs[index] ?? 0)).toBeGreaterThan(58);
  });

  it.each(['HEAD', 'DELETE', 'OPTIONS', 'PATCH'])('carries %s', async (method) => {
    at.answer = (_request, response) => response.writeHead(204).end();
    const got = await exchange(at.url, { method });
    expect([got.status, got.complete, at.asked[0]]).toEqual([204, true, `${method} /`]);
  });

  it('carries chunked bodies in both directions', async () => {
    at.answer = (request, response) => void request.pipe(response);
    const got = await exchange(at.url, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: BODY,
    });
    expect(got.headers['transfer-encoding']).toBe('chunked');
    expect(got.body.equals(BODY)).toBe(true);
  });

  it('streams: the first bytes pass before the last are there', async () => {
    const ended = Promise.withResolvers<void>();
    at.answer = (_request, response) => {
      response.write('first');
      void ended.promise.then(() => response.end('last'));
    };
    const { socket, received } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(received()).toContain('first'));
    ended.resolve();
    await vi.waitFor(() => expect(received()).toContain('last'));
    socket.destroy();
  });

  it('does not read on from an origin whose client does not read', async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    at.answer = (_request, response) => {
      const more = (): void => {
        while (written < total) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    const socket = connect(at.proxy.port, '127.0.0.1');
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
    const gone = await at.startProxy({ port: 1 });
    const got = await exchange(`http://127.0.0.1:${gone.port}`);
    await gone.close();
    expect([got.status, got.headers['x-pop']]).toEqual([502, 'eu-west']);
    expect(json(got)).toMatchObject({ error: { message: expect.stringContaining('ECONNREFUSED') } });
  });

  it('cuts the answer when the origin breaks off, rather than ending it', async () => {
    at.answer = (_request, response) => {
      response.writeHead(200);
      response.write('half', () => response.destroy());
    };
    const got = await exchange(at.url);
    expect([got.body.toString(), got.complete]).toEqual(['half', false]);
  });

  it('lets the origin know when a client leaves', async () => {
    const left = vi.fn();
    at.answer = (_request, response) => void response.on('close', left);
    const { socket } = rawRequest(at.proxy.port);
    await vi.waitFor(() => expect(at.asked).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(() => expect(left).toHaveBeenCalled());
    await vi.waitFor(() => expect(at.proxy.counts().gone).toBe(1));
  });
});

describe('reset', () => {
  it('resets its share of the connections, before any answer', async () => {
    at.inject('reset=20%@0');
    at.dice = 0.19;
    expect(await errorCode(exchange(at.url))).toBe('ECONNRESET');
    at.dice = 0.2;
    expect((await exchange(at.url)).status).toBe(200);
    expect(at.asked).toHaveLength(1);
    expect(at.proxy.counts()).toMatchObject({ reset: 1, forwarded: 1 });
  });

  it('hits connections that were open before it began', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await exchange(at.url, { agent });
    at.inject('reset=100%@0');
    expect(await errorCode(exchange(at.url, { agent }))).toBe('ECONNRESET');
    expect(at.proxy.counts().connections).toBe(1);
    agent.destroy();
  });
});

describe('error', () => {
  it('answers its share of the requests without asking the origin', async () => {
    at.inject('error=504:20%@0');
    at.dice = 0.19;
    const got = await exchange(at.url, { method: 'PUT', body: BODY });
    expect([got.status, got.complete, got.headers['x-pop']]).toEqual([504, true, 'eu-west']);
    expect(got.headers['access-control-allow-origin']).toBe('*');
    expect(at.asked).toEqual([]);
    at.dice = 0.2;
    expect((await exchange(at.url)).status).toBe(200);
  });
});

describe('truncate', () => {
  it('ends a share of the bodies half-way, with the whole length announced', async () => {
    at.inject('truncate=20%@0');
    at.dice = 0.1;
    const got = await exchange(at.url);
    expect(got.headers['content-length']).toBe(String(BODY.length));
    expect([got.body.length, got.complete]).toEqual([BODY.length / 2, false]);
    at.dice = 0.9;
    expect((await exchange(at.url)).complete).toBe(true);
    expect(at.proxy.counts()).toMatchObject({ cut: 1, forwarded: 1 });
  });

  it.each([0, 1, 99_999])('ends bodies after %i bytes', async (bytes) => {
    at.inject(`truncate=${bytes}@0`);
    const got = await exchange(at.url);
    expect([got.status, got.body.length, got.complete]).toEqual([200, bytes, false]);
  });

  it('leaves shorter bodies whole', async () => {
    at.inject(`truncate=${BODY.length}@0`);
    expect((await exchange(at.url)).complete).toBe(true);
    at.answer = (_request, response) => void response.writeHead(204).end();
    at.inject('truncate=100%@0');
    expect((await exchange(at.url)).complete).toBe(true);
  });

  it('ends bodies of unknown length too', async () => {
    at.answer = (_request, response) => {
      response.write('0123456789');
      response.end('abc');
    };
    at.inject('truncate=100%@0');
    const got = await exchange(at.url);
    expect(got.complete).toBe(false);
    expect('0123456789'.startsWith(got.body.toString())).toBe(true);
    expect(got.body.length).toBeLessThan(10);
  });
});
