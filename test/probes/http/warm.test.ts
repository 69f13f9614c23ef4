import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpConnection } from '../../../probes/http/connection.ts';
import { HTTP_LIMITS } from '../../../probes/http/limits.ts';
import { WarmConnections } from '../../../probes/http/warm-connections.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { answeringAndClosing, startScriptedServer } from '../net/scripted-server.ts';
import { serveH2 } from './h2-server.ts';
import { runHttp, type Served, serve } from './support.ts';

const authority = makeAuthority('Test authority');
const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
const closers: (() => unknown)[] = [];
const WARM = { connection: 'warm' };

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function served(...args: Parameters<typeof serve>): Promise<Served> {
  const server = await serve(...args);
  closers.push(() => server.close());
  return server;
}

const tlsNetwork = () => loopbackNetwork({ trustedCa: authority.cert });

/** Takes one request on each connection, and answers a second with nothing but the given end. */
async function once(end: (socket: Socket) => void) {
  const server = await startScriptedServer((socket) => {
    let requests = 0;
    socket.on('data', () => {
      requests++;
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else end(socket);
    });
  });
  closers.push(() => server.close());
  return server;
}

describe('warm runs', () => {
  it.each([
    ['1.1', (): Promise<Served> => served((_, response) => response.end('hello'), certificate)],
    [
      '2',
      async (): Promise<Served> => {
        const server = await serveH2((stream) => {
          stream.respond({ ':status': 200 });
          stream.end('hello');
        }, certificate);
        closers.push(() => server.close());
        return server;
      },
    ],
  ])(
    'over HTTP/%s use the connection of the run before, and have no times of connecting',
    async (version, start) => {
      const server = await start();
      const network = tlsNetwork();
      const params = { ...WARM, version };
      const first = await runHttp(server.url, params, { network });
      expect(first).toMatchObject({
        outcome: 'ok',
        attributes: { connection: 'new', http_version: version },
      });
      expect(first.phases.map(({ name }) => name)).toEqual(['connect', 'tls', 'ttfb', 'transfer']);
      for (let run = 0; run < 3; run++) {
        const result = await runHttp(server.url, params, { network });
        expect(result).toMatchObject({
          outcome: 'ok',
          attributes: { connection: 'warm', http_version: version, server_ip: '127.0.0.1' },
          metrics: { ttfb_ms: expect.any(Number), transfer_ms: expect.any(Number), body_bytes: 5 },
        });
        expect(result.phases.map(({ name }) => name)).toEqual(['ttfb', 'transfer']);
      }
      for (const name of ['connect_ms', 'tls_ms', 'http_total_ms'])
        expect(first.metrics).not.toHaveProperty(name);
      expect(server.connectionCount()).toBe(1);
    },
  );

  it.each([
    ['1.1', async () => once((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))],
    ['2', async () => serveH2((stream) => stream.respond({ ':status': 204 }, { endStream: true }))],
  ])('over HTTP/%s open a new one where the old was idle for too long', async (version, start) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    closers.push(() => vi.useRealTimers());
    const server = await start();
    closers.push(() => server.close());
    const network = loopbackNetwork();
    const next = () => runHttp(`http://127.0.0.1:${server.port}/`, { ...WARM, version }, { network });
    await next();
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.warmIdleMs.value - 10_000);
    expect(await next()).toMatchObject({ outcome: 'ok', attributes: { connection: 'warm' } });
    await vi.advanceTimersByTimeAsync(HTTP_LIMITS.warmIdleMs.value + 10_000);
    expect(await next()).toMatchObject({ outcome: 'ok', attributes: { connection: 'new' } });
  });

  it('of other parameters, targets and agents have connections of their own', async () => {
    const server = await served((_, response) => response.end('hello'));
    const network = loopbackNetwork();
    await runHttp(server.url, WARM, { network });
    await runHttp(server.url, { ...WARM, headers: { a: 'b' } }, { network });
    await runHttp(server.url, WARM, { network: loopbackNetwork() });
    expect(server.connectionCount()).toBe(3);
    await runHttp(server.url, WARM, { network });
    expect(server.connectionCount()).toBe(3);
  });

  it('that overlap do not share one', async () => {
    const server = await served((_, response) => setTimeout(() => response.end('hello'), 50));
    const network = loopbackNetwork();
    const results = await Promise.all([1, 2].map(() => runHttp(server.url, WARM, { network })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(server.connectionCount()).toBe(2);
    expect(await runHttp(server.url, WARM, { network })).toMatchObject({
      attributes: { connection: 'warm' },
    });
  });

  it('open a new one where the server has closed the old', async () => {
    const server = await startScriptedServer(
      answeringAndClosing('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    );
    closers.push(() => server.close());
    const network = loopbackNetwork();
    for (let run = 0; run < 3; run++) {
      const result = await runHttp(`http://127.0.0.1:${server.port}/`, WARM, { network });
      expect(result).toMatchObject({ outcome: 'ok', attributes: { connection: 'new' } });
    }
    expect(server.connectionCount()).toBe(3);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ])('ask again on a new one where the old is %s under the request, once', async (_how, end) => {
    const server = await once(end);
    const url = `http://127.0.0.1:${server.port}/`;
    const network = loopbackNetwork();
    await runHttp(url, WARM, { network });
    expect(await runHttp(url, WARM, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { connection: 'new' },
    });
    expect(server.connectionCount()).toBe(2);
  });

  it('never send a POST twice', async () => {
    const server = await once((socket) => socket.end());
    const url = `http://127.0.0.1:${server.port}/`;
    const network = loopbackNetwork();
    const params = { ...WARM, method: 'POST', body: 'x' };
    await runHttp(url, params, { network });
    expect(await runHttp(url, params, { network })).toMatchObject({
      outcome: 'fail',
      failure: { code: 'reset' },
    });
    expect(server.connectionCount()).toBe(1);
  });

  it('fail where the kept connection leads to silence, as those of users do', async () => {
    const server = await once(() => undefined);
    const url = `http://127.0.0.1:${server.port}/`;
    const network = loopbackNetwork();
    await runHttp(url, WARM, { network });
    expect(await runHttp(url, WARM, { network, timeoutMs: 400 })).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'http', code: 'timeout' },
    });
    // What failed is not kept.
    expect(await runHttp(url, WARM, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { connection: 'new' },
    });
  });

  it('keep one for each hop of a redirect', async () => {
    const server = await served((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/b' }).end('moved');
      else response.end('here');
    });
    const network = loopbackNetwork();
    await runHttp(server.url, WARM, { network });
    expect(server.connectionCount()).toBe(1);
    expect(await runHttp(server.url, WARM, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { connection: 'warm', redirects: '1' },
      metrics: { body_bytes: 4 },
    });
    expect(server.connectionCount()).toBe(1);
  });

  it('stay with the policy: a kept connection is no way around it', async () => {
    const server = createServer((_, response) => response.end('x'));
    closers.push(() => server.close());
    const guarded = loopbackNetwork({ policy: { allow: [], deny: [] } });
    for (let run = 0; run < 2; run++)
      expect(await runHttp('http://127.0.0.1:1/', WARM, { network: guarded })).toMatchObject({
        failure: { code: 'forbidden_target' },
      });
  });
});

describe('the connections that are kept', () => {
  /** One that is open until it is closed. */
  function connection() {
    const state = { open: true, idle: false };
    const made: HttpConnection = {
      ok: true,
      connected: {} as HttpConnection['connected'],
      version: '1.1',
      exchange: () => Promise.reject(new Error('not used')),
      isReusable: () => state.open,
      setIdle: (isIdle) => {
        state.idle = isIdle;
      },
      close: () => {
        state.open = false;
      },
    };
    return { state, made };
  }

  it('are as many as the limit: the one used longest ago gives way', () => {
    const pool = new WarmConnections();
    const { value: limit } = HTTP_LIMITS.warmConnections;
    const all = Array.from({ length: limit + 1 }, connection);
    for (const [index, { made }] of all.entries()) pool.put(`${index}`, { connection: made, openedMs: 0 }, 0);
    expect(pool.size).toBe(limit);
    expect(all.map(({ state }) => state.open)).toEqual([false, ...Array(limit).fill(true)]);
    const second = pool.take('1');
    if (second) pool.put('1', second, 0);
    pool.put('more', { connection: connection().made, openedMs: 0 }, 0);
    expect(pool.take('1')).toBeDefined();
    expect(pool.take('2')).toBeUndefined();
  });

  it('idle while they are kept, and are out while they are used', () => {
    const pool = new WarmConnections();
    const { made, state } = connection();
    pool.put('a', { connection: made, openedMs: 0 }, 0);
    expect(state.idle).toBe(true);
    expect(pool.take('a')?.connection).toBe(made);
    expect(state.idle).toBe(false);
    expect(pool.take('a')).toBeUndefined();
  });

  it('are closed when they are old, and when another run has left one', () => {
    const pool = new WarmConnections();
    const [old, first, second] = [connection(), connection(), connection()];
    pool.put('a', { connection: old.made, openedMs: 0 }, HTTP_LIMITS.warmLifeMs.value + 1);
    expect([old.state.open, pool.size]).toEqual([false, 0]);
    pool.put('a', { connection: first.made, openedMs: 0 }, 0);
    pool.put('a', { connection: second.made, openedMs: 0 }, 0);
    expect([first.state.open, second.state.open, pool.size]).toEqual([false, true, 1]);
  });

  it('are let go when they have died meanwhile', () => {
    const pool = new WarmConnections();
    const { made, state } = connection();
    pool.put('a', { connection: made, openedMs: 0 }, 0);
    state.open = false;
    expect(pool.take('a')).toBeUndefined();
    expect(pool.size).toBe(0);
  });
});
