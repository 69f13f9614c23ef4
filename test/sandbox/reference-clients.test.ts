/** The origin against the clients that others have written for its protocols: what they sent is what is played. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload as S3Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { sha256 } from './uploading.ts';

const MEBI = 1024 * 1024;

let origin: RunningOrigin;

beforeAll(async () => {
  origin = await runningOrigin({ transcodeMs: 0, s3: true, limits: { uploadBytes: 12 * MEBI } });
});

afterAll(() => origin.close());

/** What the origin says of an upload once it is ready, and plays. */
async function published(idOrName: string): Promise<{ id: string; sha256: string; played: string }> {
  const status = await vi.waitFor(async () => {
    const document = json(await exchange(`${origin.url}/status/${idOrName}`));
    expect(document.state).toBe('ready');
    return document;
  });
  const { body } = await exchange(String(status.play_url));
  return { id: String(status.id), sha256: String(status.sha256), played: sha256(body) };
}

describe('tus-js-client', () => {
  const upload = (body: Buffer, options: tus.UploadOptions, atBytes = Number.POSITIVE_INFINITY) =>
    new Promise<tus.Upload>((resolve, reject) => {
      const made = new tus.Upload(body, {
        endpoint: `${origin.url}/files/`,
        chunkSize: 100_000,
        retryDelays: null,
        ...options,
        onError: reject,
        onSuccess: () => resolve(made),
        onChunkComplete: (_chunk, accepted) => {
          if (accepted >= atBytes) void made.abort().then(() => resolve(made));
        },
      });
      made.start();
    });

  const idOf = (made: tus.Upload) => /([0-9a-f]{32})/.exec(made.url ?? '')?.[1] ?? '';

  it('uploads in chunks what then is played', async () => {
    const body = randomBytes(350_123);
    const hash = sha256(body);
    const made = await upload(body, {});
    expect(await published(idOf(made))).toMatchObject({ sha256: hash, played: hash });
  });

  it('breaks off, and goes on where the origin stands', async () => {
    const body = randomBytes(350_123);
    const hash = sha256(body);
    const broken = await upload(body, {}, 200_000);
    expect(json(await exchange(`${origin.url}/status/${idOf(broken)}`)).state).toBe('uploading');
    const made = await upload(body, { uploadUrl: broken.url });
    expect(idOf(made)).toBe(idOf(broken));
    expect(await published(idOf(made))).toMatchObject({ sha256: hash, played: hash });
  });

  it('terminates what it made', async () => {
    const made = await upload(randomBytes(1000), {});
    await made.abort(true);
    await vi.waitFor(async () =>
      expect((await exchange(`${origin.url}/status/${idOf(made)}`)).status).toBe(404),
    );
  });

  it('is told of the refusals that the query asks for', async () => {
    const endpoint = `${origin.url}/files/?refuse=413@50%25`;
    const refused = upload(randomBytes(300_000), { endpoint });
    await expect(refused).rejects.toMatchObject({ originalResponse: expect.anything() });
    await expect(refused).rejects.toThrow(/response code: 413/);
  });
});

describe("the AWS SDK's S3 client", () => {
  const client = (secretAccessKey = 'S3RVER') =>
    new S3Client({
      endpoint: `${origin.url}/s3`,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey },
    });
  let s3: S3Client;
  beforeAll(() => {
    s3 = client();
  });
  afterAll(() => s3.destroy());
  const at = (Key: string) => ({ Bucket: 'videos', Key });

  it('puts an object that is played, read back, written over and deleted', async () => {
    for (const bytes of [300_000, 200_000]) {
      const body = randomBytes(bytes);
      await s3.send(new PutObjectCommand({ ...at('a folder/clip.mp4'), Body: body }));
      const hash = sha256(body);
      expect(await published('s3/videos/a folder/clip.mp4')).toMatchObject({ sha256: hash, played: hash });
      const { Body } = await s3.send(new GetObjectCommand(at('a folder/clip.mp4')));
      expect(sha256(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(hash);
    }
    const before = origin.uploads().uploads;
    await s3.send(new DeleteObjectCommand(at('a folder/clip.mp4')));
    expect((await exchange(`${origin.url}/status/s3/videos/a%20folder/clip.mp4`)).status).toBe(404);
    expect(origin.uploads().uploads).toBe(before - 1);
    await expect(s3.send(new GetObjectCommand(at('a folder/clip.mp4')))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('puts an object in parts at once, by lib-storage', async () => {
    const body = randomBytes(11 * MEBI + 123);
    const params = { ...at('parts.mp4'), Body: body };
    await new S3Upload({ client: s3, params, partSize: 5 * MEBI, queueSize: 3 }).done();
    const hash = sha256(body);
    expect(await published('s3/videos/parts.mp4')).toMatchObject({ sha256: hash, played: hash });
  });

  it('puts by a URL that was signed before', async () => {
    const body = randomBytes(100_000);
    const url = await getSignedUrl(s3, new PutObjectCommand(at('signed.mp4')), { expiresIn: 60 });
    expect((await exchange(url, { method: 'PUT', body })).status).toBe(200);
    expect(await published('s3/videos/signed.mp4')).toMatchObject({ played: sha256(body) });
  });

  it('is refused what it has signed with another secret, or too long ago', async () => {
    const wrong = client('another');
    const put = new PutObjectCommand({ ...at('refused.mp4'), Body: 'clip' });
    await expect(wrong.send(put)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const url = await getSignedUrl(wrong, new PutObjectCommand(at('refused.mp4')), { expiresIn: 60 });
    expect((await exchange(url, { method: 'PUT', body: 'clip' })).status).toBe(403);
    const signingDate = new Date(Date.now() - 120_000);
    const past = await getSignedUrl(s3, new PutObjectCommand(at('refused.mp4')), {
      expiresIn: 60,
      signingDate,
    });
    const expired = await exchange(past, { method: 'PUT', body: 'clip' });
    expect([expired.status, expired.body.toString()]).toEqual([403, expect.stringContaining('AccessDenied')]);
    expect((await exchange(`${origin.url}/status/s3/videos/refused.mp4`)).status).toBe(404);
    wrong.destroy();
  });

  it('aborts an upload in parts, of which nothing stays', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at('aborted.mp4')));
    const part = { ...at('aborted.mp4'), UploadId };
    await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: randomBytes(1000) }));
    const parts = join(origin.dataDir, 's3', 'videos', '._S3rver_uploads');
    expect(await readdir(parts)).toContain(UploadId);
    await s3.send(new AbortMultipartUploadCommand(part));
    expect(await readdir(parts)).not.toContain(UploadId);
    await expect(s3.send(new AbortMultipartUploadCommand(part))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('loses an object that the origin lets go of', async () => {
    await s3.send(new PutObjectCommand({ ...at('gone.mp4'), Body: 'clip' }));
    const { id } = await published('s3/videos/gone.mp4');
    expect((await exchange(`${origin.url}/upload/${id}`, { method: 'DELETE' })).status).toBe(204);
    await expect(s3.send(new GetObjectCommand(at('gone.mp4')))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('is logged with what arrived of it', async () => {
    const { received } = origin;
    received.length = 0;
    await s3.send(new PutObjectCommand({ ...at('logged.mp4'), Body: randomBytes(50_000) }));
    expect(received.at(-1)).toMatchObject({
      method: 'PUT',
      url: expect.stringMatching(/^\/s3\/videos\/logged\.mp4/),
    });
    expect(received.at(-1)?.bytes).toBeGreaterThanOrEqual(50_000);
  });

  it('cannot leave the folder, nor bring more than an upload may have', async () => {
    const put = (path: string, length: number) =>
      exchange(`${origin.url}/s3/videos/${path}`, { method: 'PUT', body: Buffer.alloc(length) });
    expect((await put('..%2f..%2fx', 1)).status).toBe(400);
    expect((await put('large.mp4', 12 * MEBI + 1)).status).toBe(413);
  });
});
