import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import { makePayload } from '../../../probes/upload/payload.ts';
import { failureOf, upload } from './probe-run.ts';
import {
  acceptPatch,
  bodyOf,
  type RealTus,
  startScripted,
  startTus,
  tusAnswers,
  type UploadServer,
} from './upload-servers.ts';

const KIB = 1024;
const SIZE = 256 * KIB;
/** What the test context makes of its draws. */
const { bytes: payload } = await makePayload({ sizeBytes: SIZE, kind: 'video' }, () => 0.5);

const servers: UploadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function real(meddle?: Parameters<typeof startTus>[0]): Promise<RealTus> {
  const server = await startTus(meddle);
  servers.push(server);
  return server;
}

async function scripted(script: Parameters<typeof tusAnswers>[0]): Promise<UploadServer> {
  const server = await startScripted(tusAnswers(script));
  servers.push(server);
  return server;
}

/** The id of the one upload that was made. */
function idOf(server: UploadServer): string {
  const patch = server.requests.find((request) => request.startsWith('PATCH'));
  return patch?.split('/').at(-1) ?? '';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('an upload to a real tus server', () => {
  it('asks, creates, sends chunk after chunk over one connection, and deletes', async () => {
    const server = await real();
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.map((request) => request.split(' ')[0])).toEqual([
      'OPTIONS',
      'POST',
      'PATCH',
      'PATCH',
      'DELETE',
    ]);
    expect(server.connections()).toBe(1);
    const { metrics, attributes } = result;
    expect(metrics).toMatchObject({ upload_bytes: SIZE, upload_chunk_count: 2 });
    const {
      upload_create_ms = Number.NaN,
      upload_send_ms = Number.NaN,
      upload_commit_ms = Number.NaN,
    } = metrics;
    expect(upload_create_ms + upload_send_ms + upload_commit_ms).toBeLessThanOrEqual(
      metrics.upload_total_ms ?? 0,
    );
    expect(metrics.upload_goodput_bps).toBeCloseTo((SIZE * 8000) / upload_send_ms, -2);
    expect(attributes).toMatchObject({ protocol: 'tus', cleanup: 'deleted', http_status: '204' });
    expect(attributes).not.toHaveProperty('resumed');
    if (await loadTcpInfo()) expect(attributes.send_clock).toBe('tcp_info');
  });

  it('delivers the very bytes, in one chunk or many', async () => {
    const server = await real();
    for (const chunkBytes of [SIZE, 100_000, 1000]) {
      server.requests.length = 0;
      const result = await upload(`${server.url}/files/`, { chunkBytes, cleanup: false });
      expect(result.metrics.upload_chunk_count).toBe(Math.ceil(SIZE / chunkBytes));
      expect(sha256(await server.stored(idOf(server)))).toBe(sha256(payload));
      expect(result.attributes).not.toHaveProperty('cleanup');
    }
  });

  it('goes on from where the server stands when the connection is cut in mid-chunk', async () => {
    let cut = 0;
    const server = await real((request) => {
      if (request.method !== 'PATCH' || cut++ > 0) return false;
      let received = 0;
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > 60 * KIB) request.socket.resetAndDestroy();
      });
      return false;
    });
    const result = await upload(`${server.url}/files/`, { chunkBytes: SIZE, cleanup: false });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.resumed).toBe('true');
    expect(result.metrics.upload_resume_count).toBe(1);
    expect(server.requests.map((request) => request.split(' ')[0])).toEqual([
      'OPTIONS',
      'POST',
      'PATCH',
      'HEAD',
      'PATCH',
    ]);
    expect(sha256(await server.stored(idOf(server)))).toBe(sha256(payload));
  });

  it('fails as reset when it is cut more often than it may resume', async () => {
    const server = await real((request) => {
      if (request.method !== 'PATCH') return false;
      request.socket.resetAndDestroy();
      return true;
    });
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toMatch(/^upload_chunk\/reset /);
    expect(server.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(2);
    expect(result.metrics.upload_resume_count).toBe(1);
    expect(result.metrics).not.toHaveProperty('upload_total_ms');
  });

  it('does not resume when it is told not to', async () => {
    const server = await real((request) => {
      if (request.method !== 'PATCH') return false;
      request.socket.resetAndDestroy();
      return true;
    });
    expect(failureOf(await upload(`${server.url}/files/`, { resumes: 0 }))).toMatch(/^upload_chunk\/reset /);
    expect(server.requests.some((request) => request.startsWith('HEAD'))).toBe(false);
  });

  it('fails as chunk when the upload has expired in between', async () => {
    let patches = 0;
    const server = await real((request, response) => {
      if (request.method !== 'PATCH' || patches++ === 0) return false;
      request.resume();
      response.writeHead(410).end();
      return true;
    });
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe('upload_chunk/expired target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('expired');
    expect(result.attributes.http_status).toBe('410');
  });

  it('names the layer when there is no tus at that address', async () => {
    const server = await real((request, response) => {
      request.resume();
      response.writeHead(404).end();
      return true;
    });
    expect(failureOf(await upload(`${server.url}/nowhere`))).toBe('upload_create/status target');
  });
});

describe('a creation that fails', () => {
  it.each<[string, Parameters<typeof tusAnswers>[0], string]>([
    ['OPTIONS fails', { options: (_q, r) => r.writeHead(500).end() }, 'upload_create/status target'],
    [
      'the server speaks another version',
      { options: (_q, r) => r.writeHead(204, { 'tus-version': '0.2.2' }).end() },
      'upload_create/bad_response target',
    ],
    [
      'the server offers no creation',
      { options: (_q, r) => r.writeHead(204, { 'tus-extension': 'expiration' }).end() },
      'upload_create/bad_response target',
    ],
    [
      'the payload is larger than the server says it takes',
      { options: (_q, r) => r.writeHead(204, { 'tus-max-size': '1000' }).end() },
      'upload_create/too_large target',
    ],
    ['it is too large', { create: (_q, r) => r.writeHead(413).end() }, 'upload_create/too_large target'],
    ['it is refused', { create: (_q, r) => r.writeHead(401).end() }, 'upload_create/denied target'],
    ['the server breaks', { create: (_q, r) => r.writeHead(500).end() }, 'upload_create/status target'],
    ['no Location comes', { create: (_q, r) => r.writeHead(201).end() }, 'upload_create/bad_response target'],
    [
      'the Location is no URL',
      { create: (_q, r) => r.writeHead(201, { location: 'http://:bad:/' }).end() },
      'upload_create/bad_response target',
    ],
    [
      'the Location is an address that the agent forbids',
      { create: (_q, r) => r.writeHead(201, { location: 'http://169.254.169.254/x' }).end() },
      'agent/forbidden_target agent',
    ],
  ])('says so when %s', async (_what, script, expected) => {
    const server = await scripted(script);
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe(expected);
    expect(result.metrics).not.toHaveProperty('upload_total_ms');
  });

  it('sends what tus asks for', async () => {
    const seen: Record<string, unknown>[] = [];
    const server = await scripted({
      create: (request, response) => {
        seen.push(request.headers);
        response.writeHead(201, { location: '/files/7' }).end();
      },
      patch: (request, response) => {
        seen.push(request.headers);
        return acceptPatch(request, response);
      },
    });
    expect(failureOf(await upload(`${server.url}/files/`, { filename: 'a b.mp4' }))).toBe('ok');
    expect(seen[0]).toMatchObject({
      'tus-resumable': '1.0.0',
      'upload-length': String(SIZE),
      'upload-metadata': `filename ${btoa('a b.mp4')},filetype ${btoa('video/mp4')}`,
      'content-length': '0',
    });
    expect(seen.slice(1).map((headers) => headers['upload-offset'])).toEqual(['0', '131072']);
    expect(seen[1]).toMatchObject({
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'content-length': '131072',
    });
  });

  it('goes on when OPTIONS is not answered as tus says, and then deletes nothing', async () => {
    const server = await scripted({ options: (_request, response) => response.writeHead(405).end() });
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.at(-1)).toMatch(/^PATCH/);
  });
});

describe('an extension', () => {
  const offering = (extensions: string, headers = {}): Parameters<typeof tusAnswers>[0] => ({
    options: (_request, response) =>
      response
        .writeHead(204, { 'tus-version': '1.0.0', 'tus-extension': `creation,${extensions}`, ...headers })
        .end(),
  });

  /** A server that compares the checksum of each chunk, and refuses what does not have it. */
  function checking(algorithms: string, spoil = false) {
    const seen: (string | undefined)[] = [];
    const patch: Parameters<typeof tusAnswers>[0]['patch'] = async (request, response) => {
      const body = await bodyOf(request);
      const told = request.headers['upload-checksum'] as string | undefined;
      seen.push(told?.split(' ')[0]);
      const [algorithm = '', value] = told?.split(' ') ?? [];
      if (spoil) body[0] = (body[0] ?? 0) ^ 1;
      if (told && createHash(algorithm).update(body).digest('base64') !== value) {
        return response.writeHead(460).end();
      }
      const offset = Number(request.headers['upload-offset']) + body.length;
      response.writeHead(204, { 'upload-offset': offset }).end();
    };
    const script = { ...offering('checksum', { 'tus-checksum-algorithm': algorithms }), patch };
    return { seen, script };
  }

  it.each([
    ['sha256', 'sha1,md5,sha256', 'sha256'],
    ['sha1', 'md5, sha1', 'sha1'],
  ])('checksum is used with %s where the server knows it', async (_what, offered, used) => {
    const { seen, script } = checking(offered);
    const server = await scripted(script);
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe('ok');
    expect(seen).toEqual([used, used]);
    expect(result.attributes.checksum).toBe(used);
  });

  it('checksum is not used with an algorithm that we lack', async () => {
    const { seen, script } = checking('crc32');
    const server = await scripted(script);
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe('ok');
    expect(seen).toEqual([undefined, undefined]);
    expect(result.attributes).not.toHaveProperty('checksum');
  });

  it('checksum finds bytes that changed on the way', async () => {
    const server = await scripted(checking('sha1', true).script);
    expect(failureOf(await upload(`${server.url}/files/`))).toBe('upload_chunk/integrity target');
  });

  it('checksum is not used where it is not offered: a server may take a wrong one silently', async () => {
    const seen: unknown[] = [];
    const server = await real((request) => {
      if (request.method === 'PATCH') seen.push(request.headers['upload-checksum']);
      return false;
    });
    await upload(`${server.url}/files/`);
    expect(seen).toEqual([undefined, undefined]);
  });

  it.each([
    ['is told as the server gives it', 'expiration', 'Wed, 25 Jun 2031 16:00:00 GMT'],
    ['is not believed where it is not offered', 'termination', undefined],
  ])('expiration %s', async (_what, extension, expected) => {
    const server = await scripted({
      ...offering(extension),
      create: (_request, response) =>
        response
          .writeHead(201, { location: '/files/1', 'upload-expires': 'Wed, 25 Jun 2031 16:00:00 GMT' })
          .end(),
    });
    const { attributes } = await upload(`${server.url}/files/`, { cleanup: false });
    expect(attributes.upload_expires).toBe(expected);
  });

  it('termination is used where it is offered, and only there', async () => {
    const without = await scripted(offering('expiration'));
    await upload(`${without.url}/files/`);
    expect(without.requests.at(-1)).toMatch(/^PATCH/);
    const having = await scripted(offering('termination'));
    await upload(`${having.url}/files/`);
    expect(having.requests.at(-1)).toBe('DELETE /files/1');
  });
});
