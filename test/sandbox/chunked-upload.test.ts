import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { cutOff, sha256 } from './uploading.ts';

const LIMITS = { uploadBytes: 100_000, chunkBytesMin: 5000, chunkBytesMax: 64_000 };

let origin: RunningOrigin;

beforeAll(async () => {
  origin = await runningOrigin({ transcodeMs: 0, limits: LIMITS });
});

afterAll(() => origin.close());

const announce = (videoSize: number, chunkSize: number, chunkCount: number, query = '') =>
  exchange(`${origin.url}/chunked/init${query}`, {
    method: 'POST',
    body: JSON.stringify({
      source_info: {
        source: 'FILE_UPLOAD',
        video_size: videoSize,
        chunk_size: chunkSize,
        total_chunk_count: chunkCount,
      },
    }),
  });

async function opened(size: number, chunk: number, count: number, query = ''): Promise<string> {
  const answer = await announce(size, chunk, count, query);
  const { data, error } = json(answer) as { data: { upload_url: string }; error: { code: string } };
  expect([answer.status, error.code, answer.headers.location]).toEqual([200, 'ok', data.upload_url]);
  return data.upload_url;
}

const put = (url: string, body: Buffer, first: number, last: number, total: number) =>
  exchange(url, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${first}-${last}/${total}` },
    body: body.subarray(first, last + 1),
  });

describe('announcing chunks', () => {
  it('takes every number of chunks that is rounded down, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5000, max: 100_000 }),
        fc.integer({ min: 5000, max: 64_000 }),
        fc.integer({ min: -1, max: 1 }),
        async (size, chunkSize, off) => {
          const chunk = Math.min(size, chunkSize);
          const answer = await announce(size, chunk, Math.floor(size / chunk) + off);
          expect(answer.status).toBe(off === 0 ? 200 : 400);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['a small video in chunks', 4000, 2000, 2],
    ['chunks that are too small', 20_000, 4000, 5],
    ['chunks that are too large', 80_000, 70_000, 1],
    ['a chunk larger than the video', 6000, 7000, 1],
    ['a video that is too large', 100_001, 10_000, 10],
    ['no bytes', 0, 0, 1],
  ])('refuses %s', async (_what, size, chunk, count) => {
    const answer = await announce(size, chunk, count);
    expect([answer.status, json(answer).error]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_params' }),
    ]);
  });

  it.each(['', '{}', 'null', '{"source_info":{"source":"PULL_FROM_URL"}}', 'x'.repeat(20_000)])(
    'refuses a body that is none',
    async (body) => {
      const answer = await exchange(`${origin.url}/chunked/init`, { method: 'POST', body });
      expect(answer.status).toBe(400);
    },
  );
});

describe('sending chunks', () => {
  it('takes them one after the other, what is over in the last, and plays them as one', async () => {
    // The example of the Media Transfer Guide, a thousandth of it: 50,000,123 bytes by 10,000,000.
    const body = randomBytes(50_123);
    const url = await opened(50_123, 10_000, 5);
    for (const first of [0, 10_000, 20_000, 30_000]) {
      const answer = await put(url, body, first, first + 9999, 50_123);
      expect([answer.status, answer.headers['content-range']]).toEqual([
        206,
        `bytes 0-${first + 9999}/50123`,
      ]);
    }
    const last = await put(url, body, 40_000, 50_122, 50_123);
    expect([last.status, json(last).sha256]).toEqual([201, sha256(body)]);
    expect((await exchange(String(json(last).play_url))).body.equals(body)).toBe(true);
  });

  it('takes a small video as a whole', async () => {
    const url = await opened(7, 7, 1);
    expect((await put(url, Buffer.from('a video'), 0, 6, 7)).status).toBe(201);
  });

  it.each([
    ['one that is not its turn', 10_000, 19_999, 50_000],
    ['one that ends too early', 0, 8999, 50_000],
    ['one of another length', 0, 9999, 50_001],
  ])('refuses %s with 416, and tells what it has', async (_what, first, last, total) => {
    const url = await opened(50_000, 10_000, 5);
    const answer = await put(url, Buffer.alloc(50_000), first, last, total);
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */50000']);
  });

  it('refuses a chunk whose Content-Range is not what it has with 400', async () => {
    const url = await opened(50_000, 10_000, 5);
    for (const range of ['bytes 0-9998/50000', 'bytes */50000', 'x']) {
      const headers = { 'content-range': range };
      expect((await exchange(url, { method: 'PUT', headers, body: Buffer.alloc(10_000) })).status).toBe(400);
    }
  });

  it('wants a chunk that was cut off again from its start', async () => {
    const body = randomBytes(50_000);
    const url = await opened(50_000, 10_000, 5);
    await put(url, body, 0, 9999, 50_000);
    const headers = { 'content-range': 'bytes 10000-19999/50000', 'content-length': '10000' };
    origin.received.length = 0;
    await cutOff(url, 'PUT', headers, body.subarray(10_000, 14_000), () =>
      vi.waitFor(() => expect(origin.received.at(-1)?.bytes).toBe(4000)),
    );
    for (const first of [10_000, 20_000, 30_000]) {
      expect((await put(url, body, first, first + 9999, 50_000)).status).toBe(206);
    }
    expect(json(await put(url, body, 40_000, 49_999, 50_000)).sha256).toBe(sha256(body));
  });

  it('refuses the rest where the query says, and forgets what is deleted', async () => {
    const url = await opened(20_000, 10_000, 2, '?refuse=403@60%');
    expect((await put(url, Buffer.alloc(20_000), 0, 9999, 20_000)).status).toBe(206);
    expect((await put(url, Buffer.alloc(20_000), 10_000, 19_999, 20_000)).status).toBe(403);
    expect((await exchange(url, { method: 'DELETE' })).status).toBe(204);
    expect((await put(url, Buffer.alloc(20_000), 10_000, 19_999, 20_000)).status).toBe(404);
  });
});
