import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { SUBPROTOCOL } from '../../protocol/frame.ts';
import { recordOf } from '../support/records.ts';
import { FrameProxy } from './frame-proxy.ts';

interface Way {
  readonly proxy: FrameProxy;
  readonly agent: WebSocket;
  readonly collector: WebSocket;
  /** First seqs of the results that arrived, and types of other frames. */
  readonly arrived: (number | string)[];
}

async function way(random: () => number = () => 0): Promise<Way> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => SUBPROTOCOL });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await FrameProxy.start(random);
  proxy.upstreamPort = (server.address() as AddressInfo).port;
  const connected = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  const agent = new WebSocket(`ws://127.0.0.1:${proxy.port}/v1/agent`, [SUBPROTOCOL]);
  onTestFinished(async () => {
    agent.terminate();
    await proxy.close();
    sockets.close();
    server.close();
    server.closeAllConnections();
  });
  const arrived: (number | string)[] = [];
  const collector = await connected;
  collector.on('message', (data) => {
    const frame = decodeFrame(data as Buffer);
    arrived.push(frame.type === 'results' ? (frame.batch.records[0]?.seq ?? 0) : frame.type);
  });
  await new Promise((resolve) => agent.once('open', resolve));
  return { proxy, agent, collector, arrived };
}

function results(seq: number): Uint8Array {
  return encodeFrame({ type: 'results', batch: { boot: 'boot-1', records: [recordOf(seq)] } });
}

const goodbye = encodeFrame({ type: 'goodbye', stoppedAtMs: 1, reason: 'test' });

async function until(reached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!reached() && performance.now() < deadlineMs) await sleep(10);
  expect(reached()).toBe(true);
}

describe('FrameProxy', () => {
  it('carries frames both ways as they are', async () => {
    const { agent, collector, arrived } = await way();
    const back: string[] = [];
    agent.on('message', (data) => back.push(decodeFrame(data as Buffer).type));
    for (const seq of [1, 2, 3]) agent.send(results(seq));
    collector.send(encodeFrame({ type: 'ack', boot: 'boot-1', seq: 3, credit: 10 }));
    await until(() => arrived.length === 3 && back.length === 1);
    expect(arrived).toEqual([1, 2, 3]);
    expect(back).toEqual(['ack']);
  });

  it('repeats results', async () => {
    const { agent, arrived, proxy } = await way();
    proxy.trouble = { duplicate: 1, reorder: 0 };
    agent.send(results(1));
    agent.send(goodbye);
    await until(() => arrived.length === 3);
    expect(arrived).toEqual([1, 1, 'goodbye']);
    expect(proxy.done).toEqual({ duplicated: 1, reordered: 0 });
  });

  it('swaps results with the next, and nothing that is not of their kind', async () => {
    const { agent, arrived, proxy } = await way();
    proxy.trouble = { duplicate: 0, reorder: 1 };
    agent.send(results(1));
    agent.send(goodbye);
    agent.send(results(2));
    await until(() => arrived.length === 3);
    expect(arrived).toEqual(['goodbye', 2, 1]);
    expect(proxy.done).toEqual({ duplicated: 0, reordered: 1 });
  });

  it('lets a frame go on that finds nothing to change places with', async () => {
    const { agent, arrived, proxy } = await way();
    proxy.trouble = { duplicate: 0, reorder: 1 };
    agent.send(results(1));
    await until(() => arrived.length === 1);
    expect(proxy.done.reordered).toBe(0);
  });

  it('repeats acks on their way back', async () => {
    const { agent, collector, proxy } = await way();
    proxy.trouble = { duplicate: 1, reorder: 0 };
    const seqs: number[] = [];
    agent.on('message', (data) => {
      const frame = decodeFrame(data as Buffer);
      if (frame.type === 'ack') seqs.push(frame.seq);
    });
    collector.send(encodeFrame({ type: 'ack', boot: 'boot-1', seq: 7, credit: 10 }));
    await until(() => seqs.length === 2);
    expect(seqs).toEqual([7, 7]);
  });

  it('answers no ping itself: who does not answer is not there', async () => {
    const { agent, collector } = await way();
    let pongs = 0;
    agent.on('pong', () => {
      pongs += 1;
    });
    agent.ping();
    await until(() => pongs === 1);
    collector.pause();
    agent.ping();
    await sleep(200);
    expect(pongs).toBe(1);
  });

  it('passes on the code and the reason of a close, and a cut as a cut', async () => {
    const closed = (socket: WebSocket) =>
      new Promise<string>((resolve) => {
        socket.once('close', (code, reason) => resolve(`${code} ${reason}`));
      });
    const first = await way();
    const byCollector = closed(first.agent);
    first.collector.close(4503, 'unavailable');
    expect(await byCollector).toBe('4503 unavailable');
    const second = await way();
    const byAgent = closed(second.collector);
    second.agent.terminate();
    expect(await byAgent).toBe('1006 ');
  });

  it('passes on that an upgrade is refused, and when to come back', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 3\r\nconnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = await FrameProxy.start(() => 0);
    onTestFinished(async () => {
      await proxy.close();
      server.close();
    });
    proxy.upstreamPort = (server.address() as AddressInfo).port;
    const agent = new WebSocket(`ws://127.0.0.1:${proxy.port}/v1/agent`, [SUBPROTOCOL]);
    const answer = await new Promise<IncomingMessage>((resolve) => {
      agent.once('unexpected-response', (_request, response) => resolve(response));
    });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '3']);
    agent.on('error', () => undefined);
    agent.terminate();
  });

  it('cuts who comes while no collector is there', async () => {
    const proxy = await FrameProxy.start(() => 0);
    onTestFinished(() => proxy.close());
    const agent = new WebSocket(`ws://127.0.0.1:${proxy.port}/v1/agent`, [SUBPROTOCOL]);
    const error = await new Promise<Error>((resolve) => {
      agent.once('error', resolve);
    });
    expect(error).toBeInstanceOf(Error);
  });
});
