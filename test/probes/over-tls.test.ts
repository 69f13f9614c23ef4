import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo } from '../../probes/net/tcp-info.ts';
import type { RunResult } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import { makeAuthority, makeCertificate } from './net/certificates.ts';
import { loopbackNetwork, runContext } from './net/run-context.ts';
import { clip } from './playback/clips.ts';
import { bodyOf } from './upload/upload-servers.ts';

const authority = makeAuthority('Outrider test authority');
const certificate = makeCertificate({ names: ['localhost', '127.0.0.1'], authority });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Where the server is, under the name of its certificate. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(certificate, answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function run(
  type: string,
  port: number,
  path: string,
  params: object,
  trusted = true,
): Promise<RunResult> {
  const probe = probeOf(type);
  if (!probe) throw new Error(`there is no probe ${type}`);
  const network = loopbackNetwork({
    connectTo: { [`localhost:${port}`]: `127.0.0.1:${port}` },
    ...(trusted ? { trustedCa: authority.cert } : {}),
  });
  const target = { name: 'secure', url: `https://localhost:${port}${path}`, labels: {} };
  return probe.run(runContext({ network }), target, probe.params.parse(params));
}

describe('over TLS', () => {
  it('playback tells the handshake apart, and the version', async () => {
    const file = clip('v/clip.mp4');
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': file.length }).end(file);
    });
    const result = await run('playback', port, '/v.mp4', {});
    expect(result).toMatchObject({ outcome: 'ok', attributes: { tls_version: 'TLSv1.3' } });
    expect(result.metrics.tls_ms).toBeGreaterThan(0);
    expect(result.phases.map(({ name }) => name)).toEqual([
      'connect',
      'tls',
      'media wait',
      'media read',
      'decode',
    ]);
    const { connect_ms = 0, tls_ms = 0, ttfb_ms = 0, first_frame_ms = 0 } = result.metrics;
    expect(first_frame_ms).toBeGreaterThan(connect_ms + tls_ms + ttfb_ms);
  });

  it('uploads read what the kernel says of the connection beneath', async () => {
    const D = 600;
    const bodies: number[] = [];
    const port = await serve(async (request, response) => {
      bodies.push((await bodyOf(request)).length);
      setTimeout(() => response.writeHead(201).end(), D);
    });
    const params = { protocol: 'put', sizeBytes: 2_000_000, cleanup: false };
    const result = await run('upload', port, '/v.mp4', params);
    expect(result.outcome).toBe('ok');
    expect(bodies).toEqual([2_000_000]);
    expect(result.metrics.upload_commit_ms).toBeGreaterThan(D * 0.8);
    if (await loadTcpInfo()) expect(result.attributes.send_clock).toBe('tcp_info');
  });

  it.each(['playback', 'upload'])('%s fails in tls when the certificate is not trusted', async (type) => {
    const port = await serve((_request, response) => response.end());
    const result = await run(type, port, '/', {}, false);
    expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'tls', code: 'cert_untrusted' } });
  });
});
