import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { CUT_KINDS, cutPoints } from '../../../probes/upload/cut.ts';
import { makePayload } from '../../../probes/upload/payload.ts';
import { uploadProbe } from '../../../probes/upload/upload.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';
import { failureOf } from './probe-run.ts';
import { tusAnswers } from './upload-servers.ts';

const MIB = 1024 * 1024;
const authority = makeAuthority('Outrider test authority');
const certificate = makeCertificate({ names: ['localhost'], authority });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A tus server behind TLS that keeps what it received of a chunk that breaks off, up to the question for the offset. */
async function secureTus() {
  let held: Buffer = Buffer.alloc(0);
  let round = 0;
  const offsets: number[] = [];
  const answer = tusAnswers({
    head: (_request, response) => {
      round++;
      offsets.push(held.length);
      response.writeHead(200, { 'upload-offset': held.length }).end();
    },
    patch: (request, response) => {
      const mine = round;
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => {
        if (mine === round) held = Buffer.concat([held, chunk]);
      });
      request.on('end', () => response.writeHead(204, { 'upload-offset': held.length }).end());
    },
  });
  const server = createServer(certificate, (request, response) => void answer(request, response, 0));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, offsets, held: () => held };
}

function uploadTo(port: number, params: object): Promise<RunResult> {
  const network = loopbackNetwork({
    connectTo: { [`localhost:${port}`]: `127.0.0.1:${port}` },
    trustedCa: authority.cert,
  });
  const target = { name: 'secure', url: `https://localhost:${port}/files/`, labels: {} };
  return uploadProbe.run(runContext({ network }), target, uploadProbe.params.parse(params));
}

describe.each(CUT_KINDS)('over TLS, an upload that is cut (%s)', (cut) => {
  it('is resumed, and what is lost is counted in bytes of the payload', async () => {
    const server = await secureTus();
    const params = { sizeBytes: 2 * MIB, chunkBytes: 2 * MIB, cutAtPercent: [10, 50, 90], cut };
    const result = await uploadTo(server.port, params);
    expect(failureOf(result)).toBe('ok');
    const { bytes } = await makePayload({ sizeBytes: 2 * MIB, kind: 'video' }, () => 0.5);
    expect(server.held().equals(bytes)).toBe(true);
    expect(result.attributes).toMatchObject({
      resumed: 'true',
      cut_at_percent: '10,50,90',
      tls_version: 'TLSv1.3',
    });
    if (!(await loadTcpInfo())) return;
    const acked = cutPoints(2 * MIB, [10, 50, 90]);
    const lost = acked.map((bytes, n) => bytes - (server.offsets[n] ?? Number.NaN));
    expect(result.metrics.upload_resume_lost_bytes).toBe(lost.reduce((sum, one) => sum + one));
  });
});
