import { platform } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionObserver, observe } from '../../../probes/net/observe.ts';
import { uploadParams } from '../../../probes/upload/params.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { runningOrigin, uploadWith } from './origin-run.ts';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted } from './upload-servers.ts';

const MIB = 1024 * 1024;
const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function origin(...options: Parameters<typeof runningOrigin>) {
  const started = await runningOrigin(...options);
  servers.push(started);
  return started;
}

async function scripted(answer: Parameters<typeof startScripted>[0]) {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}

/** How a platform of the floor rule is told of an upload, in the words of a probe file. */
const FLOOR = {
  protocol: 'content-range',
  contentRange: {
    style: 'floor',
    create: {
      url: '/chunked/init',
      body: {
        source_info: {
          source: 'FILE_UPLOAD',
          video_size: '{size}',
          chunk_size: '{chunkBytes}',
          total_chunk_count: '{chunkCount}',
        },
      },
      uploadUrl: '/data/upload_url',
      id: '/data/publish_id',
    },
  },
};

const SESSION = {
  protocol: 'content-range',
  contentRange: { create: { headers: { 'X-Upload-Content-Length': '{size}' } } },
};

/** A network over which every Content-Range is seen that is sent. */
function rangesAsked() {
  const ranges: string[] = [];
  const network = loopbackNetwork();
  const asked: ConnectionObserver['asked'] = (_method, _host, _path, headers) => {
    ranges.push(...[headers['content-range'] ?? []].flat());
    return { answered: () => undefined, received: () => undefined };
  };
  const connect: typeof network.connect = async (endpoint, signal) => {
    const connected = await network.connect(endpoint, signal);
    if (connected.ok) observe(connected.socket, { asked });
    return connected;
  };
  return { network: { ...network, connect }, ranges };
}

describe('an upload by the floor rule', () => {
  it('announces its chunks, sends the remainder in the last, and what arrives is what was sent', async () => {
    const { url, requests } = await origin();
    const sizeBytes = 11_000_123;
    const params = {
      ...FLOOR,
      sizeBytes,
      chunkBytes: 5_000_000,
      verify: 'sha256',
      statusUrl: '/status/{id}',
    };
    const result = await uploadWith({}, url, params);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toMatchObject({ upload_bytes: sizeBytes, upload_chunk_count: 2 });
    expect(result.metrics).toHaveProperty('upload_create_ms');
    expect(result.metrics.upload_goodput_server_bps).toBeGreaterThan(0);
    expect(result.attributes).toMatchObject({
      protocol: 'content-range',
      integrity: 'ok',
      cleanup: 'deleted',
    });
    const id = requests[1]?.split('/')[2]?.split(' ')[0];
    expect(requests).toEqual([
      'POST /chunked/init 200',
      `PUT /chunked/${id} 206`,
      `PUT /chunked/${id} 201`,
      `DELETE /chunked/${id} 204`,
    ]);
  });

  it('sends a small payload as a whole', async () => {
    const { url } = await origin();
    const result = await uploadWith({}, url, { ...FLOOR, sizeBytes: 300_000, verify: 'sha256' });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_chunk_count).toBe(1);
  });

  it.each(['reset', 'half_open'])('sends a chunk again that was cut: %s', async (cut) => {
    const { url } = await origin();
    const params = { ...FLOOR, sizeBytes: 10_500_000, chunkBytes: 5_000_000, verify: 'sha256' };
    const result = await uploadWith({}, url, { ...params, cutAtPercent: [60], cut });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ resumed: 'true', cut_at_percent: '60', integrity: 'ok' });
    expect(result.metrics).toMatchObject({ upload_resume_count: 1, upload_chunk_count: 3 });
  });

  it('goes to the target itself where nothing is to be created', async () => {
    const ranges: unknown[] = [];
    const server = await scripted(async (request, response) => {
      ranges.push(request.headers['content-range']);
      await bodyOf(request);
      response.writeHead(201).end('{}');
    });
    const contentRange = { style: 'floor' };
    const result = await upload(`${server.url}/v?t=1`, {
      protocol: 'content-range',
      contentRange,
      sizeBytes: 1000,
    });
    expect(failureOf(result)).toBe('ok');
    expect(ranges[0]).toBe('bytes 0-999/1000');
    expect(result.metrics).not.toHaveProperty('upload_create_ms');
  });

  it('is not done when the service says that more is to come', async () => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(206).end();
    });
    const params = { protocol: 'content-range', contentRange: { style: 'floor' }, sizeBytes: 1000 };
    expect(failureOf(await upload(server.url, params))).toBe('upload_commit/bad_response target');
  });
});

describe('an upload in a resumable session', () => {
  it('is sent in multiples of 256 KiB, and is whole', async () => {
    const { url, requests } = await origin();
    const params = { ...SESSION, sizeBytes: 700_000, chunkBytes: 256 * 1024, verify: 'sha256' };
    const result = await uploadWith({}, `${url}/session/`, params);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_chunk_count).toBe(3);
    expect(result.metrics.upload_goodput_server_bps).toBeGreaterThan(0);
    expect(requests.map((line) => line.replace(/[\w-]{8,}/, 'ID'))).toEqual([
      'POST /session/ 200',
      'PUT /session/ID 308',
      'PUT /session/ID 308',
      'PUT /session/ID 201',
      'DELETE /session/ID 204',
    ]);
  });

  it.each([10, 50, 90])('cut at %d percent goes on from what the service holds', async (percent) => {
    const { url } = await origin();
    const params = { ...SESSION, sizeBytes: 3 * MIB, verify: 'sha256', cutAtPercent: [percent] };
    const { network, ranges } = rangesAsked();
    const result = await uploadWith({}, `${url}/session/`, params, { network });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ integrity: 'ok', cut_at_percent: String(percent) });
    // It keeps whole multiples of 256 KiB: what is over is lost, and what it had not read when it was asked.
    const held = Number(/^bytes (\d+)-/.exec(ranges.at(-1) ?? '')?.[1]);
    expect(held % (256 * 1024)).toBe(0);
    const cutAt = Math.floor((3 * MIB * percent) / 100);
    if (platform() === 'linux') expect(result.metrics.upload_resume_lost_bytes).toBe(cutAt - held);
  });

  it('trusts the Range, and sends again what the service did not keep', async () => {
    const ranges: unknown[] = [];
    const server = await scripted(async (request, response) => {
      const range = String(request.headers['content-range']);
      ranges.push(range);
      await bodyOf(request);
      if (range.startsWith('bytes 0-')) response.writeHead(308, { range: 'bytes=0-99999' }).end();
      else response.writeHead(200).end();
    });
    const params = { protocol: 'content-range', sizeBytes: 600_000, chunkBytes: 512 * 1024, cleanup: false };
    expect(failureOf(await upload(server.url, params))).toBe('ok');
    expect(ranges).toEqual(['bytes 0-524287/600000', 'bytes 100000-599999/600000']);
  });

  it('is known to be finished when only the answer was lost', async () => {
    const server = await scripted(async (request, response, count) => {
      await bodyOf(request);
      if (count === 0) request.socket.resetAndDestroy();
      else response.writeHead(200).end('{"state":"ready"}');
    });
    const result = await upload(server.url, { protocol: 'content-range', sizeBytes: 1000, cleanup: false });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests).toHaveLength(2);
  });

  it('is asked to finish without a range of its own where it has every byte already', async () => {
    const ranges: unknown[] = [];
    const server = await scripted(async (request, response, count) => {
      ranges.push(request.headers['content-range']);
      await bodyOf(request);
      if (count === 0) request.socket.resetAndDestroy();
      else if (count === 1) response.writeHead(308, { range: 'bytes=0-999' }).end();
      else response.writeHead(201).end();
    });
    const result = await upload(server.url, { protocol: 'content-range', sizeBytes: 1000, cleanup: false });
    expect(failureOf(result)).toBe('ok');
    expect(ranges).toEqual(['bytes 0-999/1000', 'bytes */1000', 'bytes */1000']);
  });

  it.each([
    [308, {}, 'upload_chunk/offset_mismatch target'],
    [308, { range: 'bytes=5-9' }, 'upload_chunk/bad_response target'],
    [308, { range: 'bytes=0-999' }, 'upload_commit/bad_response target'],
    [404, {}, 'upload_chunk/expired target'],
    [410, {}, 'upload_chunk/expired target'],
    [403, {}, 'upload_chunk/denied target'],
    [500, {}, 'upload_commit/status target'],
  ])('fails when all of it is answered %d with %j', async (status, headers, expected) => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(status, headers as Record<string, string>).end();
    });
    const params = { protocol: 'content-range', sizeBytes: 1000, cleanup: false };
    expect(failureOf(await upload(server.url, params))).toBe(expected);
  });

  it('does not take an early end for success', async () => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(201).end();
    });
    const params = { protocol: 'content-range', sizeBytes: 600_000, chunkBytes: 256 * 1024, cleanup: false };
    expect(failureOf(await upload(server.url, params))).toBe('upload_chunk/bad_response target');
  });

  it('says that its session is gone when it may not be resumed', async () => {
    const server = await scripted(async (request, response, count) => {
      if (count === 0) return request.socket.resetAndDestroy();
      return response.writeHead(404).end();
    });
    const result = await upload(server.url, { protocol: 'content-range', sizeBytes: 1000, cleanup: false });
    expect(failureOf(result)).toBe('upload_chunk/expired target');
  });
});

describe('the creation request', () => {
  const params = (create: object) => ({
    protocol: 'content-range',
    contentRange: { create },
    sizeBytes: 1000,
    cleanup: false,
  });

  it('carries the secret of the agent, which nobody is told of', async () => {
    const seen: unknown[] = [];
    const server = await scripted(async (request, response) => {
      seen.push(request.headers.authorization);
      await bodyOf(request);
      if (request.method === 'POST') response.writeHead(200, { location: '/up' }).end();
      else response.writeHead(403).end();
    });
    const result = await uploadWith({ platform: 's3cr3t' }, server.url, params({ credentials: 'platform' }));
    expect(seen).toEqual(['Bearer s3cr3t', undefined]);
    expect(JSON.stringify(result)).not.toContain('s3cr3t');
  });

  it('is not sent without it', async () => {
    const server = await scripted((_, response) => response.end());
    const result = await upload(server.url, params({ credentials: 'a-b' }));
    expect(failureOf(result)).toBe('agent/bad_params agent');
    expect(result.outcome === 'fail' && result.failure.message).toContain('OUTRIDER_SECRET_A_B');
    expect(server.requests).toEqual([]);
  });

  it.each([
    [{}, 401, {}, 'upload_create/denied target'],
    [{}, 429, {}, 'upload_create/status target'],
    [{}, 200, {}, 'upload_create/bad_response target'],
    [{ uploadUrl: '/url' }, 200, { location: '/x' }, 'upload_create/bad_response target'],
    [{ url: 'http://[' }, 200, {}, 'agent/bad_params agent'],
    [{}, 200, { location: 'http://10.0.0.1/' }, 'agent/forbidden_target agent'],
  ])('%j that is answered %d with %j fails', async (create, status, headers, expected) => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(status, headers as Record<string, string>).end('{"other":1}');
    });
    expect(failureOf(await upload(server.url, { ...params(create), cleanup: true }))).toBe(expected);
    // Nothing was made, so nothing is deleted: least of all the target.
    expect(server.requests.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('that was answered is followed by a deletion, whatever came of the upload', async () => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      if (request.method === 'POST') response.writeHead(200, { location: '/up/1' }).end();
      else response.writeHead(request.method === 'DELETE' ? 204 : 413).end();
    });
    const result = await upload(server.url, { ...params({}), cleanup: true });
    expect(failureOf(result)).toBe('upload_chunk/too_large target');
    expect(result.attributes.cleanup).toBe('deleted');
    expect(server.requests).toEqual(['POST /', 'PUT /up/1', 'DELETE /up/1']);
  });
});

describe('parameters of content-range', () => {
  const isValid = (params: object) =>
    uploadParams.safeParse({ protocol: 'content-range', ...params }).success;

  it.each([
    [{}, true],
    [{ sizeBytes: 20 * MIB }, true],
    [{ sizeBytes: MIB, chunkBytes: 1000 }, false],
    [{ sizeBytes: MIB, chunkBytes: 512 * 1024 }, true],
    [{ sizeBytes: 20 * MIB, contentRange: { style: 'floor' } }, true],
    [{ sizeBytes: 20 * MIB, chunkBytes: 4 * MIB, contentRange: { style: 'floor' } }, false],
    [{ sizeBytes: 4 * MIB, chunkBytes: MIB, contentRange: { style: 'floor', minChunkBytes: MIB } }, true],
    [{ sizeBytes: 64 * MIB, chunkBytes: 40 * MIB, contentRange: { style: 'floor' } }, false],
  ])('%j: valid is %s', (params, expected) => expect(isValid(params)).toBe(expected));
});
