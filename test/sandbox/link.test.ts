import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../sandbox/clock.ts';
import type { FaultEffect } from '../../sandbox/fault.ts';
import { FaultBoard } from '../../sandbox/fault-board.ts';
import { Link } from '../../sandbox/link.ts';
import { errorCode } from './http-client.ts';

let server: Server;
let board: FaultBoard;
let client: Socket;
let link: Link;

beforeEach(async () => {
  board = new FaultBoard(systemClock, () => 0);
  const linked = Promise.withResolvers<Link>();
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    linked.resolve(new Link(socket, board, systemClock)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  link = await linked.promise;
});

afterEach(async () => {
  link.destroy();
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** In effect until it is taken away. */
function inject(...effects: FaultEffect[]): void {
  board.set(effects.map((effect) => ({ ...effect, startMs: 0, endMs: Infinity })));
}

/** Everything until the end of a stream. */
async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a link', () => {
  it('carries bytes and ends both ways, each end by itself', async () => {
    const [there, back] = [randomBytes(500_000), randomBytes(500_000)];
    client.end(there);
    expect((await read(link)).equals(there)).toBe(true);
    link.end(back);
    expect((await read(client)).equals(back)).toBe(true);
  });

  it('keeps every byte in order while the bandwidth comes, changes and goes', async () => {
    const sent = randomBytes(60_000);
    inject({ kind: 'bandwidth', value: { bitsPerSecond: 400_000 } });
    client.end(sent);
    const received = read(link);
    setTimeout(() => inject({ kind: 'bandwidth', value: { bitsPerSecond: 800_000 } }), 100);
    setTimeout(() => board.set([]), 250);
    expect((await received).equals(sent)).toBe(true);
  });

  it('limits each direction by itself', async () => {
    const sent = randomBytes(100_000);
    inject({ kind: 'bandwidth', value: { bitsPerSecond: 800_000 } });
    const startedMs = performance.now();
    client.end(sent);
    link.end(sent);
    await Promise.all([read(link), read(client)]);
    // A second each, less what may be saved up: together, not one after the other.
    expect(performance.now() - startedMs).toBeGreaterThan(950);
    expect(performance.now() - startedMs).toBeLessThan(1900);
    await vi.waitFor(() => expect(link.destroyed).toBe(true));
  });

  it('takes no more to send than the peer takes in', async () => {
    client.pause();
    let accepted = 0;
    const offer = (): void => {
      link.write(Buffer.alloc(1 << 20), (error) => {
        if (error || link.destroyed) return;
        accepted += 1;
        offer();
      });
    };
    offer();
    let before = -1;
    await vi.waitFor(
      () => {
        const still = before === accepted;
        before = accepted;
        expect(still).toBe(true);
      },
      { interval: 300, timeout: 20_000 },
    );
    expect(accepted).toBeLessThan(64);
  });

  it('reads nothing while it is frozen, and is gone once it thaws', async () => {
    inject({ kind: 'blackhole', value: {} });
    const seen: Buffer[] = [];
    link.on('data', (chunk) => seen.push(chunk));
    client.write('into the hole');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([seen.length, link.destroyed]).toEqual([0, false]);
    board.set([]);
    await vi.waitFor(() => expect(link.destroyed).toBe(true));
    expect(seen).toEqual([]);
    expect(link.gone.aborted).toBe(true);
  });

  it('forgets a frozen connection that is destroyed, so that nothing waits for the thaw', async () => {
    inject({ kind: 'blackhole', value: {} });
    link.resume();
    link.write('never sent');
    await new Promise((resolve) => setTimeout(resolve, 20));
    link.destroy();
    const late = vi.fn();
    board.onThaw(late)();
    board.set([]);
    expect(late).not.toHaveBeenCalled();
    expect((await read(client)).length).toBe(0);
  });

  it('resets with RST, not with an end', async () => {
    const ended = errorCode(new Promise((_resolve, reject) => client.once('error', reject)));
    await new Promise((resolve) => setTimeout(resolve, 10));
    link.reset();
    expect(await ended).toBe('ECONNRESET');
    expect(link.destroyed).toBe(true);
  });

  it('sends what was written before it is destroyed soon', async () => {
    const body = randomBytes(200_000);
    link.write(body);
    link.destroySoon();
    expect((await read(client)).equals(body)).toBe(true);
    client.end();
    await vi.waitFor(() => expect(link.destroyed).toBe(true));
  });

  it('tells that the peer has gone, and that it is idle', async () => {
    const idle = vi.fn();
    link.on('timeout', idle);
    link.setTimeout(20);
    await vi.waitFor(() => expect(idle).toHaveBeenCalled());
    link.resume();
    client.resetAndDestroy();
    await vi.waitFor(() => expect(link.gone.aborted).toBe(true));
  });
});
