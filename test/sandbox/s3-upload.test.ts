import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { ManualClock } from './manual-clock.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { cutOff } from './uploading.ts';

const UPLOAD_BYTES = 1000;

let clock: ManualClock;
let origin: RunningOrigin;

beforeEach(async () => {
  clock = new ManualClock();
  const limits = { uploadBytes: UPLOAD_BYTES, storedUploads: 2, storedBytes: 1500, storedAgeMs: 60_000 };
  origin = await runningOrigin({ s3: true, clock, transcodeMs: 0, limits });
});

afterEach(() => origin.close());

const at = (key: string) => `${origin.url}/s3/videos/${key}`;

const put = (key: string, body: Buffer, headers: Record<string, string> = {}) =>
  exchange(at(key), { method: 'PUT', body, headers });

const read = (key: string) => exchange(at(key));

const post = (query: string) => exchange(at(`parts.mp4${query}`), { method: 'POST' });

/** The id of an upload in parts. */
async function opened(): Promise<string> {
  const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec((await post('?uploads')).body.toString()) ?? [];
  expect(uploadId).toMatch(/^[0-9a-f]{32}$/);
  return uploadId;
}

const putPart = async (uploadId: string, partNumber: number | string, bytes: number) =>
  (await put(`parts.mp4?partNumber=${partNumber}&uploadId=${uploadId}`, Buffer.alloc(bytes))).status;

async function completed(uploadId: string, numbers: readonly number[]): Promise<number> {
  const parts = numbers.map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>x</ETag></Part>`);
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  return (await exchange(at(`parts.mp4?uploadId=${uploadId}`), { method: 'POST', body })).status;
}

const folders = () => readdir(join(origin.dataDir, 's3', 'videos', '._S3rver_uploads')).catch(() => []);

const statusOf = async (key: string) => json(await exchange(`${origin.url}/status/s3/videos/${key}`));

describe('an object', () => {
  it('is written over where there is room for no other, in count and in bytes', async () => {
    await put('clip.mp4', Buffer.from('the first'));
    await put('other.mp4', Buffer.from('another'));
    for (const body of [Buffer.from('the second'), Buffer.alloc(900, 1), Buffer.alloc(901, 2)]) {
      expect((await put('clip.mp4', body)).status).toBe(200);
      expect((await read('clip.mp4')).body.equals(body)).toBe(true);
      expect(await statusOf('clip.mp4')).toMatchObject({ bytes: body.length });
    }
  });

  it('is not there when it was cut off, and nothing of it', async () => {
    const length = { 'content-length': '900' };
    const files = () => readdir(join(origin.dataDir, 's3', 'videos'));
    const arrived = () => vi.waitFor(async () => expect(await files()).toHaveLength(1));
    await cutOff(at('cut.mp4'), 'PUT', length, Buffer.alloc(500), arrived);
    await vi.waitFor(async () => expect(await files()).toEqual([]));
    expect((await read('cut.mp4')).status).toBe(404);
    expect(origin.uploads().uploads).toBe(0);
    expect((await put('cut.mp4', Buffer.from('clip'))).status).toBe(200);
  });

  it('is bounded though nobody says how large it is', async () => {
    const chunked = await put('clip.mp4', Buffer.alloc(4), { 'transfer-encoding': 'chunked' });
    expect([chunked.status, chunked.body.toString()]).toEqual([
      411,
      expect.stringContaining('MissingContentLength'),
    ]);
    expect((await put('clip.mp4', Buffer.alloc(UPLOAD_BYTES + 1))).status).toBe(413);
    await put('clip.mp4', Buffer.alloc(4));
    const copied = await put('copy.mp4', Buffer.alloc(0), { 'x-amz-copy-source': '/videos/clip.mp4' });
    expect(copied.status).toBe(501);
    expect(origin.uploads().uploads).toBe(1);
  });
});

describe('an upload in parts', () => {
  it('is on the shelf with the bytes of its parts, and with nothing once it is completed', async () => {
    const uploadId = await opened();
    expect([await putPart(uploadId, 1, 500), await putPart(uploadId, 2, 20)]).toEqual([200, 200]);
    expect(origin.uploads()).toMatchObject({ uploads: 1, bytes: 520 });
    expect(await putPart(uploadId, 1, 300)).toBe(200);
    expect(origin.uploads()).toMatchObject({ uploads: 1, bytes: 320 });
    expect(await completed(uploadId, [1, 2])).toBe(200);
    expect(await statusOf('parts.mp4')).toMatchObject({ bytes: 320 });
    expect(origin.uploads()).toMatchObject({ uploads: 1, bytes: 320 });
    expect(await folders()).toEqual([]);
    expect(await putPart(uploadId, 3, 1)).toBe(404);
  });

  it('has no more bytes in all its parts than an upload may have, however many come at once', async () => {
    const uploadId = await opened();
    const statuses = await Promise.all([1, 2, 3, 4].map((number) => putPart(uploadId, number, 400)));
    expect(statuses.toSorted()).toEqual([200, 200, 413, 413]);
    expect(origin.uploads().bytes).toBe(800);
  });

  it('is not completed with a part that has not come, or was cut off', async () => {
    const uploadId = await opened();
    await putPart(uploadId, 1, 100);
    const length = { 'content-length': '500' };
    const files = () => readdir(join(origin.dataDir, 's3', 'videos', '._S3rver_uploads', uploadId));
    const arrived = () => vi.waitFor(async () => expect(await files()).toContain('2'));
    const second = at(`parts.mp4?partNumber=2&uploadId=${uploadId}`);
    await cutOff(second, 'PUT', length, Buffer.alloc(300), arrived);
    await vi.waitFor(async () => expect(await files()).not.toContain('2'));
    expect([await completed(uploadId, [1, 2]), await completed(uploadId, [1, 3])]).toEqual([400, 400]);
    expect(await putPart(uploadId, 2, 50)).toBe(200);
    expect(await completed(uploadId, [1, 2])).toBe(200);
    expect(await statusOf('parts.mp4')).toMatchObject({ bytes: 150 });
  });

  it('goes with its folder when it is too old', async () => {
    const uploadId = await opened();
    await putPart(uploadId, 1, 100);
    expect(await folders()).toEqual([uploadId]);
    clock.advance(60_001);
    expect(await putPart(uploadId, 2, 100)).toBe(404);
    await put('clip.mp4', Buffer.alloc(4));
    expect(await folders()).toEqual([]);
  });

  it('makes room by what is older than it, never by itself', async () => {
    const first = await opened();
    await putPart(first, 1, 800);
    const second = await opened();
    expect(await putPart(first, 2, 100)).toBe(200);
    expect(await putPart(second, 1, 800)).toBe(200);
    expect(await folders()).toEqual([second]);
    expect(await putPart(first, 3, 1)).toBe(404);
  });

  it.each(['0', '10001', '..%2f..%2fx', '1&partNumber=..%2fx', 'x', ''])('has no part %s', async (part) => {
    expect(await putPart(await opened(), part, 1)).toBe(400);
  });

  it.each(['..', '..%2f..', '0'.repeat(32), ''])('is not found as "%s"', async (uploadId) => {
    expect(await putPart(uploadId, 1, 1)).toBe(404);
    expect((await exchange(at(`parts.mp4?uploadId=${uploadId}`), { method: 'DELETE' })).status).toBe(404);
  });
});
