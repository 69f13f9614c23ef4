import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpProbe } from '../../../probes/http/http.ts';
import { METRICS } from '../../../probes/metrics.ts';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { probeOf } from '../../../probes/registry.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { type NameServer, startNameServer } from '../net/name-server.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import {
  answering,
  answeringAndClosing,
  type ScriptedServer,
  startScriptedServer,
} from '../net/scripted-server.ts';
import { runHttp, type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];
/** What is measured only where the kernel can be asked. */
const kernelMetrics = (await loadTcpInfo()) ? ['tcp_rtt_ms'] : [];
let names: NameServer;

beforeAll(async () => {
  names = await startNameServer({
    'video.test': { a: ['127.0.0.1'] },
    'slow.test': { a: ['127.0.0.1'], delayMs: 400 },
  });
});

afterAll(() => names.close());

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function served(...args: Parameters<typeof serve>): Promise<Served> {
  const server = await serve(...args);
  closers.push(() => server.close());
  return server;
}

async function scripted(script: (socket: Socket) => void): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return server;
}

function failureOf(result: RunResult) {
  return result.outcome === 'fail' ? result.failure : undefined;
}

describe('the probe', () => {
  it('is registered, and judges only what has a smallest effect', () => {
    expect(probeOf('http')).toBe(httpProbe);
    for (const name of httpProbe.judged) {
      expect(httpProbe.metrics).toContain(name);
      expect(METRICS[name]).toHaveProperty('minEffect');
    }
  });
});

describe('a good run', () => {
  it('reports every step that happened, and no other', async () => {
    const { url } = await served((_, response) => response.setHeader('x-pop', 'eu-west').end('hello'));
    const result = await runHttp(url);
    expect(result.outcome).toBe('ok');
    expect(Object.keys(result.metrics).sort()).toEqual(
      ['body_bytes', 'connect_ms', 'http_total_ms', 'transfer_ms', 'ttfb_ms', ...kernelMetrics].sort(),
    );
    expect(result.metrics.body_bytes).toBe(5);
    expect(result.attributes).toEqual({
      server_ip: '127.0.0.1',
      http_status: '200',
      http_version: '1.1',
      pop: 'eu-west',
      cmcd: 'header',
      cmcd_sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(result.phases.map((phase) => phase.name)).toEqual(['connect', 'ttfb', 'transfer']);
  });

  it('has name resolution and TLS in it when there is any', async () => {
    const authority = makeAuthority('Test authority');
    const server = await served(
      (_, response) => response.end('hello'),
      makeCertificate({ names: ['video.test'], authority }),
    );
    const network = loopbackNetwork({ nameServers: [names.address], trustedCa: authority.cert });
    const result = await runHttp(`https://video.test:${server.port}/`, {}, { network });
    expect(result.outcome).toBe('ok');
    expect(result.phases.map((phase) => phase.name)).toEqual(['dns', 'connect', 'tls', 'ttfb', 'transfer']);
    const metrics = httpProbe.metrics.filter((name) => name !== 'tcp_rtt_ms' || kernelMetrics.length > 0);
    expect(Object.keys(result.metrics).sort()).toEqual(metrics.sort());
    expect(result.attributes.tls_version).toBe('TLSv1.3');
  });

  it('adds up: the phases follow one another and fill the total', async () => {
    const { url } = await served((_, response) => response.end('hello'));
    const { metrics, phases } = await runHttp(url);
    let endMs = 0;
    for (const phase of phases) {
      expect(phase.startMs).toBeGreaterThanOrEqual(endMs - 0.001);
      endMs = phase.startMs + phase.durationMs;
    }
    expect(metrics.http_total_ms).toBeCloseTo(endMs, 3);
  });

  it('uses one connection and closes it', async () => {
    const server = await scripted(answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    expect(await runHttp(`http://127.0.0.1:${server.port}/`)).toMatchObject({ outcome: 'ok' });
    await server.allClosed();
    expect(server.connectionCount()).toBe(1);
  });

  it('sends what it was told, and says who it is', async () => {
    const { url } = await served((request, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        const right = request.method === 'POST' && body === '{"a":"ü"}' && request.url === '/api?x=1';
        const { host, 'user-agent': agent, 'x-key': key, accept } = request.headers;
        response.statusCode =
          right && key === 'k' && accept === 'application/json' && agent?.startsWith('Outrider/') ? 201 : 400;
        response.setHeader('x-pop', String(host)).end();
      });
    });
    const params = {
      method: 'POST',
      body: '{"a":"ü"}',
      headers: { 'X-Key': 'k', Accept: 'application/json' },
    };
    const result = await runHttp(`${url}api?x=1`, params);
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { http_status: '201', pop: new URL(url).host },
    });
  });

  it('has no body to wait for after HEAD', async () => {
    const { url } = await served((_, response) => response.setHeader('content-length', 1000).end());
    expect(await runHttp(url, { method: 'HEAD' })).toMatchObject({
      outcome: 'ok',
      metrics: { body_bytes: 0 },
    });
  });

  it('goes where connectTo leads and keeps the name', async () => {
    const { port } = await served((request, response) =>
      response.setHeader('x-pop', String(request.headers.host)).end(),
    );
    const network = loopbackNetwork({ connectTo: { 'video.sandbox.test:80': `127.0.0.1:${port}` } });
    const result = await runHttp('http://video.sandbox.test/v/clip.mp4', {}, { network });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { pop: 'video.sandbox.test' } });
    expect(result.metrics.dns_ms).toBeUndefined();
  });
});

describe('a delay of 400 ms', () => {
  /** The delayed step took the delay, and more than any other. */
  function expectSlowest(result: RunResult, name: string): void {
    expect(result.outcome).toBe('ok');
    const slowest = result.phases.toSorted((a, b) => b.durationMs - a.durationMs)[0];
    expect(slowest?.name).toBe(name);
    expect(slowest?.durationMs).toBeGreaterThan(390);
    expect(result.metrics[`${name}_ms` as 'ttfb_ms']).toBeCloseTo(slowest?.durationMs ?? 0, 3);
  }

  it('of the name server is in dns', async () => {
    const { port } = await served((_, response) => response.end('hello'));
    const network = loopbackNetwork({ nameServers: [names.address] });
    expectSlowest(await runHttp(`http://slow.test:${port}/`, {}, { network }), 'dns');
  });

  it('of the handshake is in tls', async () => {
    const authority = makeAuthority('Test authority');
    const server = await served(
      (_, response) => response.end('hello'),
      makeCertificate({ names: ['127.0.0.1'], authority }),
    );
    const proxy = await scripted((socket) => {
      const upstream = connectTcp(server.port, '127.0.0.1').on('error', () => undefined);
      let hello = true;
      socket.on('data', (data) => {
        setTimeout(() => upstream.write(data), hello ? 400 : 0);
        hello = false;
      });
      upstream.pipe(socket);
      socket.on('close', () => upstream.destroy());
    });
    const network = loopbackNetwork({ trustedCa: authority.cert });
    expectSlowest(await runHttp(`https://127.0.0.1:${proxy.port}/`, {}, { network }), 'tls');
  });

  it('between accepting and answering is in ttfb, not in connect', async () => {
    const server = await scripted((socket) => {
      socket.once('data', () => {
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 400);
      });
    });
    expectSlowest(await runHttp(`http://127.0.0.1:${server.port}/`), 'ttfb');
  });

  it('in the middle of the body is in transfer', async () => {
    const { url } = await served((_, response) => {
      response.write('hello');
      setTimeout(() => response.end('world'), 400);
    });
    expectSlowest(await runHttp(url), 'transfer');
  });

  it('grows ttfb one to one', async () => {
    const { url } = await served((request, response) => {
      setTimeout(
        () => response.end('hello'),
        Number(new URL(request.url ?? '', 'http://a').searchParams.get('delay_ms')),
      );
    });
    const ttfbOf = async (delayMs: number) => {
      const runs = [];
      for (let run = 0; run < 3; run++)
        runs.push((await runHttp(`${url}?delay_ms=${delayMs}`)).metrics.ttfb_ms ?? 0);
      return Math.min(...runs);
    };
    await runHttp(url);
    const slope = ((await ttfbOf(500)) - (await ttfbOf(0))) / 500;
    expect(slope).toBeGreaterThan(0.95);
    expect(slope).toBeLessThan(1.2);
  });
});

describe('statuses', () => {
  it.each([
    [404, {}, 'status'],
    [500, {}, 'status'],
    [503, { expect: [200, '3xx'] }, 'status'],
    [200, { expect: ['201-299'] }, 'status'],
    [401, {}, 'denied'],
    [403, {}, 'denied'],
    [451, {}, 'denied'],
    [301, { followRedirects: 0 }, 'status'],
  ])('%i with %j fails as %s, and is measured all the same', async (status, params, code) => {
    const { url } = await served((_, response) => response.writeHead(status, { location: '/' }).end('no'));
    const result = await runHttp(url, params);
    expect(failureOf(result)).toMatchObject({ layer: 'http', blame: 'target', code });
    expect(failureOf(result)?.message).toContain(String(status));
    expect(result.attributes.http_status).toBe(String(status));
    expect(result.metrics).toMatchObject({
      ttfb_ms: expect.any(Number),
      http_total_ms: expect.any(Number),
      body_bytes: 2,
    });
  });

  it.each([
    [404, { expect: [404] }],
    [503, { expect: ['2xx', '500-599'] }],
    [302, { expect: ['3xx'], followRedirects: 0 }],
    [204, {}],
  ])('%i with %j is as expected', async (status, params) => {
    const { url } = await served((_, response) => response.writeHead(status, { location: '/' }).end());
    expect(await runHttp(url, params)).toMatchObject({
      outcome: 'ok',
      attributes: { http_status: String(status) },
    });
  });
});

describe('hostile servers', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n';

  it.each<[string, (socket: Socket) => void, string, string]>([
    ['garbage for a head', answering('\x16\x03\x01 nonsense\r\n\r\n'), 'bad_response', 'target'],
    [
      'a reset in the body',
      (socket) =>
        socket.once('data', () => {
          socket.write(`${head}abc`);
          setTimeout(() => socket.resetAndDestroy(), 50);
        }),
      'reset',
      'network',
    ],
    ['a body that is too short', answeringAndClosing(head, 'abc'), 'truncated', 'target'],
    [
      'a body without end',
      (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          const more = () => {
            while (!socket.destroyed && socket.write('x'.repeat(65_536)));
          };
          socket.on('drain', more);
          more();
        }),
      'too_large',
      'target',
    ],
  ])('%s', async (_name, script, code, blame) => {
    const server = await scripted(script);
    const result = await runHttp(`http://127.0.0.1:${server.port}/`);
    expect(failureOf(result)).toMatchObject({ layer: 'http', code, blame });
    expect(result.metrics.http_total_ms).toBeUndefined();
    expect(result.metrics.transfer_ms).toBeUndefined();
    await server.allClosed();
  });

  it.each([
    ['the head', 'HTTP/1.1 200 OK\r\nX-Slow: '],
    ['the body', head],
  ])('that drip %s for ever end at the deadline', async (_name, start) => {
    const server = await scripted((socket) => {
      socket.once('data', () => {
        socket.write(start);
        const timer = setInterval(() => socket.write('z'), 50);
        socket.on('close', () => clearInterval(timer));
      });
    });
    const startMs = performance.now();
    const result = await runHttp(`http://127.0.0.1:${server.port}/`, {}, { timeoutMs: 400 });
    expect(failureOf(result)).toMatchObject({ layer: 'http', code: 'timeout', blame: 'unknown' });
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(result.metrics.http_total_ms).toBeUndefined();
    expect(result.metrics.transfer_ms).toBeUndefined();
    await server.allClosed();
  });

  it('a wrong status says more than its broken body', async () => {
    const server = await scripted(
      answeringAndClosing('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n', 'x'),
    );
    expect(failureOf(await runHttp(`http://127.0.0.1:${server.port}/`))).toMatchObject({ code: 'status' });
  });

  it('nobody listening is refused in the layer connect', async () => {
    const server = await startScriptedServer(() => undefined);
    await server.close();
    const result = await runHttp(`http://127.0.0.1:${server.port}/`);
    expect(failureOf(result)).toMatchObject({ layer: 'connect', code: 'refused', blame: 'target' });
    expect(result.metrics).toEqual({});
    expect(result.attributes).toEqual({ server_ip: '127.0.0.1' });
    expect(result.phases.map((phase) => phase.name)).toEqual(['connect']);
  });

  it.each(['', 'not a url', 'http://', 'https://a b/'])('the target %j is a bad parameter', async (url) => {
    expect(failureOf(await runHttp(url))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'bad_params',
    });
  });
});
