import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { cutOff, sha256 } from './uploading.ts';

const GRAIN = 256 * 1024;
const UPLOAD_BYTES = 4 * GRAIN;

let origin: RunningOrigin;

beforeAll(async () => {
  origin = await runningOrigin({ transcodeMs: 0, limits: { uploadBytes: UPLOAD_BYTES } });
});

afterAll(() => origin.close());

async function opened(length?: number, query = ''): Promise<string> {
  const headers: Record<string, string> = { 'x-upload-content-type': 'video/webm' };
  if (length !== undefined) headers['x-upload-content-length'] = String(length);
  const url = `${origin.url}/session/${query}`;
  const answer = await exchange(url, { method: 'POST', headers, body: '{"snippet":{"title":"clip"}}' });
  expect(answer.status).toBe(200);
  return answer.headers.location ?? '';
}

const put = (url: string, range: string, body: Buffer) =>
  exchange(url, {
    method: 'PUT',
    headers: { 'content-range': range, 'content-length': String(body.length) },
    body,
  });

const ask = (url: string, total: number | '*' = '*') => put(url, `bytes */${total}`, Buffer.alloc(0));

describe('an upload session', () => {
  it('takes any split at multiples of 256 KiB, and plays it as one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: UPLOAD_BYTES }),
        fc.integer({ min: 1, max: 4 }),
        async (length, grains) => {
          const body = randomBytes(length);
          const url = await opened(length);
          for (let first = 0; first < length; first += grains * GRAIN) {
            const part = body.subarray(first, first + grains * GRAIN);
            const end = first + part.length;
            const answer = await put(url, `bytes ${first}-${end - 1}/${length}`, part);
            if (end < length)
              expect([answer.status, answer.headers.range]).toEqual([308, `bytes=0-${end - 1}`]);
            else expect([answer.status, json(answer).sha256]).toEqual([201, sha256(body)]);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('keeps whole multiples of 256 KiB alone, and says so', async () => {
    const body = randomBytes(400_000);
    const url = await opened(body.length);
    const first = await put(url, 'bytes 0-299999/400000', body.subarray(0, 300_000));
    expect([first.status, first.headers.range]).toEqual([308, `bytes=0-${GRAIN - 1}`]);
    expect((await put(url, 'bytes 300000-399999/400000', body.subarray(300_000))).status).toBe(400);
    const last = await put(url, `bytes ${GRAIN}-399999/400000`, body.subarray(GRAIN));
    expect([last.status, json(last).sha256]).toEqual([201, sha256(body)]);
  });

  it('answers the question what it holds, of nothing, of a part and of all', async () => {
    const body = randomBytes(300_000);
    const url = await opened(body.length);
    const nothing = await ask(url);
    expect([nothing.status, nothing.headers.range]).toEqual([308, undefined]);
    const headers = { 'content-range': 'bytes 0-299999/300000', 'content-length': '300000' };
    origin.received.length = 0;
    await cutOff(url, 'PUT', headers, body.subarray(0, 280_000), () =>
      vi.waitFor(() => expect(origin.received.at(-1)?.bytes).toBe(280_000)),
    );
    const part = await ask(url, 300_000);
    expect(part.status).toBe(308);
    const offset = part.headers.range === undefined ? 0 : Number(part.headers.range.split('-')[1]) + 1;
    expect([0, GRAIN]).toContain(offset);
    await put(url, `bytes ${offset}-299999/300000`, body.subarray(offset));
    const whole = await ask(url, 300_000);
    expect([whole.status, json(whole).sha256]).toEqual([200, sha256(body)]);
    const played = await exchange(String(json(whole).play_url));
    expect([played.headers['content-type'], played.body.equals(body)]).toEqual(['video/webm', true]);
  });

  it('takes a whole upload without Content-Range, and one whose length comes with the last bytes', async () => {
    const whole = await opened(5);
    expect((await exchange(whole, { method: 'PUT', body: Buffer.from('a clip'.slice(0, 5)) })).status).toBe(
      201,
    );
    const open = await opened();
    expect((await put(open, `bytes 0-${GRAIN - 1}/*`, Buffer.alloc(GRAIN))).status).toBe(308);
    const end = GRAIN + 10;
    expect((await put(open, `bytes ${GRAIN}-${end - 1}/${end}`, Buffer.alloc(10))).status).toBe(201);
  });

  it.each([
    ['bytes that do not follow', 'bytes 10-13/100'],
    ['a length that is not the announced one', 'bytes 0-3/101'],
    ['a range that is not the body', 'bytes 0-9/100'],
    ['no range', 'clip'],
  ])('refuses %s with 400', async (_what, range) => {
    expect((await put(await opened(100), range, Buffer.from('clip'))).status).toBe(400);
  });

  it('refuses what is too large, when it is opened or later', async () => {
    const headers = { 'x-upload-content-length': String(UPLOAD_BYTES + 1) };
    expect((await exchange(`${origin.url}/session/`, { method: 'POST', headers })).status).toBe(413);
    expect((await put(await opened(), `bytes 0-3/${UPLOAD_BYTES + 1}`, Buffer.alloc(4))).status).toBe(400);
  });

  it.each(['much', '-5', '', '1e3', '0x10'])('refuses a length of "%s"', async (length) => {
    const headers = { 'x-upload-content-length': length };
    const before = origin.uploads();
    expect((await exchange(`${origin.url}/session/`, { method: 'POST', headers })).status).toBe(400);
    expect(origin.uploads()).toEqual(before);
  });

  it('is forgotten when it is deleted, and when the query calls it gone', async () => {
    const url = await opened(100);
    expect((await exchange(url, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(url)).status).toBe(404);
    const gone = await opened(100, '?refuse=410@10%');
    expect((await put(gone, 'bytes 0-99/100', Buffer.alloc(100))).status).toBe(410);
    expect((await ask(gone)).status).toBe(404);
  });
});
