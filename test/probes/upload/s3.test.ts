import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uploadParams } from '../../../probes/upload/params.ts';
import { uploadProbe } from '../../../probes/upload/upload.ts';
import { makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';
import { type RunningOrigin, runningOrigin, uploadWith } from './origin-run.ts';
import { failureOf } from './probe-run.ts';
import { isSigned } from './sigv4.ts';
import { bodyOf, startScripted } from './upload-servers.ts';

const MIB = 1024 * 1024;
const SECRETS = { bucket: 'S3RVER:S3RVER' };

/** Parameters of a run, of which the S3 ones are given. */
function s3(own: object = {}, rest: object = {}): object {
  return { protocol: 's3', s3: { credentials: 'bucket', ...own }, ...rest };
}

describe('an upload to a real S3 API', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await runningOrigin({ s3: true });
  });
  afterAll(() => origin.close());
  afterEach(() => {
    origin.requests.length = 0;
  });
  const bucket = () => `${origin.url}/s3/videos/`;

  it.each(['put', 'presigned'])('by one PUT, signed: %s', async (mode) => {
    const result = await uploadWith(SECRETS, bucket(), s3({ mode }, { verify: 'readback' }));
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ protocol: 's3', integrity: 'ok', cleanup: 'deleted' });
    expect(result.metrics).toMatchObject({ upload_chunk_count: 1, upload_bytes: 256 * 1024 });
    expect(origin.requests.map((line) => line.split(' ')[0])).toEqual(['PUT', 'GET', 'DELETE']);
    expect(origin.uploads().uploads).toBe(0);
  });

  it('in parts side by side, put together, read back and deleted', async () => {
    const sizeBytes = 17 * MIB + 123;
    const rest = { sizeBytes, chunkBytes: 5 * MIB, verify: 'readback' };
    const result = await uploadWith(SECRETS, bucket(), s3({ parallel: 3 }, rest));
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ integrity: 'ok', cleanup: 'deleted' });
    expect(result.metrics).toMatchObject({ upload_chunk_count: 4, upload_bytes: sizeBytes });
    for (const name of ['upload_create_ms', 'upload_send_ms', 'upload_commit_ms', 'upload_goodput_bps'])
      expect(result.metrics).toHaveProperty(name);
    const methods = origin.requests.map((line) => line.split(' ')[0]);
    expect(methods).toEqual(['POST', 'PUT', 'PUT', 'PUT', 'PUT', 'POST', 'GET', 'DELETE']);
    expect(result.phases.filter(({ name }) => name.startsWith('connect'))).toHaveLength(3);
  });

  it('of one part where the payload is one', async () => {
    const result = await uploadWith(SECRETS, bucket(), s3({}, { verify: 'readback' }));
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_chunk_count).toBe(1);
  });

  it('keeps the name of an object that the target names', async () => {
    const result = await uploadWith(
      SECRETS,
      `${bucket()}a%20b/c.mp4`,
      s3({ mode: 'put' }, { cleanup: false }),
    );
    expect(failureOf(result)).toBe('ok');
    expect(origin.requests).toEqual(['PUT /s3/videos/a%20b/c.mp4 200']);
  });

  it.each(['multipart', 'put'])('tells nobody the secret, or a URL that is as good: %s', async (mode) => {
    const result = await uploadWith({ bucket: 'S3RVER:S3RVER' }, bucket(), s3({ mode }));
    const told = JSON.stringify(result);
    expect(told).not.toContain('S3RVER');
    expect(told).not.toMatch(/X-Amz/i);
  });

  it('fails in a bucket that is not there', async () => {
    const result = await uploadWith(SECRETS, `${origin.url}/s3/nowhere/`, s3());
    expect(failureOf(result)).toBe('upload_create/status target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('NoSuchBucket');
  });
});

describe('an upload to S3', () => {
  const servers: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  interface Script {
    see?(request: IncomingMessage): void;
    readonly created?: string;
    /** Status and body of a part, by its number; undefined for one that is taken. */
    part?(number: number): readonly [number, string] | 'reset' | undefined;
    readonly etag?: string;
    readonly completed?: string;
  }

  /** A multipart upload by hand. */
  async function scripted(script: Script) {
    const server = await startScripted(async (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x');
      script.see?.(request);
      await bodyOf(request);
      const number = searchParams.get('partNumber');
      if (request.method === 'DELETE') return response.writeHead(204).end();
      if (searchParams.has('uploads'))
        return response.end(script.created ?? '<R><UploadId>u&amp;1</UploadId></R>');
      if (number === null) return response.end(script.completed ?? '<Done/>');
      const answer = script.part?.(Number(number));
      if (answer === 'reset') return request.socket.resetAndDestroy();
      if (answer) return response.writeHead(answer[0]).end(answer[1]);
      return response.writeHead(200, { etag: script.etag ?? `"${number}"` }).end();
    });
    servers.push(server);
    return server;
  }

  const inParts = s3({ parallel: 2 }, { sizeBytes: 21 * MIB, chunkBytes: 5 * MIB });

  it.each<[string, NonNullable<Script['part']>, RegExp]>([
    [
      'refused',
      (n) => (n === 2 ? [503, '<Error><Code>SlowDown</Code></Error>'] : undefined),
      /upload_chunk\/status target/,
    ],
    ['lost', (n) => (n === 2 ? 'reset' : undefined), /upload_chunk\/reset/],
  ])('one part of which is %s ends the others and is aborted', async (_what, part, expected) => {
    const server = await scripted({ part });
    const result = await uploadWith(SECRETS, `${server.url}/b/v.mp4`, inParts);
    expect(failureOf(result)).toMatch(expected);
    expect(result.attributes.cleanup).toBe('deleted');
    const abort = new URL(server.requests.at(-1)?.split(' ')[1] ?? '', server.url);
    expect(server.requests.at(-1)).toMatch(/^DELETE /);
    expect(abort.searchParams.get('uploadId')).toBe('u&1');
    // Not every part was begun: the failure came first.
    expect(server.requests.filter((line) => line.startsWith('PUT')).length).toBeLessThan(5);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('ends with the first failure also those connections that are still being made', async () => {
    const certificate = makeCertificate({ names: ['127.0.0.1'] });
    const service = createHttps(certificate, async (request, response) => {
      await bodyOf(request);
      if (request.method === 'POST') return response.end('<R><UploadId>u</UploadId></R>');
      return response.writeHead(request.method === 'PUT' ? 503 : 204).end();
    });
    const sockets: Socket[] = [];
    // The second connection waits for its handshake.
    const front = createTcp((socket) => {
      if (sockets.push(socket) !== 2) service.emit('connection', socket);
    }).listen(0, '127.0.0.1');
    servers.push(front, { close: () => sockets.map((socket) => socket.destroy()) });
    await once(front, 'listening');
    const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}/b/v.mp4`;
    const context = {
      ...runContext({ network: loopbackNetwork({ trustedCa: certificate.cert }), timeoutMs: 8000 }),
      secret: () => SECRETS.bucket,
    };
    const result = await uploadProbe.run(
      context,
      { name: 'upload', url, labels: {} },
      uploadProbe.params.parse(inParts),
    );
    expect(failureOf(result)).toBe('upload_chunk/status target');
    expect(sockets).toHaveLength(2);
    expect(context.signal.aborted).toBe(false);
    expect(result.attributes.cleanup).toBe('deleted');
  });

  it('that its deadline ends is aborted all the same', async () => {
    const server = await startScripted(async (request, response) => {
      if (request.method === 'DELETE') return response.writeHead(204).end();
      await bodyOf(request);
      if (request.method === 'POST') return response.end('<R><UploadId>u</UploadId></R>');
      return undefined;
    });
    servers.push(server);
    const result = await uploadWith(SECRETS, `${server.url}/b/v.mp4`, inParts, { timeoutMs: 1500 });
    expect(failureOf(result)).toMatch(/^upload_chunk\/timeout /);
    expect(result.attributes.cleanup).toBe('deleted');
  });

  it.each<[string, Script, string]>([
    ['names no upload', { created: '<R/>' }, 'upload_create/bad_response target'],
    ['gives a part no ETag', { etag: '' }, 'upload_chunk/bad_response target'],
    [
      'fails after it began to answer',
      { completed: '   <Error><Code>InternalError</Code></Error>' },
      'upload_commit/status target',
    ],
  ])('fails when the service %s', async (_what, script, expected) => {
    const server = await scripted(script);
    expect(failureOf(await uploadWith(SECRETS, `${server.url}/b/v.mp4`, s3()))).toBe(expected);
  });

  it.each(['multipart', 'put', 'presigned'])(
    'has every request signed, as it comes over the wire: %s',
    async (mode) => {
      const unsigned: string[] = [];
      const server = await scripted({
        see: (request) => {
          if (!isSigned(request, 'k/+=y')) unsigned.push(`${request.method} ${request.url}`);
        },
      });
      const params = s3(
        { mode, region: 'eu-west-1' },
        { sizeBytes: 6 * MIB, chunkBytes: 5 * MIB, verify: 'readback' },
      );
      const result = await uploadWith({ bucket: 'key:k/+=y:to/ken=' }, `${server.url}/b/a%20(1)+é/`, params);
      // It answers nothing that could be read back.
      expect(failureOf(result)).toBe('upload_commit/integrity target');
      expect(server.requests.map((line) => line.split(' ')[0])).toEqual(
        mode === 'multipart' ? ['POST', 'PUT', 'PUT', 'POST', 'GET', 'DELETE'] : ['PUT', 'GET', 'DELETE'],
      );
      expect(unsigned).toEqual([]);
    },
  );

  it.each(['SignatureDoesNotMatch', 'InvalidAccessKeyId', 'ExpiredToken', 'InvalidToken'])(
    'blames the agent for a secret that is not right: %s',
    async (code) => {
      const part = () => [403, `<Error><Code>${code}</Code></Error>`] as const;
      const server = await scripted({ part });
      const result = await uploadWith(SECRETS, `${server.url}/b/v.mp4`, s3());
      expect(failureOf(result)).toBe('agent/bad_params agent');
      expect(result.outcome === 'fail' && result.failure.message).toContain('secret bucket');
    },
  );

  it('blames the clock of the agent where that is what is wrong', async () => {
    const part = () => [403, '<Error><Code>RequestTimeTooSkewed</Code></Error>'] as const;
    const server = await scripted({ part });
    const result = await uploadWith(SECRETS, `${server.url}/b/v.mp4`, s3());
    expect(failureOf(result)).toBe('agent/bad_params agent');
    expect(result.outcome === 'fail' && result.failure.message).toContain('clock');
  });

  it.each([{}, { bucket: '' }, { bucket: 'no colon' }, { bucket: 'a:b:c:d' }])(
    'is not begun with the secrets %j',
    async (secrets) => {
      const server = await scripted({});
      const result = await uploadWith(secrets as Record<string, string>, `${server.url}/b/`, s3());
      expect(failureOf(result)).toBe('agent/bad_params agent');
      expect(server.requests).toEqual([]);
    },
  );
});

describe('parameters of s3', () => {
  it.each([
    [{ protocol: 's3' }, false],
    [{ protocol: 's3', s3: {} }, false],
    [s3({ credentials: '../x' }), false],
    [s3({ region: 'EU west' }), false],
    [s3({ accessKey: 'in the file' }), false],
    [s3({}, { sizeBytes: 20 * MIB, chunkBytes: MIB }), false],
    [s3({ mode: 'put' }, { sizeBytes: 20 * MIB, chunkBytes: MIB }), true],
    [s3({}, { sizeBytes: 20 * MIB }), true],
    [s3({}, { verify: 'sha256' }), false],
    [s3({}, { verify: 'sha256', statusUrl: '/status/s3/videos/{id}' }), true],
    [s3({}, { cutAtPercent: [50] }), false],
  ])('%j: valid is %s', (params, expected) => {
    expect(uploadParams.safeParse(params).success).toBe(expected);
  });
});
