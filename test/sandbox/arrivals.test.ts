import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { ArrivingMessage, arrivalLog, type ReceivedLine } from '../../sandbox/arrivals.ts';

it('tells what arrives before anybody reads it, of each request by itself, and nothing of those without a body', async () => {
  const lines: ReceivedLine[] = [];
  const log = arrivalLog((line) => void lines.push(line));
  const bodies: string[] = [];
  const server = createServer({ IncomingMessage: ArrivingMessage }, (incoming, response) => {
    log(incoming);
    // Nobody reads until the arrival was seen.
    void vi
      .waitFor(() => expect(incoming.method === 'GET' || lines.at(-1)?.url === incoming.url).toBe(true))
      .then(async () => {
        let body = '';
        for await (const chunk of incoming) body += String(chunk);
        bodies.push(body);
        response.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send = (method: string, path: string, body?: string) =>
    new Promise((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', method, path, agent: false }, (answer) => {
        answer.resume().on('end', resolve);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  await send('PUT', '/a?b=1', 'a clip');
  await send('GET', '/');
  await send('POST', '/c', 'another');
  await new Promise((resolve) => server.close(resolve));
  expect(lines).toMatchObject([
    { request: 1, method: 'PUT', url: '/a?b=1', bytes: 6 },
    { request: 2, method: 'POST', url: '/c', bytes: 7 },
  ]);
  expect(bodies).toEqual(['a clip', '', 'another']);
});
