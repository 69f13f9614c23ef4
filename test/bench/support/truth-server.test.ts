import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedNowMs } from './raw-log.ts';
import { type Transport, TruthServer } from './truth-server.ts';

let server: TruthServer;
beforeAll(async () => {
  server = await TruthServer.start('127.0.0.1');
});
afterAll(() => server.close());

const PART = Buffer.alloc(50_000, 'x');

async function open(transport: Transport): Promise<Socket> {
  const to = { host: '127.0.0.1', port: Number(new URL(server.urls[transport]).port) };
  const socket =
    transport === 'plain' ? connect(to) : connectTls({ ...to, ca: server.certificate.cert, servername: '' });
  await once(socket, transport === 'plain' ? 'connect' : 'secureConnect');
  return socket;
}

/** A body in two parts with a pause before each; when they were written, and when the answer came, on the shared clock. */
async function put(transport: Transport, pauseMs: number) {
  const socket = await open(transport);
  socket.write(`PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 * PART.length}\r\n\r\n`);
  await sleep(pauseMs);
  const firstMs = sharedNowMs();
  socket.write(PART);
  await sleep(pauseMs);
  const lastMs = sharedNowMs();
  socket.write(PART);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  const answeredMs = sharedNowMs();
  socket.destroy();
  return { answer: answer.toString('latin1'), firstMs, lastMs, answeredMs };
}

describe.each(['plain', 'tls'] as const)('the truth server, %s', (transport) => {
  it('knows when the first and the last byte of a body came, in order with the sender’s own times', async () => {
    await server.treat({ commitMs: 0 });
    const sent = await put(transport, 60);
    expect(sent.answer).toMatch(/^HTTP\/1.1 201 /);
    const [body, ...more] = await server.received();
    expect(more).toEqual([]);
    const { answeredMs = 0, bytes, firstMs = 0, lastMs = 0 } = body ?? {};
    expect(bytes).toBe(2 * PART.length);
    const order = [sent.firstMs, firstMs, sent.lastMs, lastMs, answeredMs, sent.answeredMs];
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('answers no sooner after the last byte than it was told to', async () => {
    await server.treat({ commitMs: 120 });
    await put(transport, 0);
    const [body] = await server.received();
    expect((body?.answeredMs ?? 0) - (body?.lastMs ?? 0)).toBeGreaterThan(118);
  });

  it('takes bytes no faster than it was told to', async () => {
    await server.treat({ commitMs: 0, readBitsPerSecond: 4_000_000 });
    await put(transport, 0);
    const [body] = await server.received();
    // 100 kB at 4 Mbit/s take 200 ms; the pause after the last read is none of it.
    expect((body?.lastMs ?? 0) - (body?.firstMs ?? 0)).toBeGreaterThan(60);
  });
});

describe('the truth server', () => {
  it('forgets what was received before it was told how to treat uploads', async () => {
    await server.treat({ commitMs: 0 });
    await put('plain', 0);
    expect(await server.received()).toHaveLength(1);
    await server.treat({ commitMs: 0 });
    expect(await server.received()).toEqual([]);
  });
});
