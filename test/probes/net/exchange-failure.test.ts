import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange } from '../../../probes/net/exchange.ts';
import { clock, loopbackNetwork } from './run-context.ts';

/** What a request ends with that is made a moment after the connection. */
async function failureOf(greet: (socket: Socket) => void) {
  const server = createServer((socket) => greet(socket.on('error', () => {}).resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const signal = AbortSignal.timeout(5000);
  const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
  const connected = await loopbackNetwork({}).connect(endpoint, signal);
  if (!connected.ok) throw new Error(connected.failure.message);
  await sleep(50);
  const request = { method: 'GET', path: '/', host: 'a.test' };
  const end = await exchange(connected, request, { clock, signal, maxBodyBytes: 1000 });
  connected.socket.destroy();
  return end.ok ? undefined : end.failure;
}

describe('a connection that is over before the request', () => {
  it('because the server spoke unasked is a broken answer, and no reset', async () => {
    const failure = await failureOf((socket) => void socket.write('220 mail.test ESMTP\r\n'));
    expect(failure).toMatchObject({ layer: 'http', blame: 'target', code: 'bad_response' });
    expect(failure?.message).toContain('before it was asked');
  });

  it('because the server closed it is a reset by the target', async () => {
    const failure = await failureOf((socket) => void socket.end());
    expect(failure).toMatchObject({ layer: 'http', blame: 'target', code: 'reset' });
  });

  it('because it was reset is one by the network, for all that is known', async () => {
    const failure = await failureOf((socket) => void setTimeout(() => socket.resetAndDestroy(), 20));
    expect(failure).toMatchObject({ layer: 'http', blame: 'network', code: 'reset' });
  });
});
