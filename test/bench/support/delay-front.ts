/**
 * In front of an origin: `?wait_ms=N` delays the answer to that one request. The origin's own `delay_ms` goes on to the children of
 * a playlist, so that a start would wait for it once for each request in its chain.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const WAIT_MAX_MS = 10_000;

export interface DelayFront {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startDelayFront(originPort: number): Promise<DelayFront> {
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://front');
    const waitMs = Math.min(WAIT_MAX_MS, Number(url.searchParams.get('wait_ms') ?? 0) || 0);
    const upstream = request({
      host: '127.0.0.1',
      port: originPort,
      path: url.pathname,
      method: incoming.method,
      headers: incoming.headers,
      agent: false,
    });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    setTimeout(() => upstream.end(), waitMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
