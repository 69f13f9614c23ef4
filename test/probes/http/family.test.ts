import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HTTP_LIMITS } from '../../../probes/http/limits.ts';
import type { Network } from '../../../probes/net/network.ts';
import { type NameServer, startNameServer } from '../net/name-server.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { runHttp } from './support.ts';

let names: NameServer;
const servers: Server[] = [];
let port: number;

/** On both loopback addresses, at one port. */
beforeAll(async () => {
  names = await startNameServer({
    'both.test': { a: ['127.0.0.1'], aaaa: ['::1'] },
    'four.test': { a: ['127.0.0.1'] },
    'six.test': { aaaa: ['::1'] },
  });
  port = await listen('127.0.0.1', 0);
  await listen('::1', port);
});

afterAll(() => {
  names.close();
  for (const server of servers) server.close();
});

async function listen(host: string, at: number): Promise<number> {
  const server = createServer((_, response) => response.end('hello'));
  servers.push(server);
  server.listen(at, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const network = (family?: 4 | 6) =>
  loopbackNetwork({ nameServers: [names.address], ...(family === undefined ? {} : { family }) });

describe('the address family', () => {
  it.each([
    ['both.test', 4, '127.0.0.1', ['A both.test']],
    ['both.test', 6, '::1', ['AAAA both.test']],
    ['both.test', 'any', '127.0.0.1', ['A both.test']],
    ['six.test', 'any', '::1', ['A six.test', 'AAAA six.test']],
    ['six.test', 6, '::1', ['AAAA six.test']],
  ])(
    'of %s with %s is dialled as %s, and no other is asked for',
    async (host, family, address, questions) => {
      names.questions.length = 0;
      const result = await runHttp(`http://${host}:${port}/`, { family }, { network: network() });
      expect(result).toMatchObject({ outcome: 'ok', attributes: { server_ip: address } });
      expect(names.questions).toEqual(questions);
    },
  );

  it.each([
    ['four.test', 6],
    ['six.test', 4],
  ])('that %s does not have is not found in dns with %i', async (host, family) => {
    expect(await runHttp(`http://${host}:${port}/`, { family }, { network: network() })).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'dns', code: 'not_found' },
    });
  });

  it.each([
    ['127.0.0.1', 6],
    ['[::1]', 4],
  ])('of the literal %s is not %i', async (host, family) => {
    expect(await runHttp(`http://${host}:${port}/`, { family }, { network: network() })).toMatchObject({
      outcome: 'fail',
      failure: { blame: 'agent' },
    });
  });

  it('that the owner of the agent has ruled out is not dialled', async () => {
    names.questions.length = 0;
    expect(await runHttp(`http://both.test:${port}/`, { family: 6 }, { network: network(4) })).toMatchObject({
      outcome: 'fail',
      failure: { blame: 'agent' },
    });
    expect(names.questions).toEqual([]);
  });

  it.each([
    ['both.test', 'IPv6', '::1'],
    ['four.test', 'IPv4', '127.0.0.1'],
    ['six.test', 'IPv6', '::1'],
    ['127.0.0.1', 'IPv4', '127.0.0.1'],
  ])('of %s is raced for where that is asked for, and %s wins', async (host, eyeballs, address) => {
    const params = { family: 'happy' };
    const result = await runHttp(`http://${host}:${port}/`, params, { network: network() });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { server_ip: address, eyeballs } });
  });

  it('that does not answer loses the race after eyeballsDelayMs, which is a part of connect_ms', async () => {
    const inner = network();
    const aborted: boolean[] = [];
    const slowSix: Network = {
      ...inner,
      connect: (endpoint, signal) => {
        if (endpoint.family !== 6) return inner.connect(endpoint, signal);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(true);
            resolve({
              ok: false,
              failure: { layer: 'connect', blame: 'network', code: 'timeout', message: '' },
            });
          });
        });
      },
    };
    const params = { family: 'happy' };
    const result = await runHttp(`http://both.test:${port}/`, params, { network: slowSix });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { eyeballs: 'IPv4' } });
    expect(result.metrics.connect_ms).toBeGreaterThan(HTTP_LIMITS.eyeballsDelayMs.value - 20);
    expect(aborted).toEqual([true]);
  });

  it('of neither answers: the failure of the one that has addresses is told', async () => {
    const closed = await listen('127.0.0.1', 0);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const params = { family: 'happy' };
    expect(await runHttp(`http://both.test:${closed}/`, params, { network: network() })).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'connect', code: 'refused' },
    });
    expect(await runHttp(`http://none.test:${closed}/`, params, { network: network() })).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'dns', code: 'not_found' },
    });
  });
});
