/** A real server that takes what is sent; `answer` says how to treat each request, by its number from 0. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpReceiver {
  /** With a path and a query, which are secrets of a webhook. */
  readonly url: string;
  readonly received: Received[];
  /** The bodies, read. */
  json<T>(): T[];
  answer: (response: ServerResponse, i: number) => void;
  close(): Promise<void>;
}

export const ok = (response: ServerResponse): void => void response.writeHead(204).end();
export const status =
  (code: number, headers: Record<string, string> = {}, body = 'no') =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end(body);

export async function startReceiver(answer: HttpReceiver['answer'] = ok): Promise<HttpReceiver> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      receiver.answer(response, received.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/t0psecret?key=hush`,
    received,
    json: <T>() => received.map(({ body }) => JSON.parse(body) as T),
    answer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
