import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HTTP_LIMITS } from '../../../probes/http/limits.ts';
import { observe } from '../../../probes/net/observe.ts';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { startScriptedServer } from '../net/scripted-server.ts';
import { type OnStream, serveH2 } from './h2-server.ts';
import { runHttp, type Served, serve } from './support.ts';

const authority = makeAuthority('Test authority');
const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
const network = loopbackNetwork({ trustedCa: authority.cert });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function h2(onStream: OnStream, secure = true): Promise<Served> {
  const server = await serveH2(onStream, secure ? certificate : undefined);
  closers.push(() => server.close());
  return server;
}

async function h1(secure: boolean): Promise<Served> {
  const server = await serve((_, response) => response.end('one'), secure ? certificate : undefined);
  closers.push(() => server.close());
  return server;
}

const hello: OnStream = (stream) => {
  stream.respond({ ':status': 200, 'x-pop': 'eu-west' });
  stream.end('hello');
};

function failureOf(result: RunResult) {
  return result.outcome === 'fail' ? result.failure : undefined;
}

/** The same network; after each request that is made over it other work takes the next turn of the event loop for `busyMs`. */
function busyAfterRequests(busyMs: number): typeof network {
  const asked = () => {
    setImmediate(() => {
      for (const untilMs = performance.now() + busyMs; performance.now() < untilMs; );
    });
    return { answered: () => undefined, received: () => undefined };
  };
  return {
    ...network,
    connect: async (endpoint, signal) => {
      const connected = await network.connect(endpoint, signal);
      if (connected.ok) observe(connected.socket, { asked });
      return connected;
    },
  };
}

describe('the first byte over HTTP/2', () => {
  it.each(['cold', 'warm'])(
    'of a %s run is waited for since its frames left, whatever runs right after',
    async (connection) => {
      const { url } = await h2(hello);
      const busy = busyAfterRequests(40);
      for (let run = 0; run < 2; run += 1) {
        const { metrics } = await runHttp(url, { version: '2', connection }, { network: busy });
        expect(metrics.ttfb_ms).toBeGreaterThan(39);
      }
    },
  );
});

describe('the version', () => {
  it.each([
    ['1.1', '1.1', undefined],
    ['2', '2', 'h2'],
    ['auto', '2', 'h2'],
  ])('%s with a server of both is %s', async (version, chosen, alpn) => {
    const { url } = await h2(hello);
    const result = await runHttp(url, { version }, { network });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { http_version: chosen, tls_version: 'TLSv1.3' },
    });
    expect(result.attributes.alpn).toBe(alpn);
  });

  it('auto takes what a server of HTTP/1.1 has, and plain http is that', async () => {
    for (const secure of [true, false]) {
      const { url } = await h1(secure);
      const result = await runHttp(url, { version: 'auto' }, { network });
      expect(result).toMatchObject({ outcome: 'ok', attributes: { http_version: '1.1' } });
    }
  });

  it('2 fails in tls with a server that has it not', async () => {
    const { url } = await h1(true);
    const result = await runHttp(url, { version: '2' }, { network });
    expect(failureOf(result)).toMatchObject({ layer: 'tls', blame: 'target', code: 'handshake' });
    expect(result.metrics).not.toHaveProperty('tls_ms');
    expect(result.metrics).not.toHaveProperty('ttfb_ms');
  });

  it('2 on plain http is spoken without asking', async () => {
    const { url } = await h2(hello, false);
    expect(await runHttp(url, { version: '2' })).toMatchObject({
      outcome: 'ok',
      attributes: { http_version: '2' },
      metrics: { body_bytes: 5 },
    });
  });

  it('2 with a plain server of HTTP/1.1 is a bad response', async () => {
    const { url } = await h1(false);
    expect(failureOf(await runHttp(url, { version: '2' }))).toMatchObject({ layer: 'http', blame: 'target' });
  });
});

describe('a run over HTTP/2', () => {
  it('has the steps and attributes that one over HTTP/1.1 has', async () => {
    const server = await h2(hello);
    const result = await runHttp(server.url, { version: '2' }, { network });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'tls', 'ttfb', 'transfer']);
    const kernel = (await loadTcpInfo()) ? ['tcp_rtt_ms'] : [];
    expect(Object.keys(result.metrics).sort()).toEqual(
      ['body_bytes', 'connect_ms', 'http_total_ms', 'tls_ms', 'transfer_ms', 'ttfb_ms', ...kernel].sort(),
    );
    expect(result.attributes).toMatchObject({ http_status: '200', pop: 'eu-west', server_ip: '127.0.0.1' });
    expect(server.connectionCount()).toBe(1);
    let endMs = 0;
    for (const phase of result.phases) {
      expect(phase.startMs).toBeGreaterThanOrEqual(endMs - 0.001);
      endMs = phase.startMs + phase.durationMs;
    }
  });

  it('sends method, path, headers and body as they are', async () => {
    const { url } = await h2((stream, headers) => {
      let body = '';
      stream.on('data', (data) => {
        body += data;
      });
      stream.on('end', () => {
        const seen = [headers[':method'], headers[':path'], headers[':authority'], headers['x-key'], body];
        stream.respond({ ':status': 201 });
        stream.end(JSON.stringify(seen));
      });
    });
    const { host } = new URL(url);
    const params = { version: '2', method: 'POST', body: 'ü', headers: { 'X-Key': 'k' } };
    const json = { '/0': 'POST', '/1': '/a?b=1', '/2': host, '/3': 'k', '/4': 'ü' };
    expect(await runHttp(`${url}a?b=1`, { ...params, expect: { json } }, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { http_status: '201' },
    });
  });

  it('has no body to wait for after HEAD or 204', async () => {
    const { url } = await h2((stream, headers) => {
      const isHead = headers[':method'] === 'HEAD';
      stream.respond(isHead ? { ':status': 200, 'content-length': 1000 } : { ':status': 204 }, {
        endStream: true,
      });
    });
    for (const method of ['HEAD', 'GET']) {
      const result = await runHttp(url, { version: '2', method }, { network });
      expect(result).toMatchObject({ outcome: 'ok', metrics: { body_bytes: 0 } });
    }
  });

  it.each([
    ['before the head', 'ttfb'],
    ['in the body', 'transfer'],
  ])('has a delay of 400 ms %s in %s', async (where, name) => {
    const { url } = await h2((stream) => {
      const head = () => {
        stream.respond({ ':status': 200 });
        stream.write('a');
      };
      if (where === 'in the body') head();
      setTimeout(() => {
        if (where !== 'in the body') head();
        stream.end('b');
      }, 400);
    });
    const result = await runHttp(url, { version: '2' }, { network });
    const slowest = result.phases.toSorted((a, b) => b.durationMs - a.durationMs)[0];
    expect(slowest?.name).toBe(name);
    expect(slowest?.durationMs).toBeGreaterThan(380);
  });

  it('reads a body larger than every window, and has the windows of a browser', async () => {
    const stream = HTTP_LIMITS.streamWindowBytes.value;
    const session = HTTP_LIMITS.sessionWindowBytes.value;
    const bytes = 20 * 1024 * 1024;
    expect(bytes).toBeGreaterThan(session);
    const windows: (number | undefined)[] = [];
    const { url } = await h2((stream) => {
      windows.push(stream.session?.remoteSettings.initialWindowSize, stream.session?.state.remoteWindowSize);
      stream.respond({ ':status': 200, 'content-length': bytes });
      stream.end(Buffer.alloc(bytes));
    });
    expect(await runHttp(url, { version: '2', maxBodyBytes: bytes }, { network })).toMatchObject({
      outcome: 'ok',
      metrics: { body_bytes: bytes },
    });
    expect(windows).toEqual([stream, session]);
  });

  it('follows redirects, each on a connection of its own', async () => {
    const server = await h2((stream, headers) => {
      if (headers[':path'] === '/') stream.respond({ ':status': 302, location: '/b' }, { endStream: true });
      else hello(stream, headers);
    });
    expect(await runHttp(server.url, { version: '2' }, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { redirects: '1', http_version: '2' },
    });
    expect(server.connectionCount()).toBe(2);
  });
});

describe('hostile servers of HTTP/2', () => {
  const head = { ':status': 200, 'content-length': 100 } as const;

  it.each<[string, OnStream, string, string]>([
    ['a reset before the head', (stream) => stream.close(2), 'reset', 'target'],
    ['a refusal before the head', (stream) => stream.close(7), 'reset', 'target'],
    ['a word that HTTP/1.1 is needed', (stream) => stream.close(13), 'bad_response', 'target'],
    [
      'a reset in the body',
      (stream) => {
        stream.respond(head);
        stream.write('abc');
        setTimeout(() => stream.destroy(new Error('broken')), 50);
      },
      'reset',
      'target',
    ],
    [
      'a body that is too short, which is malformed (RFC 9113 §8.1.1)',
      (stream) => {
        stream.respond(head);
        stream.end('abc');
      },
      'bad_response',
      'target',
    ],
    [
      'a connection that is closed in the body',
      (stream) => {
        stream.respond(head);
        stream.write('abc');
        setTimeout(() => stream.session?.destroy(), 50);
      },
      'truncated',
      'target',
    ],
    ['a connection that is closed before the head', (stream) => stream.session?.destroy(), 'reset', 'target'],
    [
      'a body without end',
      (stream) => {
        stream.respond({ ':status': 200 });
        const more = () => {
          while (!stream.destroyed && stream.write('x'.repeat(65_536)));
        };
        stream.on('drain', more);
        more();
      },
      'too_large',
      'target',
    ],
  ])('%s', async (_name, onStream, code, blame) => {
    const { url } = await h2(onStream);
    const result = await runHttp(url, { version: '2' }, { network });
    expect(failureOf(result)).toMatchObject({ layer: 'http', code, blame });
    expect(result.metrics.http_total_ms).toBeUndefined();
  });

  it('that never answer end at the deadline', async () => {
    const { url } = await h2(() => undefined);
    const result = await runHttp(url, { version: '2' }, { network, timeoutMs: 500 });
    expect(failureOf(result)).toMatchObject({ layer: 'http', code: 'timeout', blame: 'unknown' });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['garbage', (socket) => socket.once('data', () => socket.write('x'.repeat(100)))],
    ['a reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['a close', (socket) => socket.once('data', () => socket.end())],
  ])('that answer the preface with %s fail in http, and leave nothing open', async (_name, script) => {
    const server = await startScriptedServer(script);
    closers.push(() => server.close());
    const result = await runHttp(`http://127.0.0.1:${server.port}/`, { version: '2' });
    expect(failureOf(result)).toMatchObject({ layer: 'http' });
    expect(failureOf(result)?.code).not.toBe('internal');
    await server.allClosed();
  });

  it('a header that HTTP/2 forbids is a bad parameter', async () => {
    const { url } = await h2(hello);
    const result = await runHttp(url, { version: '2', headers: { 'proxy-connection': 'x' } }, { network });
    expect(failureOf(result)).toMatchObject({ layer: 'agent', blame: 'agent', code: 'bad_params' });
  });
});
