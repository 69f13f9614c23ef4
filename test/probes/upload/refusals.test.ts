import { afterEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../../probes/probe.ts';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted, tusAnswers, type UploadServer } from './upload-servers.ts';

const servers: UploadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function messageOf(result: RunResult): string {
  return result.outcome === 'fail' ? result.failure.message : '';
}

async function put(status: number): Promise<RunResult> {
  const server = await startScripted(async (request, response) => {
    await bodyOf(request);
    response.writeHead(status).end();
  });
  servers.push(server);
  return upload(`${server.url}/upload/`, { protocol: 'put', cleanup: false });
}

/** tus answers this to its creation, or to its first chunk. */
async function tus(step: 'create' | 'patch', status: number): Promise<RunResult> {
  const server = await startScripted(
    tusAnswers({
      [step]: async (
        request: Parameters<typeof bodyOf>[0],
        response: { writeHead(n: number): { end(): void } },
      ) => {
        await bodyOf(request);
        response.writeHead(status).end();
      },
    }),
  );
  servers.push(server);
  return upload(`${server.url}/files/`);
}

describe('a refusal', () => {
  it.each([
    [401, 'denied', 'credentials'],
    [403, 'denied', 'credentials'],
    [404, 'status', 'no such upload endpoint'],
    [405, 'status', 'does not know this method'],
    [409, 'status', 'something else is there already'],
    [410, 'expired', 'has expired'],
    [412, 'bad_response', 'does not speak this version'],
    [413, 'too_large', 'lower sizeBytes'],
    [415, 'status', 'set contentType'],
    [423, 'locked', 'locked by another request'],
    [429, 'status', 'upload less often'],
    [451, 'denied', 'credentials'],
    [460, 'integrity', 'checksum'],
    [500, 'status', 'answered 500 to the PUT.'],
    [507, 'status', 'no room'],
  ])('of a PUT by %d is the service’s, as %s, and says what it means', async (status, code, meaning) => {
    const result = await put(status);
    expect(failureOf(result)).toBe(`upload_commit/${code} target`);
    expect(messageOf(result)).toContain(`answered ${status} to the PUT`);
    expect(messageOf(result)).toContain(meaning);
    expect(result.attributes.http_status).toBe(String(status));
  });

  it.each([
    [404, 'status'],
    [409, 'status'],
    [412, 'bad_response'],
    [413, 'too_large'],
    [415, 'status'],
  ])('of a creation by %d is in the layer of creating, as %s', async (status, code) => {
    expect(failureOf(await tus('create', status))).toBe(`upload_create/${code} target`);
  });

  it.each([
    [404, 'expired', 'expired or was deleted'],
    [409, 'offset_mismatch', 'another offset'],
    [410, 'expired', 'has expired'],
    [412, 'bad_response', 'this version'],
    [413, 'too_large', 'chunkBytes'],
    [415, 'status', 'content type'],
    [423, 'locked', 'locked'],
    [460, 'integrity', 'checksum'],
  ])('of a chunk by %d is in the layer of chunks, as %s', async (status, code, meaning) => {
    const result = await tus('patch', status);
    expect(failureOf(result)).toBe(`upload_chunk/${code} target`);
    expect(messageOf(result)).toContain(meaning);
  });

  it('that comes before the payload was sent is told as what it is, not as a broken connection', async () => {
    const sizeBytes = 8 * 1024 * 1024;
    const server = await startScripted((request, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large');
      request.resume();
    });
    servers.push(server);
    const result = await upload(`${server.url}/upload/`, { protocol: 'put', cleanup: false, sizeBytes });
    expect(failureOf(result)).toBe('upload_commit/too_large target');
    expect(result.metrics).not.toHaveProperty('upload_send_ms');
  });

  it('in the middle of a chunk that is to be cut later is told, and nothing is resumed', async () => {
    const sizeBytes = 32 * 1024 * 1024;
    const server = await startScripted(
      tusAnswers({
        // Not read any further: far more is to be sent before the cut than the buffers on the way hold.
        patch: (request, response) => {
          request.once('data', () => {
            request.pause();
            response.writeHead(415).end();
          });
        },
      }),
    );
    servers.push(server);
    const params = { sizeBytes, chunkBytes: sizeBytes, cutAtPercent: [90] };
    const result = await upload(`${server.url}/files/`, params);
    expect(failureOf(result)).toBe('upload_chunk/status target');
    expect(result.attributes).not.toHaveProperty('resumed');
    expect(server.requests.some((request) => request.startsWith('HEAD'))).toBe(false);
  });
});
