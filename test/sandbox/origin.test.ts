import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { errorCode, exchange } from './http-client.ts';

let dataDir: string;
const started: Origin[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sandbox-origin-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startOrigin>[0]> = {}): Promise<Origin> {
  const origin = await startOrigin({ dataDir, ...options });
  started.push(origin);
  return origin;
}

describe('startOrigin', () => {
  it('listens on loopback, on a free port or the one asked for', async () => {
    const first = await start();
    expect(first.url).toBe(`http://127.0.0.1:${first.port}`);
    await first.close();
    const second = await start({ port: first.port });
    expect(second.port).toBe(first.port);
    expect((await exchange(`${second.url}/`)).status).toBe(200);
  });

  it('fails when its port is taken', async () => {
    const { port } = await start();
    expect(await errorCode(startOrigin({ dataDir, port }))).toBe('EADDRINUSE');
  });

  it('lets an answer on its way end before it closes', async () => {
    const origin = await start({ limits: { closeMs: 20_000 } });
    const agent = new Agent({ keepAlive: true });
    await exchange(`${origin.url}/`, { agent });
    const answer = exchange(`${origin.url}/v/clip.mp4?pause_at=1000&pause_ms=100`, { agent });
    await exchange(`${origin.url}/`);
    await origin.close();
    expect((await answer).complete).toBe(true);
    agent.destroy();
    expect(await errorCode(exchange(`${origin.url}/`))).toBe('ECONNREFUSED');
  });

  it('cuts answers that take too long when it closes', async () => {
    const origin = await start({ limits: { closeMs: 20 } });
    const answer = errorCode(exchange(`${origin.url}/?delay_ms=30000`));
    await exchange(`${origin.url}/`);
    await origin.close();
    expect(await answer).toBe('ECONNRESET');
  });

  it('closes connections past the limit at once, and takes others when there is room again', async () => {
    const origin = await start({ limits: { connections: 2 } });
    const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    for (const agent of agents) expect((await exchange(`${origin.url}/`, { agent })).status).toBe(200);
    expect(await errorCode(exchange(`${origin.url}/`))).toBe('ECONNRESET');
    for (const agent of agents) agent.destroy();
    await expect
      .poll(() =>
        exchange(`${origin.url}/`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('stops waiting for a client that has left', async () => {
    const origin = await start({ limits: { closeMs: 20_000 } });
    const leaving = new AbortController();
    const answer = errorCode(exchange(`${origin.url}/?delay_ms=30000`, { signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 20);
    expect(await answer).toBe('ABORT_ERR');
    // Would last for the limit of closing if the answer were still waited for.
    const startedMs = performance.now();
    await origin.close();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
