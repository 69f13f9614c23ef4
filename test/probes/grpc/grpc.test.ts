import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { grpcProbe } from '../../../probes/grpc/grpc.ts';
import { GRPC_LIMITS } from '../../../probes/grpc/params.ts';
import { probeOf } from '../../../probes/registry.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { startScriptedServer } from '../net/scripted-server.ts';
import { failureOf, runProbe } from '../tcp/support.ts';
import { type HealthServer, refusing, replying, startHealthServer } from './health-server.ts';

const closers: (() => unknown)[] = [];
const SERVING = replying('0801');

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(...args: Parameters<typeof startHealthServer>): Promise<HealthServer & { url: string }> {
  const server = await startHealthServer(...args);
  closers.push(() => server.close());
  return { ...server, url: `${args[1] ? 'grpcs' : 'grpc'}://127.0.0.1:${server.port}` };
}

describe('the probe', () => {
  it('is registered', () => {
    expect(probeOf('grpc')).toBe(grpcProbe);
  });

  it('asks the standard service, and is content when it serves', async () => {
    const { url, calls } = await serve(SERVING);
    const result = await runProbe(grpcProbe, url);
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: {
        http_status: '200',
        grpc_status: 'OK',
        serving_status: 'serving',
        server_ip: '127.0.0.1',
      },
      metrics: { connect_ms: expect.any(Number), grpc_call_ms: expect.any(Number) },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'call']);
    expect(calls).toMatchObject([
      {
        path: '/grpc.health.v1.Health/Check',
        message: '0000000000',
        headers: {
          ':method': 'POST',
          ':authority': url.slice(7),
          'content-type': 'application/grpc',
          te: 'trailers',
          'user-agent': expect.stringMatching(/^Outrider\//),
        },
      },
    ]);
  });

  it('asks for one service by its name', async () => {
    const { url, calls } = await serve(SERVING);
    await runProbe(grpcProbe, url, { service: 'feed' });
    expect(calls[0]?.message).toBe('0000000006' + '0a0466656564');
  });

  it('goes over TLS, agrees on HTTP/2, and looks at the certificate', async () => {
    const authority = makeAuthority('Test authority');
    const { url } = await serve(SERVING, makeCertificate({ names: ['127.0.0.1'], authority }));
    const network = loopbackNetwork({ trustedCa: authority.cert });
    const result = await runProbe(grpcProbe, url, {}, { network });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { tls_version: 'TLSv1.3' } });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'tls', 'call']);
    expect(failureOf(await runProbe(grpcProbe, url))).toMatchObject({ layer: 'tls', code: 'cert_untrusted' });
    const other = await runProbe(grpcProbe, url, { serverName: 'other.test' }, { network });
    expect(failureOf(other)).toMatchObject({ layer: 'tls', code: 'cert_name' });
  });

  it('sends credentials of the agent, and shows them to nobody', async () => {
    const { url, calls } = await serve(refusing('16', 'no: Bearer top-secret'));
    const secret = () => 'top-secret';
    const result = await runProbe(grpcProbe, url, { credentials: 'health' }, { secret });
    expect(calls[0]?.headers.authorization).toBe('Bearer top-secret');
    expect(failureOf(result)).toMatchObject({ layer: 'http', code: 'denied' });
    expect(JSON.stringify(result)).not.toContain('top-secret');
  });
});

describe('a server that is not well', () => {
  it.each([
    ['not serving', replying('0802'), 'content', 'not_serving', 'NOT_SERVING'],
    ['in no known state', replying(''), 'content', 'not_serving', 'UNKNOWN'],
    ['without this service', refusing('5', 'no%20such'), 'content', 'not_found', 'no such'],
    ['without a health service', refusing('12', ''), 'http', 'status', 'has no service'],
    ['unavailable', refusing('14', 'draining'), 'http', 'status', 'UNAVAILABLE: draining'],
    ['shut to us', refusing('7', ''), 'http', 'denied', 'PERMISSION_DENIED'],
    ['late with its failure', replying('0801', '13', 'oh'), 'http', 'status', 'INTERNAL: oh'],
    ['answering nonsense', replying('ff'), 'http', 'bad_response', 'HealthCheckResponse'],
    ['too talkative', replying('00'.repeat(GRPC_LIMITS.answerBytes.value)), 'http', 'too_large', 'larger'],
  ])('%s', async (_name, answer, layer, code, text) => {
    const { url } = await serve(answer);
    const failure = failureOf(await runProbe(grpcProbe, url, { service: 'feed' }));
    expect(failure).toMatchObject({ layer, blame: 'target', code });
    expect(failure?.message).toContain(text);
  });

  it.each([
    [502, 'status'],
    [403, 'denied'],
    [200, 'bad_response'],
  ])('behind a proxy that answers %i', async (status, code) => {
    const { url } = await serve((stream) => {
      stream.respond({ ':status': status, 'content-type': 'text/html' });
      stream.end('<h1>no</h1>');
    });
    expect(failureOf(await runProbe(grpcProbe, url))).toMatchObject({ layer: 'http', code });
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['speaks HTTP/1.1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'bad_response'],
    ['resets', (socket) => socket.resetAndDestroy(), 'reset'],
    ['hangs up', (socket) => socket.end(), 'reset'],
    ['is silent', () => undefined, 'timeout'],
  ])('since it %s', async (_name, script, code) => {
    const server = await startScriptedServer((socket) => {
      socket.once('data', () => script(socket));
    });
    closers.push(() => server.close());
    const result = await runProbe(grpcProbe, `grpc://127.0.0.1:${server.port}`, {}, { timeoutMs: 600 });
    expect(failureOf(result)).toMatchObject({ layer: 'http', code });
    expect(result.metrics.grpc_call_ms).toBeUndefined();
    await server.allClosed();
  });
});

describe('what is forbidden', () => {
  it.each([
    'grpc://127.0.0.1:50051',
    'grpcs://10.0.0.1',
    'grpc://0x7f.1:1',
    'grpc://[::1]:1',
    'https://localhost/',
  ])('%s is refused', async (url) => {
    const network = loopbackNetwork({ policy: { allow: [], deny: [] } });
    expect(failureOf(await runProbe(grpcProbe, url, {}, { network }))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'forbidden_target',
    });
  });
});
