import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EXCHANGE_LIMITS, isReusable } from '../../../probes/net/exchange.ts';
import { closeAll, endless, scripted, send, sendOk, text } from './exchange-peers.ts';
import { PATIENCE_MS } from './run-context.ts';
import { answering, answeringAndClosing, drip, flood, resetAfter } from './scripted-server.ts';

afterEach(closeAll);

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
