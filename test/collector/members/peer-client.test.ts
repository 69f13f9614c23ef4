import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { answers, askRelease } from '../../../collector/members/peer-client.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<{ incarnation: string; url: string }> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { incarnation: 'c1-1', url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
}

const AGENTS = [
  { agent: 'a', boot: '1' },
  { agent: 'b', boot: '2' },
];

describe('asking another collector', () => {
  it('names both runs and the agents, and gives what became of each', async () => {
    let body = '';
    const member = await serve((request, response) => {
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.end(JSON.stringify({ states: ['released', 'busy'] })));
    });
    expect(await askRelease(member, 'c2-1', AGENTS)).toEqual({
      kind: 'states',
      states: ['released', 'busy'],
    });
    expect(JSON.parse(body)).toEqual({ from: 'c2-1', incarnation: 'c1-1', agents: AGENTS });
  });

  it('finds it gone where nothing listens, or another run answers', async () => {
    const member = await serve((_, response) => response.writeHead(409).end('{}'));
    expect(await askRelease(member, 'c2-1', AGENTS)).toEqual({ kind: 'gone' });
    expect(await answers(member, 'c2-1')).toBe(false);
    await new Promise((resolve) => server?.close(resolve));
    expect(await askRelease(member, 'c2-1', AGENTS)).toEqual({ kind: 'gone' });
    server = undefined;
  });

  it.each([
    [
      'an error',
      (_: unknown, response: { writeHead(status: number): { end(): void } }) => response.writeHead(503).end(),
    ],
    ['no JSON', (_: unknown, response: { end(text: string): void }) => response.end('hello')],
    [
      'too few answers',
      (_: unknown, response: { end(text: string): void }) => response.end('{"states":["released"]}'),
    ],
    [
      'an unknown state',
      (_: unknown, response: { end(text: string): void }) => response.end('{"states":["gone","gone"]}'),
    ],
    [
      'a redirect',
      (_: unknown, response: { writeHead(status: number, head: object): { end(): void } }) =>
        response.writeHead(302, { location: '/' }).end(),
    ],
  ])('does not take %s for an answer', async (_, listener) => {
    const member = await serve(listener as RequestListener);
    expect(await askRelease(member, 'c2-1', AGENTS)).toMatchObject({ kind: 'unanswered' });
    expect(await answers(member, 'c2-1')).toBeUndefined();
  });

  it('waits so long and no longer', async () => {
    const member = await serve(() => undefined);
    const startedMs = performance.now();
    expect(await askRelease(member, 'c2-1', AGENTS)).toMatchObject({ kind: 'unanswered' });
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(MEMBER_LIMITS.peerAnswerMs.value - 50);
    expect(tookMs).toBeLessThan(MEMBER_LIMITS.peerAnswerMs.value + 2000);
  });

  it('tries a second time when the connection breaks', async () => {
    let times = 0;
    const member = await serve((request, response) => {
      times += 1;
      if (times === 1) request.socket.destroy();
      else response.end(JSON.stringify({ states: ['released', 'released'] }));
    });
    expect(await askRelease(member, 'c2-1', AGENTS)).toMatchObject({ kind: 'states' });
  });
});
