import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EXCHANGE_LIMITS,
  type ExchangeOptions,
  exchange,
  type HttpRequest,
  type HttpResponse,
  isReusable,
  requestPath,
} from '../../../probes/net/exchange.ts';
import type { Connected } from '../../../probes/net/network.ts';
import { clock, loopbackNetwork, PATIENCE_MS } from './run-context.ts';
import {
  answering,
  answeringAndClosing,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function connect(port: number): Promise<Connected> {
  const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
  const connected = await loopbackNetwork().connect(endpoint, AbortSignal.timeout(PATIENCE_MS));
  if (!connected.ok) throw new Error(connected.failure.message);
  closers.push(() => connected.socket.destroy());
  return connected;
}

/** A connection to a peer that runs a script. */
async function scripted(
  script: (socket: Socket) => void,
): Promise<{ connected: Connected; server: ScriptedServer }> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return { connected: await connect(server.port), server };
}

/** A connection to a server by node:http. */
async function served(listener: RequestListener): Promise<{ connected: Connected; server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { connected: await connect((server.address() as AddressInfo).port), server };
}

function send(
  connected: Connected,
  request: Partial<HttpRequest> = {},
  options: Partial<ExchangeOptions> = {},
) {
  return exchange(
    connected,
    { method: 'GET', path: '/', host: 'video.test', ...request },
    { clock, signal: AbortSignal.timeout(PATIENCE_MS), maxBodyBytes: 1024 * 1024, ...options },
  );
}

async function sendOk(
  connected: Connected,
  request: Partial<HttpRequest> = {},
  options: Partial<ExchangeOptions> = {},
) {
  const response = await send(connected, request, options);
  if (!response.ok) throw new Error(response.failure.message);
  return response;
}

async function text(response: HttpResponse): Promise<string> {
  return (await response.body.collect()).bytes.toString();
}

describe('a request and its response', () => {
  it('sends method, path, host and headers as given, and answers status, headers and body', async () => {
    const { connected } = await served((request, response) => {
      response.setHeader('X-Twice', ['a', 'b']);
      response.statusCode = 203;
      response.end(
        JSON.stringify([request.method, request.url, request.headers.host, request.headers['x-probe']]),
      );
    });
    const response = await sendOk(connected, { path: '/a?b=c', headers: { 'X-Probe': 'yes' } });
    expect(response.status).toBe(203);
    expect(response.headers['x-twice']).toBe('a, b');
    expect(JSON.parse(await text(response))).toEqual(['GET', '/a?b=c', 'video.test', 'yes']);
  });

  it('orders its times: sent, first byte, head, chunks, end', async () => {
    const { connected } = await served((_, response) => {
      response.write('one');
      setTimeout(() => response.end('two'), 100);
    });
    const startMs = clock.monotonicMs();
    const response = await sendOk(connected);
    const chunkTimes: number[] = [];
    for await (const chunk of response.body) chunkTimes.push(chunk.atMs);
    const end = await response.body.end;
    const times = [startMs, response.sentMs, response.firstByteMs, response.headMs, ...chunkTimes, end.endMs];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(chunkTimes).toHaveLength(2);
    expect((chunkTimes[1] ?? 0) - (chunkTimes[0] ?? 0)).toBeGreaterThan(80);
    expect(end).toMatchObject({ ok: true, complete: true, byteCount: 6 });
  });

  it('takes the first byte of a slow head as the first byte, not the end of the head', async () => {
    const { connected } = await scripted((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n');
        setTimeout(() => socket.write('Content-Length: 0\r\n\r\n'), 200);
      });
    });
    const response = await sendOk(connected);
    expect(response.headMs - response.firstByteMs).toBeGreaterThan(180);
    expect(await response.body.drain()).toMatchObject({ ok: true, byteCount: 0 });
  });

  it('skips interim responses: the first byte is that of the final one', async () => {
    const { connected } = await scripted((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 200);
      });
    });
    const response = await sendOk(connected);
    expect(response.status).toBe(200);
    expect(response.firstByteMs - response.sentMs).toBeGreaterThan(180);
    expect(await text(response)).toBe('ok');
  });

  it('tells of interim responses as they come, each with its status and headers', async () => {
    const { connected } = await scripted((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 104 Upload Resumption Supported\r\nLocation: /u/1\r\n\r\n');
        setTimeout(() => {
          socket.write('HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: 7\r\n\r\n');
          socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
        }, 200);
      });
    });
    const told: [number, object, number][] = [];
    const response = await sendOk(connected, {
      onInterim: (status, headers, atMs) => told.push([status, { ...headers }, atMs]),
    });
    expect(response.status).toBe(201);
    expect(told.map(([status, headers]) => [status, headers])).toEqual([
      [104, { location: '/u/1' }],
      [104, { 'upload-offset': '7' }],
    ]);
    const [first, second] = told.map(([, , atMs]) => atMs) as [number, number];
    expect(second - first).toBeGreaterThan(180);
    expect(response.firstByteMs).toBeGreaterThanOrEqual(first);
    expect(await response.body.drain()).toMatchObject({ ok: true, complete: true });
    expect(isReusable(connected)).toBe(true);
  });

  it('reads chunked bodies and bodies that end with the connection', async () => {
    const chunked = await scripted(
      answering(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
        '3\r\nabc\r\n',
        '2\r\nde\r\n0\r\n\r\n',
      ),
    );
    expect(await text(await sendOk(chunked.connected))).toBe('abcde');
    expect(isReusable(chunked.connected)).toBe(true);
    const untilClose = await scripted(answeringAndClosing('HTTP/1.0 200 OK\r\n\r\n', 'all of it'));
    expect(await text(await sendOk(untilClose.connected))).toBe('all of it');
    expect(isReusable(untilClose.connected)).toBe(false);
  });

  it('takes no value from the prototype for a header', async () => {
    const { connected } = await scripted(answering('HTTP/1.1 204 No Content\r\n__proto__: x\r\n\r\n'));
    const response = await sendOk(connected);
    expect(response.headers.constructor).toBeUndefined();
    expect(response.headers.tostring).toBeUndefined();
  });
});

describe('several requests on one connection', () => {
  it('follow one another on the same socket, HEAD and bodies included', async () => {
    const seen: string[] = [];
    const { connected, server } = await served((request, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        seen.push(`${request.method} ${body}`);
        response.setHeader('content-length', 2);
        response.end('ok');
      });
    });
    let connections = 0;
    server.on('connection', () => connections++);
    for (const request of [
      { method: 'GET' },
      { method: 'HEAD' },
      { method: 'POST', body: Buffer.from('first') },
      { method: 'PATCH', body: Buffer.from('second'), headers: { 'upload-offset': '5' } },
      { method: 'GET' },
    ]) {
      const response = await sendOk(connected, request);
      expect(await response.body.drain()).toMatchObject({
        ok: true,
        byteCount: request.method === 'HEAD' ? 0 : 2,
      });
      expect(isReusable(connected)).toBe(true);
    }
    expect(seen).toEqual(['GET ', 'HEAD ', 'POST first', 'PATCH second', 'GET ']);
    expect(connections).toBe(0);
  });

  it('fail after the server said close, without a second connection', async () => {
    const { connected, server } = await served((_, response) => {
      response.setHeader('connection', 'close');
      response.end('bye');
    });
    let connections = 0;
    server.on('connection', () => connections++);
    expect(await text(await sendOk(connected))).toBe('bye');
    expect(isReusable(connected)).toBe(false);
    const second = await send(connected);
    expect(second).toMatchObject({ ok: false, failure: { layer: 'http', code: 'reset' } });
    expect(connections).toBe(0);
  });

  it('fail when the server closed the idle connection', async () => {
    const { connected, server } = await scripted((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        setTimeout(() => socket.end(), 20);
      });
    });
    await (await sendOk(connected)).body.drain();
    await server.allClosed();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isReusable(connected)).toBe(false);
    expect(await send(connected)).toMatchObject({ ok: false, failure: { layer: 'http', code: 'reset' } });
  });
});

describe('request bodies', () => {
  it('are streamed with their announced length, and told as they are sent', async () => {
    const { connected } = await served((request, response) => {
      let bytes = 0;
      request.on('data', (data) => {
        bytes += data.length;
      });
      request.on('end', () => response.end(`${bytes} ${request.headers['content-length']}`));
    });
    const sent: number[] = [];
    const response = await sendOk(connected, {
      method: 'PUT',
      headers: { 'content-length': '300000' },
      body: pieces(3, 100_000),
      onBodySent: (byteCount) => sent.push(byteCount),
    });
    expect(await text(response)).toBe('300000 300000');
    expect(sent).toEqual([100_000, 100_000, 100_000]);
  });

  it('may be answered before they are sent whole; then the connection is used up', async () => {
    const { connected } = await scripted((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'));
    });
    const response = await sendOk(connected, { method: 'PUT', body: endless() });
    expect(response.status).toBe(413);
    expect(await text(response)).toBe('no');
    expect(response.firstByteMs - response.sentMs).toBe(0);
    expect(isReusable(connected)).toBe(false);
  });

  it('that break their announced length are our own mistake', async () => {
    const { connected } = await served((request, response) =>
      request.resume().on('end', () => response.end()),
    );
    const request = { method: 'PUT', headers: { 'content-length': '5' }, body: Buffer.from('too long') };
    expect(await send(connected, request)).toMatchObject({
      ok: false,
      failure: { layer: 'agent', blame: 'agent' },
    });
  });

  it.each([
    { method: 'BAD METHOD' },
    { path: 'no-slash' },
    { path: '/line\nbreak' },
    { headers: { 'x-probe': 'a\r\nb: c' } },
    { headers: { 'bad name': 'x' } },
  ])('and heads that cannot be sent as asked are bad parameters: %j', async (request) => {
    const { connected } = await served((_, response) => response.end());
    expect(await send(connected, request)).toMatchObject({
      ok: false,
      failure: { layer: 'agent', blame: 'agent', code: 'bad_params' },
    });
    expect(connected.socket.destroyed).toBe(true);
  });
});

describe('hostile answers before the end of the head', () => {
  it.each<[string, (socket: Socket) => void, string, string]>([
    ['garbage', answering('\x00\x01\x02 what is this\r\n\r\n'), 'bad_response', 'target'],
    ['another protocol', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), 'bad_response', 'target'],
    ['a status that is no number', answering('HTTP/1.1 abc OK\r\n\r\n'), 'bad_response', 'target'],
    ['a header without a colon', answering('HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'), 'bad_response', 'target'],
    [
      'two different lengths',
      answering('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'),
      'bad_response',
      'target',
    ],
    [
      'length and chunks at once',
      answering('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
      'bad_response',
      'target',
    ],
    [
      'an upgrade nobody asked for',
      answering('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      'bad_response',
      'target',
    ],
    [
      'a head without end',
      flood('HTTP/1.1 200 OK\r\n', `X-Filler: ${'x'.repeat(1000)}\r\n`),
      'bad_response',
      'target',
    ],
    ['a close without a word', (socket) => socket.once('data', () => socket.end()), 'reset', 'target'],
    ['a close in the head', answeringAndClosing('HTTP/1.1 200 OK\r\nContent-'), 'reset', 'target'],
    [
      'a reset without a word',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      'reset',
      'network',
    ],
  ])('%s', async (_name, script, code, blame) => {
    const { connected, server } = await scripted(script);
    expect(await send(connected)).toMatchObject({ ok: false, failure: { layer: 'http', code, blame } });
    expect(connected.socket.destroyed).toBe(true);
    await server.allClosed();
  });

  it('a head larger than the limit is refused by its size, not held', async () => {
    let written = 0;
    const line = `X-Filler: ${'x'.repeat(1000)}\r\n`;
    const { connected } = await scripted((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n');
        for (; written < 16 * EXCHANGE_LIMITS.headBytes.value; written += line.length) socket.write(line);
      });
    });
    const answer = await send(connected);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'bad_response' } });
    expect(connected.socket.bytesRead).toBeLessThan(written);
  });
});

describe('a connection between two requests', () => {
  it('is closed when it was idle for the limit, and the next exchange fails', async () => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const { connected, server } = await scripted(answering(ok));
    const closed = new Promise<void>((resolve) => connected.socket.once('close', () => resolve()));
    const idleMs = EXCHANGE_LIMITS.idleMs.value / 4000;
    const startMs = clock.monotonicMs();
    expect(await text(await sendOk(connected, {}, { idleMs }))).toBe('ok');
    await closed;
    expect(clock.monotonicMs() - startMs).toBeGreaterThan(idleMs * 0.9);
    expect(isReusable(connected)).toBe(false);
    expect(await send(connected)).toMatchObject({ ok: false });
    expect(server.connectionCount()).toBe(1);
  });
});

describe('hostile bodies', () => {
  const length = (bytes: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`;
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  it.each<[string, (socket: Socket) => void, string, string, number]>([
    [
      'that end short of their length',
      answeringAndClosing(length(100), 'only this'),
      'truncated',
      'target',
      9,
    ],
    [
      'that end short of it on a connection to be closed',
      answeringAndClosing('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\n', 'abc'),
      'truncated',
      'target',
      3,
    ],
    ['that end between two chunks', answeringAndClosing(chunked, '3\r\nabc\r\n'), 'truncated', 'target', 3],
    [
      'that end between two chunks on a connection to be closed',
      answeringAndClosing(
        'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n',
        '3\r\nabc\r\n',
      ),
      'truncated',
      'target',
      3,
    ],
    ['that are reset', resetAfter(length(100), 'part'), 'reset', 'network', 4],
    ['with broken chunk sizes', answering(chunked, '3\r\nabc\r\n', 'zz\r\n'), 'bad_response', 'target', 3],
  ])('%s', async (_name, script, code, blame, byteCount) => {
    const { connected, server } = await scripted(script);
    const response = await sendOk(connected);
    expect(response.status).toBe(200);
    const end = await response.body.collect();
    expect(end).toMatchObject({ ok: false, byteCount, failure: { layer: 'http', code, blame } });
    expect(end.bytes).toHaveLength(byteCount);
    await server.allClosed();
  });

  it('without end are cut at the limit, and the connection with them', async () => {
    const { connected, server } = await scripted(flood('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536)));
    const response = await sendOk(connected, {}, { maxBodyBytes: 200_000 });
    const end = await response.body.collect();
    expect(end).toMatchObject({ ok: false, failure: { layer: 'http', code: 'too_large', blame: 'target' } });
    expect(end.bytes.length).toBeLessThanOrEqual(200_000);
    await server.allClosed();
  });

  it('of exactly the limit are let through', async () => {
    const { connected } = await scripted(answering(length(10), '0123456789'));
    expect(await text(await sendOk(connected, {}, { maxBodyBytes: 10 }))).toBe('0123456789');
  });
});

describe('the deadline', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['silence', () => undefined],
    ['a head that drips', drip('HTTP/1.1 200 OK\r\nX-Slow: ', 'z')],
  ])('ends %s before the head', async (_name, script) => {
    const { connected, server } = await scripted(script);
    const answer = await send(connected, {}, { signal: AbortSignal.timeout(200) });
    expect(answer).toMatchObject({
      ok: false,
      failure: { layer: 'http', code: 'timeout', blame: 'unknown' },
    });
    expect(answer.sentMs).toBeTypeOf('number');
    await server.allClosed();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['stalls', answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', 'abc')],
    ['drips', drip('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', 'z')],
  ])('ends a body that %s', async (_name, script) => {
    const { connected, server } = await scripted(script);
    const response = await sendOk(connected, {}, { signal: AbortSignal.timeout(300) });
    const end = await response.body.drain();
    expect(end).toMatchObject({ ok: false, failure: { layer: 'http', code: 'timeout' } });
    expect(end.byteCount).toBeGreaterThan(0);
    await server.allClosed();
  });

  it('ends a request body that the peer does not take', async () => {
    const { connected } = await scripted((socket) => socket.pause());
    const answer = await send(
      connected,
      { method: 'PUT', body: endless() },
      { signal: AbortSignal.timeout(300) },
    );
    expect(answer).toMatchObject({ ok: false, failure: { layer: 'http', code: 'timeout' } });
    expect(answer.sentMs).toBeUndefined();
    expect(connected.socket.destroyed).toBe(true);
  });

  it('that has passed already sends nothing', async () => {
    const { connected } = await scripted(answering('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    expect(await send(connected, {}, { signal: AbortSignal.abort() })).toMatchObject({
      ok: false,
      failure: { code: 'timeout' },
    });
    expect(connected.socket.bytesWritten).toBe(0);
  });

  it('does nothing any more once the body has ended', async () => {
    const { connected } = await scripted(answering('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const deadline = new AbortController();
    await (await sendOk(connected, {}, { signal: deadline.signal })).body.drain();
    deadline.abort();
    expect(isReusable(connected)).toBe(true);
    expect(await sendOk(connected)).toMatchObject({ status: 200 });
  });
});

describe('a reader', () => {
  it('that leaves early closes the connection', async () => {
    const { connected, server } = await scripted(flood('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536)));
    const response = await sendOk(connected, {}, { maxBodyBytes: Number.MAX_SAFE_INTEGER });
    for await (const _ of response.body) break;
    expect(await response.body.end).toMatchObject({ ok: true, complete: false });
    await server.allClosed();
  });

  it('that does not read holds the sender back', async () => {
    const { connected } = await scripted(flood('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536)));
    const response = await sendOk(connected, {}, { maxBodyBytes: Number.MAX_SAFE_INTEGER });
    let last = -1;
    await expect
      .poll(
        () => {
          const stalled = connected.socket.bytesRead === last;
          last = connected.socket.bytesRead;
          return stalled && last > 0;
        },
        { interval: 100, timeout: PATIENCE_MS },
      )
      .toBe(true);
    expect(last).toBeLessThan(4 * 1024 * 1024);
    for await (const _ of response.body) if (connected.socket.bytesRead > last + 1024 * 1024) break;
    expect(connected.socket.bytesRead).toBeGreaterThan(last);
  });
});

describe('requestPath', () => {
  it('keeps the query and drops the fragment', () => {
    expect(requestPath(new URL('http://a.test/b%20c?d=e#f'))).toBe('/b%20c?d=e');
    expect(requestPath(new URL('http://a.test'))).toBe('/');
  });
});

/** Writes `part` again and again, as fast as the reader takes it. */
function flood(head: string, part: string): (socket: Socket) => void {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(part));
    };
    socket.once('data', () => {
      socket.write(head);
      socket.on('drain', more);
      more();
    });
  };
}

/** A slow loris: one piece every few milliseconds, for ever. */
function drip(head: string, piece: string): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write(piece), 20);
      socket.on('close', () => clearInterval(timer));
    });
  };
}

function resetAfter(...parts: string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      setTimeout(() => socket.resetAndDestroy(), 100);
    });
  };
}

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(size, index);
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536);
}
