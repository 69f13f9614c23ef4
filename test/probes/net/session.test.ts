import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpSession, type SessionResult } from '../../../probes/net/session.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { clock, loopbackNetwork, PATIENCE_MS } from './run-context.ts';

const GET = { method: 'GET', maxBodyBytes: 10_000_000 } as const;
const servers: Server[] = [];
const sessions: HttpSession[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(): { session: HttpSession; timeline: Timeline } {
  const timeline = new Timeline(clock);
  const session = new HttpSession({
    network: loopbackNetwork(),
    clock,
    signal: AbortSignal.timeout(PATIENCE_MS),
    userAgent: 'Outrider/0.1 (+test)',
    timeline,
  });
  sessions.push(session);
  return { session, timeline };
}

function response(result: SessionResult) {
  if (!result.ok) throw new Error(result.failure.message);
  return result;
}

describe('a session', () => {
  it('keeps its connection for the next request to the same host and port', async () => {
    const ports: (number | undefined)[] = [];
    const url = await serve((request, answer) => {
      ports.push(request.socket.remotePort);
      answer.end('hello');
    });
    const { session, timeline } = open();
    const first = response(await session.request(new URL('/a', url), GET));
    expect((await first.body.collect()).bytes.toString()).toBe('hello');
    const second = response(await session.request(new URL('/b', url), GET));
    await second.body.drain();
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(ports[1]).toBe(ports[0]);
    expect(session.connectionCount).toBe(1);
    expect(timeline.phases.map(({ name }) => name)).toEqual(['connect']);
    expect(session.connectMetrics).toHaveProperty('connect_ms');
  });

  it('takes a new connection when the body before was not read to its end', async () => {
    const url = await serve((_request, answer) => answer.end(Buffer.alloc(5_000_000)));
    const { session } = open();
    const first = response(await session.request(new URL(url), GET));
    for await (const _ of first.body) break;
    const second = response(await session.request(new URL(url), GET));
    expect(second.reused).toBe(false);
    expect(session.connectionCount).toBe(2);
  });

  it('takes a new connection when the server closes after each response', async () => {
    const url = await serve((_request, answer) => answer.setHeader('connection', 'close').end('bye'));
    const { session } = open();
    await response(await session.request(new URL(url), GET)).body.drain();
    expect(response(await session.request(new URL(url), GET)).reused).toBe(false);
  });

  it('takes a new connection to another port, and keeps the numbers of the first', async () => {
    const [one, two] = await Promise.all([
      serve((_request, answer) => answer.end('1')),
      serve((_request, answer) => answer.end('2')),
    ]);
    const { session, timeline } = open();
    await response(await session.request(new URL(one), GET)).body.drain();
    const before = session.connectMetrics;
    const second = response(await session.request(new URL(two), GET));
    expect((await second.body.collect()).bytes.toString()).toBe('2');
    expect(session.connectMetrics).toEqual(before);
    expect(timeline.phases).toHaveLength(2);
  });

  it('says who it is, and sends the headers and the body that it is given', async () => {
    const seen: unknown[] = [];
    const url = await serve(async (request, answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push(request.headers['user-agent'], request.headers['x-a'], Buffer.concat(chunks).toString());
      answer.end();
    });
    let sent = 0;
    await open().session.request(new URL(url), {
      ...GET,
      method: 'PUT',
      headers: { 'x-a': 'b' },
      body: Buffer.from('payload'),
      onBodySent: (byteCount) => {
        sent += byteCount;
      },
    });
    expect(seen).toEqual(['Outrider/0.1 (+test)', 'b', 'payload']);
    expect(sent).toBe(7);
  });

  it('hands on interim responses', async () => {
    const url = await serve((_request, answer) => {
      answer.writeEarlyHints({ link: '</a>; rel=preload' });
      answer.end();
    });
    const told: number[] = [];
    const onInterim = (status: number) => told.push(status);
    const answered = response(await open().session.request(new URL(url), { ...GET, onInterim }));
    await answered.body.drain();
    expect(told).toEqual([103]);
  });

  it('asks nothing of an address that the agent forbids', async () => {
    const { session } = open();
    const result = await session.request(new URL('http://10.0.0.1/'), GET);
    expect(result).toMatchObject({ ok: false, failure: { layer: 'agent', code: 'forbidden_target' } });
    expect(session.connectionCount).toBeLessThanOrEqual(1);
  });

  it('obeys the signal of a request in the place of its own', async () => {
    const url = await serve(() => undefined);
    const { session } = open();
    const result = await session.request(new URL(url), { ...GET, signal: AbortSignal.timeout(100) });
    expect(result).toMatchObject({ ok: false, failure: { code: 'timeout' } });
  });

  it('says nothing more on a connection that it forsook, until it closes', async () => {
    const sockets: Socket[] = [];
    const url = await serve(({ socket }, answer) => {
      if (sockets.length > 0) return answer.end('next');
      socket.on('error', () => undefined);
      return sockets.push(socket);
    });
    const { session } = open();
    const unanswered = session.request(new URL(url), GET);
    await expect.poll(() => sockets.length).toBe(1);
    session.forsake();
    const [socket] = sockets as [Socket];
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    await once(socket, 'finish');
    expect(response(await session.request(new URL(url), GET)).reused).toBe(false);
    await setTimeout(100);
    expect(socket.closed).toBe(false);
    session.close();
    await expect.poll(() => socket.closed).toBe(true);
    expect(await unanswered).toMatchObject({ ok: false });
  });

  it('closes its connection', async () => {
    let isClosed: boolean | undefined;
    const url = await serve((request, answer) => {
      isClosed = false;
      request.socket.on('close', () => {
        isClosed = true;
      });
      answer.end('x');
    });
    const { session } = open();
    await response(await session.request(new URL(url), GET)).body.drain();
    expect(isClosed).toBe(false);
    session.close();
    // Before the server would end it because it is idle, which it does after five seconds.
    await expect.poll(() => isClosed, { timeout: 3000 }).toBe(true);
  });
});
