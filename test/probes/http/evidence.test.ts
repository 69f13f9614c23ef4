import { afterEach, describe, expect, it } from 'vitest';
import { httpProbe } from '../../../probes/http/http.ts';
import { RunRecorder } from '../../../probes/run-recorder.ts';
import { clock, loopbackNetwork, runContext } from '../net/run-context.ts';
import { serveH2 } from './h2-server.ts';
import { type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const SERVERS: readonly (readonly [string, () => Promise<Served>])[] = [
  [
    '1.1',
    () =>
      serve((_, response) => response.writeHead(503, { 'content-type': 'text/plain' }).end('over capacity')),
  ],
  [
    '2',
    () =>
      serveH2((stream) => {
        stream.respond({ ':status': 503, 'content-type': 'text/plain' });
        stream.end('over capacity');
      }),
  ],
];

/** What an agent has seen of a run when it is over. */
async function evidenceOf(url: string, params: object, network = loopbackNetwork()) {
  const recorder = new RunRecorder(clock);
  const context = runContext({ network: recorder.network(network) });
  const secret = recorder.secret(() => 's3cret-word');
  const target = { name: 'test', url, labels: {} };
  const result = await httpProbe.run({ ...context, secret }, target, httpProbe.params.parse(params));
  return recorder.evidence(result.phases);
}

describe('the evidence of a failed run', () => {
  it.each(SERVERS)(
    'over HTTP/%s has what was asked and answered, without the secret',
    async (version, start) => {
      const server = await start();
      closers.push(() => server.close());
      const { requests, dials } = await evidenceOf(server.url, { version, credentials: 'key' });
      expect(dials).toMatchObject([{ address: '127.0.0.1' }]);
      expect(requests).toMatchObject([
        { method: 'GET', url: server.url, status: 503, body: 'over capacity' },
      ]);
      expect(JSON.stringify(requests)).not.toContain('s3cret-word');
    },
  );

  it.each(SERVERS)('over a kept connection of HTTP/%s is that of its own run', async (version, start) => {
    const server = await start();
    closers.push(() => server.close());
    const network = loopbackNetwork();
    const params = { version, connection: 'warm' };
    const first = await evidenceOf(`${server.url}a`, params, network);
    const second = await evidenceOf(`${server.url}a`, params, network);
    expect([first.dials.length, second.dials.length]).toEqual([1, 0]);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    expect(second.requests).toMatchObject([{ status: 503, body: 'over capacity' }]);
  });
});
