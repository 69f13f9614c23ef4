import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { answersPing } from '../../agent/answers-ping.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Both ends of a connection. */
async function connection(autoPong = true) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  const [peer] = (await accepted) as [WebSocket];
  closers.push(
    () => socket.terminate(),
    () => server.close(),
  );
  return { socket, peer };
}
const never = new AbortController().signal;
const listeners = (socket: WebSocket) => socket.listenerCount('pong') + socket.listenerCount('close');

describe('a connection', () => {
  it('is there when the other side answers, and nothing is left behind', async () => {
    const { socket } = await connection();
    const before = listeners(socket);
    expect(await answersPing(socket, never)).toBe(true);
    expect(listeners(socket)).toBe(before);
  });

  it('is not when it ends before the answer, or has ended', async () => {
    const { socket, peer } = await connection(false);
    const answer = answersPing(socket, never);
    peer.once('ping', () => peer.terminate());
    expect(await answer).toBe(false);
    expect(await answersPing(socket, never)).toBe(false);
  });

  it('is not waited for any longer than who asks wants to', async () => {
    const { socket, peer } = await connection(false);
    const enough = new AbortController();
    const answer = answersPing(socket, enough.signal);
    await once(peer, 'ping');
    enough.abort();
    expect(await answer).toBe(false);
    expect(await answersPing(socket, enough.signal)).toBe(false);
  });
});
