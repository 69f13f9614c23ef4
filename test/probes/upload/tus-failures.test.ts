import { platform } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted, tusAnswers, type UploadServer } from './upload-servers.ts';

const KIB = 1024;
const SIZE = 256 * KIB;

const servers: UploadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function scripted(script: Parameters<typeof tusAnswers>[0]): Promise<UploadServer> {
  const server = await startScripted(tusAnswers(script));
  servers.push(server);
  return server;
}

describe('a chunk that fails', () => {
  const answering = (status: number, headers = {}): Parameters<typeof tusAnswers>[0] => ({
    patch: async (request, response) => {
      await bodyOf(request);
      response.writeHead(status, headers).end();
    },
  });

  it.each<[string, object, number, string]>([
    ['the server holds another offset', {}, 409, 'upload_chunk/offset_mismatch target'],
    [
      'the server took less than was sent',
      { 'upload-offset': '5' },
      204,
      'upload_chunk/offset_mismatch target',
    ],
    [
      'the server took more than was sent',
      { 'upload-offset': '99999999' },
      204,
      'upload_chunk/offset_mismatch target',
    ],
    ['the server does not say its offset', {}, 204, 'upload_chunk/bad_response target'],
    ['the offset is no number', { 'upload-offset': '-1' }, 204, 'upload_chunk/bad_response target'],
    ['the chunk is too large', {}, 413, 'upload_chunk/too_large target'],
    ['the content type is refused', {}, 415, 'upload_chunk/status target'],
    ['the upload is gone', {}, 404, 'upload_chunk/expired target'],
    ['the server breaks in the middle', {}, 500, 'upload_chunk/status target'],
  ])('says so when %s', async (_what, headers, status, expected) => {
    const server = await scripted(answering(status, headers));
    const result = await upload(`${server.url}/files/`);
    expect(failureOf(result)).toBe(expected);
    expect(result.metrics).toHaveProperty('upload_create_ms');
    expect(result.metrics).not.toHaveProperty('upload_total_ms');
  });

  it('is a failed commit when the server breaks after the last byte', async () => {
    const server = await scripted(answering(500));
    expect(failureOf(await upload(`${server.url}/files/`, { chunkBytes: SIZE }))).toBe(
      'upload_commit/status target',
    );
  });

  it('is a failed commit of the service when it takes everything and never answers', async () => {
    const server = await scripted({ patch: (request) => void request.resume() });
    const result = await upload(`${server.url}/files/`, { chunkBytes: SIZE }, 1500);
    if (platform() !== 'linux') return;
    expect(failureOf(result)).toBe('upload_commit/timeout target');
  });

  it('is a failed chunk of the network when nobody takes the bytes', async () => {
    // Far more than the buffers of both kernels hold.
    const server = await scripted({ patch: () => undefined });
    const size = 48 * KIB * KIB;
    const result = await upload(`${server.url}/files/`, { sizeBytes: size, chunkBytes: size }, 2500);
    expect(failureOf(result)).toBe('upload_chunk/timeout network');
  });
});

describe('a resume that fails', () => {
  const cut = (request: { socket: { resetAndDestroy(): void } }) => request.socket.resetAndDestroy();

  it.each<[string, Parameters<typeof tusAnswers>[0], RegExp]>([
    ['the upload is gone', {}, /^upload_chunk\/expired target$/],
    [
      'the server does not say its offset',
      { head: (_q, r) => r.writeHead(200).end() },
      /^upload_chunk\/bad_response target$/,
    ],
    [
      'the server holds more than it was sent',
      { head: (_q, r) => r.writeHead(200, { 'upload-offset': '200000' }).end() },
      /^upload_chunk\/offset_mismatch target$/,
    ],
    ['the server cuts that too', { head: cut }, /^upload_chunk\/reset /],
  ])('says so when %s', async (_what, script, expected) => {
    const server = await scripted({ patch: cut, ...script });
    expect(failureOf(await upload(`${server.url}/files/`))).toMatch(expected);
  });

  it('is none when the server had everything and only its answer was lost', async () => {
    const server = await scripted({
      patch: async (request) => {
        await bodyOf(request);
        cut(request);
      },
      head: (_request, response) => response.writeHead(200, { 'upload-offset': SIZE }).end(),
    });
    const result = await upload(`${server.url}/files/`, { chunkBytes: SIZE });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toHaveProperty('upload_total_ms');
    // When the bytes were accepted nobody knows any more.
    expect(result.metrics).not.toHaveProperty('upload_commit_ms');
    expect(result.metrics.upload_resume_count).toBe(1);
    expect(result.attributes.resumed).toBe('true');
  });
});
