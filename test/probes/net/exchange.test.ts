import { afterEach, describe, expect, it } from 'vitest';
import { EXCHANGE_LIMITS, isReusable, requestPath } from '../../../probes/net/exchange.ts';
import { closeAll, endless, scripted, send, sendOk, served, text } from './exchange-peers.ts';
import { clock } from './run-context.ts';
import { answering, answeringAndClosing } from './scripted-server.ts';

afterEach(closeAll);

function standStill(forMs: number): void {
  for (const untilMs = clock.monotonicMs() + forMs; clock.monotonicMs() < untilMs; );
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

  it('counts from the beginning of the write: the packet is gone when the kernel comes back late from it', async () => {
    const { connected } = await served((_, response) => response.end('near'));
    const { socket } = connected;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      const isWritten = write(...args);
      standStill(40);
      return isWritten;
    };
    const response = await sendOk(connected);
    expect(response.firstByteMs - response.sentMs).toBeGreaterThan(39);
    await response.body.drain();
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

describe('requestPath', () => {
  it('keeps the query and drops the fragment', () => {
    expect(requestPath(new URL('http://a.test/b%20c?d=e#f'))).toBe('/b%20c?d=e');
    expect(requestPath(new URL('http://a.test'))).toBe('/');
  });
});

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(size, index);
}
