import { once } from 'node:events';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { CUT_KINDS } from '../../../probes/upload/cut.ts';
import { uploadParams } from '../../../probes/upload/params.ts';
import { type BodyRequest, type BodySent, sendBody, unanswered } from '../../../probes/upload/send-body.ts';
import type { UploadRun } from '../../../probes/upload/upload-run.ts';
import { withUploadRun } from '../../../probes/upload/with-upload-run.ts';
import { makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';
import { bodyOf } from './upload-servers.ts';

const SIZE = 1_000_000;
const certificate = makeCertificate({ names: ['127.0.0.1'] });
const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

async function serve(answer: RequestListener, transport: 'http' | 'https' = 'http'): Promise<string> {
  const server = transport === 'http' ? createHttp(answer) : createHttps(certificate, answer);
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${transport}://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

/** What `use` does with a run against the address. */
async function within<T>(url: string, use: (run: UploadRun) => Promise<T>, timeoutMs?: number) {
  const network = loopbackNetwork({ trustedCa: certificate.cert });
  const context = runContext({ network, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const params = uploadParams.parse({ protocol: 'put', sizeBytes: SIZE });
  let value: T | undefined;
  const result: RunResult = await withUploadRun(
    context,
    { name: 't', url, labels: {} },
    params,
    'upload',
    async (run) => {
      value = await use(run);
      return undefined;
    },
  );
  return { value: value as T, result };
}

function put(run: UploadRun, request: Partial<BodyRequest> = {}): Promise<BodySent> {
  return sendBody(run, { method: 'PUT', url: run.url, headers: {}, body: run.payload, ...request }, 'put');
}

const hasTcpInfo = (await loadTcpInfo()) !== undefined;

describe.each(['http', 'https'] as const)('a body over %s', (transport) => {
  it('arrives whole, with its length, and its times are in order', async () => {
    const seen: { length?: string | undefined; body?: Buffer } = {};
    const url = await serve(async (request, response) => {
      seen.length = request.headers['content-length'];
      seen.body = await bodyOf(request);
      response.writeHead(201).end('done');
    }, transport);
    const { value, result } = await within(url, async (run) => {
      const sent = await put(run);
      return { sent, isSame: seen.body?.equals(run.payload) };
    });
    expect(seen.length).toBe(String(SIZE));
    expect(value.isSame).toBe(true);
    if (!value.sent.ok) throw new Error(value.sent.failure.message);
    const { firstByteMs, firstAckedMs = firstByteMs, accepted, response, endMs, answer } = value.sent;
    const times = [firstByteMs, firstAckedMs, accepted.atMs, response.headMs, endMs];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(answer.toString()).toBe('done');
    if (hasTcpInfo) expect(accepted.clock).toBe('tcp_info');
    if (hasTcpInfo) expect(result.metrics.upload_retrans_bytes).toBeGreaterThanOrEqual(0);
    expect(result.attributes).toHaveProperty('limited_by');
  });

  it.each(CUT_KINDS)('is cut to the byte: %s', async (kind) => {
    let received = 0;
    let ended = false;
    const url = await serve((request) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.on('error', () => undefined);
      request.on('close', () => {
        ended = true;
      });
    }, transport);
    const { value } = await within(url, async (run) => {
      const sent = await put(run, { cut: { atBytes: 300_001, kind } });
      await expect.poll(() => received).toBe(300_001);
      if (kind === 'reset') await expect.poll(() => ended).toBe(true);
      const wasEnded = ended;
      // The next request does not wait for the silent connection.
      const next = run.session.request(run.url, {
        method: 'GET',
        maxBodyBytes: 10,
        signal: AbortSignal.timeout(300),
      });
      expect(await next).toMatchObject({ ok: false, failure: { code: 'timeout' } });
      expect(run.session.connectionCount).toBe(2);
      return { sent, wasEnded };
    });
    expect(value.sent).toMatchObject({ ok: false, isCut: true, failure: { code: 'reset' } });
    expect(value.wasEnded).toBe(kind === 'reset');
    if (hasTcpInfo) expect(value.sent).toMatchObject({ ackedBytes: 300_001, evidence: 'accepted' });
    // Nothing is left open after the run.
    await expect.poll(() => ended).toBe(true);
  });

  it('stays silent once it was left half open, whatever the service answers and when it hangs up', async () => {
    const half: Socket[] = [];
    const url = await serve((request, response) => {
      if (request.method === 'GET') return response.end();
      request.on('error', () => undefined).resume();
      return half.push(request.socket);
    }, transport);
    await within(url, async (run) => {
      expect(await put(run, { cut: { atBytes: 300_001, kind: 'half_open' } })).toMatchObject({ isCut: true });
      const [peer] = half as [Socket];
      peer.end('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
      await once(peer, 'finish');
      // Longer than it takes to hang up in return.
      await run.session.request(run.url, { method: 'GET', maxBodyBytes: 10 });
      await setTimeout(100);
      expect(peer.closed).toBe(false);
    });
    await expect.poll(() => half[0]?.closed).toBe(true);
  });

  it.skipIf(!hasTcpInfo).each(CUT_KINDS)(
    'is refused, and not cut, when the answer begins before the cut was due: %s',
    async (kind) => {
      const url = await serve((_request, response) => {
        // Nothing of the body is read: it waits in the kernels, and the cut for it.
        response.writeHead(403).write('no ');
        void setTimeout(200).then(() => response.end('entry'));
      }, transport);
      const { value } = await within(url, (run) => put(run, { cut: { atBytes: SIZE - 1, kind } }));
      expect(value).toMatchObject({ ok: true, response: { status: 403 } });
      expect(value.ok && value.answer.toString()).toBe('no entry');
      expect(value).not.toHaveProperty('isCut');
    },
  );
});

describe('a body', () => {
  it('that is refused in the middle ends at once, with the answer', async () => {
    const url = await serve((_request, response) => {
      // Nothing of the body is read.
      response.writeHead(413).end('too large');
    });
    const { value } = await within(url, (run) => put(run, { body: Buffer.alloc(32 * 1024 * 1024) }));
    expect(value).toMatchObject({ ok: true, response: { status: 413 } });
    expect(value.ok && value.answer.toString()).toBe('too large');
  });

  it('that is never taken is pending at the deadline, which is the fault of the way there', async () => {
    const url = await serve((request) => void request.pause());
    const { value } = await within(url, (run) => put(run, { body: Buffer.alloc(32 * 1024 * 1024) }), 1500);
    expect(value).toMatchObject({ ok: false, evidence: 'pending', failure: { code: 'timeout' } });
    if (value.ok) throw new Error('it was answered');
    expect(unanswered(value, true)).toMatchObject({ layer: 'upload_chunk', blame: 'network' });
    // What both kernels hold of it was taken all the same.
    if (hasTcpInfo) expect(value.ackedBytes).toBeGreaterThan(0);
    if (hasTcpInfo) expect(value.ackedBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it('that is taken and never answered is the fault of the service', async () => {
    const url = await serve((request) => void request.resume());
    const { value } = await within(url, (run) => put(run), 1500);
    if (value.ok) throw new Error('it was answered');
    expect(value.evidence).toBe('accepted');
    expect(unanswered(value, true)).toMatchObject({ layer: 'upload_commit', blame: 'target' });
  });

  it('of no bytes is sent with that length', async () => {
    let length: string | undefined;
    const url = await serve((request, response) => {
      length = request.headers['content-length'];
      response.end();
    });
    const { value } = await within(url, (run) => put(run, { body: Buffer.alloc(0) }));
    expect(value.ok).toBe(true);
    expect(length).toBe('0');
  });

  it('tells of interim responses, and counts the offsets that the service names as confirmed', async () => {
    const url = await serve(async (request, response) => {
      const { socket } = response;
      socket?.write('HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: 1000\r\n\r\n');
      await bodyOf(request);
      response.writeHead(308, { range: `bytes=0-${SIZE - 1}` }).end();
    });
    const interim: [number, string | undefined][] = [];
    const { value, result } = await within(url, (run) =>
      put(run, { onInterim: (status, headers) => interim.push([status, headers['upload-offset']]) }),
    );
    expect(interim).toEqual([[104, '1000']]);
    if (!value.ok) throw new Error(value.failure.message);
    const tookMs = value.response.headMs - value.firstByteMs;
    expect(result.metrics.upload_goodput_server_bps).toBe(Math.round((SIZE * 8 * 1000) / tookMs));
    expect(result.metrics.upload_chunk_ms).toBe(tookMs);
  });

  it('goes over a session of its own at the same time as others, and is closed with the run', async () => {
    const ports = new Set<number | undefined>();
    let open = 0;
    const url = await serve(async (request, response) => {
      ports.add(request.socket.remotePort);
      open++;
      request.socket.on('close', () => open--);
      await bodyOf(request);
      // None is answered before all are there.
      await expect.poll(() => ports.size).toBe(3);
      response.end();
    });
    const { value, result } = await within(url, (run) => {
      const sessions = ['part 1', 'part 2'].map((name) => run.openSession(name));
      return Promise.all([put(run), ...sessions.map((session) => put(run, { session }))]);
    });
    expect(value.map(({ ok }) => ok)).toEqual([true, true, true]);
    const notes = result.phases.filter(({ name }) => name === 'connect').map(({ note }) => note);
    expect(notes.toSorted()).toEqual([new URL(url).host, 'part 1', 'part 2'].toSorted());
    await expect.poll(() => open).toBe(0);
  });
});
