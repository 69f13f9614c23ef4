import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange, json } from './http-client.ts';
import { ManualClock } from './manual-clock.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';

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
});
