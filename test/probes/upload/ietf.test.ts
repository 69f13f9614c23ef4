import { afterEach, describe, expect, it } from 'vitest';
import { runningOrigin, uploadWith } from './origin-run.ts';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted } from './upload-servers.ts';

const MIB = 1024 * 1024;
const IETF = { protocol: 'ietf' };
const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function origin(...options: Parameters<typeof runningOrigin>) {
  const started = await runningOrigin(...options);
  servers.push(started);
  return started;
}

type Answer = Parameters<typeof startScripted>[0];

async function scripted(answer: Answer) {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}

/** Requests with the name of the upload left out. */
function shapes(requests: readonly string[]): string[] {
  return requests.map((line) => line.replace(/\/ietf\/[^ /]+/, '/ietf/ID'));
}

describe('an upload by the IETF draft in one request', () => {
  it('rides in the creation request, and is whole', async () => {
    const { url, requests } = await origin();
    const result = await uploadWith({}, `${url}/ietf/`, { ...IETF, sizeBytes: 2 * MIB, verify: 'sha256' });
    expect(failureOf(result)).toBe('ok');
    expect(shapes(requests)).toEqual(['POST /ietf/ 201', 'DELETE /ietf/ID 204']);
    expect(result.attributes).toMatchObject({ protocol: 'ietf', integrity: 'ok', cleanup: 'deleted' });
    expect(Number(result.attributes.upload_max_age_s)).toBeGreaterThan(0);
    expect(result.metrics).toMatchObject({ upload_chunk_count: 1, upload_bytes: 2 * MIB });
    // By the 104 that names it, while the payload is still on its way.
    expect(result.metrics.upload_create_ms).toBeLessThanOrEqual(result.metrics.upload_total_ms ?? 0);
    // By the 104s that count.
    expect(result.metrics.upload_goodput_server_bps).toBeGreaterThan(0);
  });

  it.each([
    [10, 'reset'],
    [50, 'half_open'],
    [90, 'reset'],
  ])('cut at %d %% by %s asks by HEAD and appends the rest', async (percent, cut) => {
    const { url, requests } = await origin();
    const params = { ...IETF, sizeBytes: 3 * MIB, verify: 'sha256', cutAtPercent: [percent], cut };
    const result = await uploadWith({}, `${url}/ietf/`, params);
    expect(failureOf(result)).toBe('ok');
    expect(shapes(requests).filter((line) => !line.startsWith('POST'))).toEqual([
      'HEAD /ietf/ID 204',
      'PATCH /ietf/ID 200',
      'DELETE /ietf/ID 204',
    ]);
    expect(result.attributes).toMatchObject({ resumed: 'true', integrity: 'ok' });
    expect(result.metrics).toMatchObject({ upload_resume_count: 1, upload_chunk_count: 2 });
  });

  it('says so when it breaks before its place was named', async () => {
    const server = await scripted((request) => {
      request.once('data', () => request.socket.resetAndDestroy());
    });
    const result = await upload(server.url, { ...IETF, sizeBytes: MIB });
    expect(failureOf(result)).toMatch(/^upload_chunk\/reset /);
    expect(result.outcome === 'fail' && result.failure.message).toContain('104');
    expect(server.requests).toEqual(['POST /']);
  });

  it('is sent as the draft writes it', async () => {
    let seen: Record<string, unknown> = {};
    const server = await scripted(async (request, response) => {
      if (request.method === 'POST') seen = request.headers;
      await bodyOf(request);
      response.writeHead(200).end();
    });
    const filename = 'my "clip" é.mp4';
    expect(failureOf(await upload(server.url, { ...IETF, sizeBytes: 1000, filename }))).toBe('ok');
    expect(seen).toMatchObject({
      'upload-draft-interop-version': '8',
      'upload-complete': '?1',
      'upload-length': '1000',
      'content-length': '1000',
      'content-type': 'video/mp4',
      'content-disposition': `inline; filename="my _clip_ _.mp4"; filename*=UTF-8''my%20%22clip%22%20%C3%A9.mp4`,
    });
  });

  it.each([
    [405, 'upload_create/status target'],
    [413, 'upload_create/too_large target'],
    [415, 'upload_create/status target'],
    [403, 'upload_create/denied target'],
    [503, 'upload_commit/status target'],
  ])('fails when it is answered %d', async (status, expected) => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(status).end();
    });
    expect(failureOf(await upload(server.url, { ...IETF, sizeBytes: 1000 }))).toBe(expected);
  });

  it('that could not be processed is not sent again', async () => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(422, { 'upload-complete': '?1' }).end();
    });
    expect(failureOf(await upload(server.url, { ...IETF, sizeBytes: 1000 }))).toBe(
      'upload_commit/status target',
    );
    expect(server.requests).toHaveLength(1);
  });
});

describe('an upload by the IETF draft in several requests', () => {
  it('is created empty, then appended to', async () => {
    const { url, requests } = await origin();
    const params = { ...IETF, sizeBytes: 700_000, chunkBytes: 300_000, verify: 'sha256' };
    const result = await uploadWith({}, `${url}/ietf/`, params);
    expect(failureOf(result)).toBe('ok');
    expect(shapes(requests)).toEqual([
      'POST /ietf/ 201',
      'PATCH /ietf/ID 204',
      'PATCH /ietf/ID 204',
      'PATCH /ietf/ID 200',
      'DELETE /ietf/ID 204',
    ]);
    expect(result.metrics).toHaveProperty('upload_create_ms');
  });

  it('sends no request larger than the service takes', async () => {
    const { url, requests } = await origin();
    const params = { ...IETF, sizeBytes: 700_000, chunkBytes: 600_000 };
    expect(failureOf(await uploadWith({}, `${url}/ietf/?max_append=250000`, params))).toBe('ok');
    expect(requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
  });

  it('several cuts are resumed, each from what the service holds', async () => {
    const { url } = await origin();
    const params = { ...IETF, sizeBytes: 3 * MIB, chunkBytes: MIB, verify: 'sha256' };
    const result = await uploadWith({}, `${url}/ietf/`, { ...params, cutAtPercent: [10, 50, 90] });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ cut_at_percent: '10,50,90', integrity: 'ok' });
    expect(result.metrics.upload_resume_count).toBe(3);
  });

  /** Creates, and answers PATCH and HEAD by the script. */
  function service(headers: Record<string, string>, patch: Answer, head: Answer = patch): Answer {
    return async (request, response, count) => {
      if (request.method === 'HEAD') return head(request, response, count);
      if (request.method === 'DELETE') return response.writeHead(204).end();
      if (request.method === 'PATCH') return patch(request, response, count);
      await bodyOf(request);
      return response.writeHead(201, headers).end();
    };
  }
  const named = { location: '/up/1' };
  const inChunks = { ...IETF, sizeBytes: 1000, chunkBytes: 600 };
  const answering =
    (status: number, headers: Record<string, string> = {}): Answer =>
    async (request, response) => {
      await bodyOf(request);
      response.writeHead(status, headers).end();
    };

  it.each([
    [{ 'upload-limit': 'max-size=999' }, 'upload_create/too_large target'],
    [{ 'upload-limit': 'min-size=1001' }, 'upload_create/status target'],
  ])('that the service would refuse is cancelled before it begins: %j', async (limit, expected) => {
    const server = await scripted(service({ ...named, ...limit }, answering(204)));
    expect(failureOf(await upload(server.url, inChunks))).toBe(expected);
    expect(server.requests).toEqual(['POST /', 'DELETE /up/1']);
  });

  it('makes its chunks as large as the service wants them at least', async () => {
    const server = await scripted(
      service(
        { ...named, 'upload-limit': 'min-append-size=1000' },
        answering(200, { 'upload-complete': '?1' }),
      ),
    );
    expect(failureOf(await upload(server.url, inChunks))).toBe('ok');
    expect(server.requests).toEqual(['POST /', 'PATCH /up/1', 'DELETE /up/1']);
  });

  it('needs to be told where it is', async () => {
    const server = await scripted(service({}, answering(204)));
    expect(failureOf(await upload(server.url, inChunks))).toBe('upload_create/bad_response target');
  });

  it.each([
    [409, {}, 'upload_chunk/offset_mismatch target'],
    [413, {}, 'upload_chunk/too_large target'],
    [404, {}, 'upload_chunk/expired target'],
    [204, { 'upload-offset': '599' }, 'upload_commit/bad_response target'],
    [204, { 'upload-offset': '0' }, 'upload_chunk/offset_mismatch target'],
    [204, { 'upload-offset': '601' }, 'upload_chunk/offset_mismatch target'],
  ])('fails when a chunk is answered %d with %j', async (status, headers, expected) => {
    const server = await scripted(service(named, answering(status, headers as Record<string, string>)));
    expect(failureOf(await upload(server.url, inChunks))).toBe(expected);
  });

  it('is finished by an empty request where every byte is there already', async () => {
    const bodies: number[] = [];
    const server = await scripted(
      service(
        named,
        async (request, response, count) => {
          bodies.push((await bodyOf(request)).length);
          if (bodies.length === 2) return request.socket.resetAndDestroy();
          const complete = request.headers['upload-complete'];
          return response.writeHead(200, { 'upload-complete': String(complete) }).end(String(count));
        },
        answering(204, { 'upload-offset': '1000', 'upload-complete': '?0' }),
      ),
    );
    expect(failureOf(await upload(server.url, inChunks))).toBe('ok');
    expect(bodies).toEqual([600, 400, 0]);
  });

  it('is known to be complete when only the answer was lost', async () => {
    let patches = 0;
    const server = await scripted(
      service(
        named,
        async (request, response) => {
          await bodyOf(request);
          if (++patches === 2) return request.socket.resetAndDestroy();
          return response.writeHead(204).end();
        },
        answering(204, { 'upload-offset': '1000', 'upload-complete': '?1' }),
      ),
    );
    expect(failureOf(await upload(server.url, inChunks))).toBe('ok');
    expect(patches).toBe(2);
  });

  it('fails when the question for the offset is not answered with one', async () => {
    const server = await scripted(
      service(named, (request) => request.socket.resetAndDestroy(), answering(204)),
    );
    expect(failureOf(await upload(server.url, inChunks))).toBe('upload_chunk/bad_response target');
  });
});
